"""Order between computations that do not depend on each other, for the sake of memory.

XLA on CPU schedules whatever can be computed as early as it likes, and holds it until it is needed; it drops
``optimization_barrier`` before it schedules. A dependence on data is the only order that it keeps.
"""

from __future__ import annotations

from jaxtyping import Array, Float, Num


def after(value: Num[Array, "*shape"], other: Float[Array, "..."]) -> Num[Array, "*shape"]:
    """Make a value depend on another, so that it is not computed before.

    Args:
        value: What is to wait.
        other: What it waits for; not empty.

    Returns:
        ``value``, unchanged unless ``other`` starts with a NaN.
    """
    first = other.ravel()[0]
    return value + (first != first).astype(value.dtype)
