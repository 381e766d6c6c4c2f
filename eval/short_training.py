"""Short training runs as one compiled program, so that the seeds of a study can be vectorised.

For runs of seconds whose curves are compared; whatever is to be resumed, probed or tracked belongs to the Trainer.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

Loss = Callable[[PyTree, PRNGKeyArray, Int[Array, ""]], Float[Array, ""]]
"""``(params, key, step) -> loss``; the key is a new one every step."""


def train(
    loss: Loss,
    params: PyTree,
    key: PRNGKeyArray,
    *,
    steps: int,
    learning_rate: float | Float[Array, ""],
    record: Callable[[PyTree], PyTree],
    records: int,
    trainable: Callable[[Int[Array, ""]], PyTree] | None = None,
) -> tuple[PyTree, PyTree]:
    """Minimise ``loss`` with Adam (Kingma & Ba 2015), its rate falling to 1% along a cosine.

    Args:
        loss: What is minimised.
        params: Where to start.
        key: Source of the steps' keys.
        steps: Updates, a multiple of ``records``.
        learning_rate: Of the first step; may be traced, so that one program serves several.
        record: What to keep of the parameters.
        records: Times at which it is kept, evenly spaced, the last after the last step; and once before the first.
        trainable: ``step -> factors`` of the updates, a tree of the parameters' structure; all are trained by default.

    Returns:
        The parameters, and the records stacked on a leading axis ``[records + 1, ...]``.

    Raises:
        ValueError: If ``records`` does not divide ``steps``.
    """
    if steps % records:
        raise ValueError(f"{records} records do not divide {steps} steps")
    optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, steps, alpha=0.01))

    def update(carry: tuple[PyTree, PyTree], step: Array) -> tuple[tuple[PyTree, PyTree], None]:
        params, state = carry
        gradient = jax.grad(loss)(params, jax.random.fold_in(key, step), step)
        updates, state = optimizer.update(gradient, state)
        if trainable is not None:
            updates = jax.tree.map(jnp.multiply, updates, trainable(step))
        return (optax.apply_updates(params, updates), state), None

    def window(carry: tuple[PyTree, PyTree], steps_of_window: Array) -> tuple[tuple[PyTree, PyTree], PyTree]:
        carry, _ = jax.lax.scan(update, carry, steps_of_window)
        return carry, record(carry[0])

    (last, _), kept = jax.lax.scan(
        window, (params, optimizer.init(params)), jnp.arange(steps).reshape(records, steps // records)
    )
    return last, jax.tree.map(lambda first, rest: jnp.concatenate([first[None], rest]), record(params), kept)
