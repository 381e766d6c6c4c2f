"""Finding a configuration of a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable


def neighbours(count: Callable[[int], int], target: int) -> tuple[int, ...]:
    """Find the two sizes whose counts enclose a target.

    Args:
        count: The number of parameters of a size, strictly increasing.
        target: The wanted number of parameters.

    Returns:
        The largest size that counts at most ``target`` and the smallest that counts more, of sizes from 1; only the
        second where every size counts more.
    """
    below, above = 0, 1
    while count(above) <= target:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if count(middle) <= target else (below, middle)
    return (below, above) if below else (above,)
