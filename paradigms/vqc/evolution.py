"""Layers of stages, one after another, and their gradient by reversibility.

Every stage is unitary, so nothing need be kept on the way forward: the way back undoes layer after layer on the state
(ket) and on its cotangent (bra) together, and gathers the derivatives of a layer's numbers between the two. No state is
kept, whatever the depth; what grows with it is the layers' own matrices (the adjoint method; Jones & Gacon 2020, arXiv
2009.02823, with both vectors undone by one program).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from paradigms.vqc.planes import Planes, split
from paradigms.vqc.stages import Numbers, Stage

Reverse = Literal["adjoint", "backprop"]
"""How a circuit is differentiated: by reversibility, or by JAX through every operation (which also has a JVP)."""


def evolve(stages: Sequence[Stage], planes: Planes, numbers: Numbers, reverse: Reverse) -> Planes:
    """The state after all layers, each of which is ``stages`` with its own row of ``numbers``."""
    layers = numbers.angles.shape[0]
    prepared = tuple(stage.prepare(numbers) for stage in stages)

    def forward(planes: Planes, prepared: PyTree[Array]) -> Planes:
        def step(planes: Planes, one: tuple[Array, PyTree[Array]]) -> tuple[Planes, None]:
            layer, taken = one
            for stage, numbers in zip(stages, taken, strict=True):
                planes = split(stage.apply(planes, numbers, layer))
            return planes, None

        return _scan(step, planes, (jnp.arange(layers), prepared), layers)[0]

    def keep(planes: Planes, prepared: PyTree[Array]) -> tuple[Planes, tuple[Planes, PyTree[Array]]]:
        after = forward(planes, prepared)
        return after, (after, prepared)

    def backward(kept: tuple[Planes, PyTree[Array]], bra: Planes) -> tuple[Planes, PyTree[Array]]:
        ket, prepared = kept
        bra = split(bra)

        def step(both: tuple[Planes, Planes], one: tuple[Array, PyTree[Array]]) -> tuple[tuple[Planes, Planes], PyTree]:
            ket, bra = both
            layer, taken = one
            gathered = []
            for stage, numbers in zip(reversed(stages), reversed(taken), strict=True):
                ket, bra = (split(stage.undo(planes, numbers, layer)) for planes in (ket, bra))
                gathered.append(stage.gather(ket, bra))
            return (ket, bra), tuple(reversed(gathered))

        (_, bra), gathered = _scan(step, (ket, bra), (jnp.arange(layers), prepared), layers, reverse=True)
        gradients = (stage.gradient(*pair) for stage, *pair in zip(stages, gathered, prepared, strict=True))
        return bra, tuple(gradients)

    if reverse == "backprop":
        return forward(planes, prepared)
    reversible = jax.custom_vjp(forward)
    reversible.defvjp(keep, backward)
    return reversible(planes, prepared)


def _scan(step, carry: PyTree, xs: PyTree[Array], layers: int, reverse: bool = False) -> tuple[PyTree, PyTree]:
    """``lax.scan``; a single layer without the loop."""
    if layers != 1:
        return jax.lax.scan(step, carry, xs, reverse=reverse)
    carry, gathered = step(carry, jax.tree.map(lambda x: x[0], xs))
    return carry, jax.tree.map(lambda x: x[None], gathered)
