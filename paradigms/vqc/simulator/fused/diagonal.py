"""All neighbouring diagonal gates of a layer, as one phase for each amplitude."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from paradigms.vqc.circuit.products import product
from paradigms.vqc.simulator.fused.gate import FusedGate, GateParameters
from paradigms.vqc.simulator.fused.parities import Half, Parities, parities
from paradigms.vqc.simulator.native_gates import DiagonalGate
from paradigms.vqc.simulator.statevector import StateVector, real_dtype

Real: TypeAlias = Array | np.ndarray


class Turned(NamedTuple):
    """Angles φ with cos φ and sin φ. A gradient flows back through ``angle`` alone."""

    angle: Float[Array, "*shape"]
    cosine: Float[Array, "*shape"]
    sine: Float[Array, "*shape"]


class Prepared(NamedTuple):
    """Phases that depend on the upper half of the bits, on the lower half, and on parities across them."""

    upper: Turned | None
    lower: Turned | None
    crossing: tuple[Turned, ...]


class Slopes(NamedTuple):
    """Derivatives with respect to the angles of :class:`Prepared`."""

    upper: Array | None
    lower: Array | None
    crossing: tuple[Array, ...]


@dataclass(frozen=True)
class FusedDiagonal(FusedGate):
    """Diagonal gates: amplitude i is turned by the sum of their angles at i.

    What depends on one half of the bits alone is added up for all layers beforehand; only the products across the
    halves are made inside the loop.
    """

    qubits: int
    members: tuple[DiagonalGate, ...]

    @functools.cached_property
    def _parities(self) -> Parities:
        return parities(self.members, self.qubits)

    def prepare(self, parameters: GateParameters) -> Prepared:
        """See :meth:`FusedGate.prepare`."""
        found = self._parities
        crossing = (one.weight * parameters.angles[:, one.parameter] for one in found.crossing)
        return Prepared(
            _turned_half(parameters, found.upper), _turned_half(parameters, found.lower), tuple(map(_turned, crossing))
        )

    def apply(self, state: StateVector, prepared: Prepared, layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.apply`."""
        return self._turn(state, prepared, 1)

    def undo(self, state: StateVector, prepared: Prepared, layer: int | Array) -> StateVector:
        """See :meth:`FusedGate.undo`."""
        return self._turn(state, prepared, -1)

    def _turn(self, state: StateVector, prepared: Prepared, direction: int) -> StateVector:
        real, imaginary = state
        for cosine, sine in self._factors(prepared):
            sine = direction * sine
            real, imaginary = real * cosine - imaginary * sine, real * sine + imaginary * cosine
        for sign in self._signs():
            real, imaginary = real * sign, imaginary * sign
        if self._parities.flips:
            negative = self._negative()
            real, imaginary = (jnp.where(negative, -part, part) for part in (real, imaginary))
        return StateVector(real, imaginary)

    def _factors(self, prepared: Prepared) -> Iterator[tuple[Real, Real]]:
        """Yield (cosine, sine) of every factor, each of a shape that broadcasts to ``[upper, lower]``."""
        found = self._parities
        if prepared.upper is not None:
            yield prepared.upper.cosine[:, None], prepared.upper.sine[:, None]
        if prepared.lower is not None:
            yield prepared.lower.cosine[None, :], prepared.lower.sine[None, :]
        for one, turned in zip(found.crossing, prepared.crossing, strict=True):
            yield turned.cosine, turned.sine * _column(one.upper) * _row(one.lower)
        for factor, shape in ((found.upper.factor(), _column), (found.lower.factor(), _row)):
            if factor is not None and np.iscomplex(factor).any():
                yield shape(np.real(factor)), shape(np.imag(factor))

    def _signs(self) -> Iterator[Real]:
        """Yield the factors of ±1 of one half of the bits, of shapes that broadcast to ``[upper, lower]``."""
        found = self._parities
        for factor, shape in ((found.upper.factor(), _column), (found.lower.factor(), _row)):
            if factor is not None and not np.iscomplex(factor).any():
                yield shape(np.real(factor))

    def _negative(self) -> Bool[Array, "upper lower"]:
        """Find where the CZ gates across the halves change the sign.

        Computed within the program: 2^n values as a constant of the program would be compiled, and kept, with it.
        """
        flips = self._parities.flips
        set_in_both = (jnp.asarray(upper, bool)[:, None] & jnp.asarray(lower, bool)[None, :] for upper, lower in flips)
        return functools.reduce(jnp.logical_xor, set_in_both)

    def gather(self, ket: StateVector, bra: StateVector) -> Slopes:
        """See :meth:`FusedGate.gather`."""
        found = self._parities
        if not (found.upper.slopes or found.lower.slopes or found.crossing):
            return Slopes(None, None, ())
        # The derivative with respect to the angle of one amplitude: turning both by it leaves this as it is.
        slope = bra.imaginary * ket.real - bra.real * ket.imaginary
        return Slopes(
            slope.sum(axis=1) if found.upper.slopes else None,
            slope.sum(axis=0) if found.lower.slopes else None,
            tuple(jnp.sum(_column(one.upper) * product(slope, _row(one.lower).T)) for one in found.crossing),
        )

    def gradient(self, gathered: Slopes, prepared: Prepared) -> Prepared:
        """See :meth:`FusedGate.gradient`."""

        def through(slope: Array | None, turned: Turned | None) -> Turned | None:
            if slope is None or turned is None:
                return None
            return Turned(slope, jnp.zeros_like(turned.cosine), jnp.zeros_like(turned.sine))

        crossing = (
            Turned(slope, jnp.zeros_like(one.cosine), jnp.zeros_like(one.sine))
            for slope, one in zip(gathered.crossing, prepared.crossing, strict=True)
        )
        return Prepared(
            through(gathered.upper, prepared.upper), through(gathered.lower, prepared.lower), tuple(crossing)
        )


def _turned(angle: Float[Array, "*shape"]) -> Turned:
    return Turned(angle, jnp.cos(angle), jnp.sin(angle))


def _turned_half(parameters: GateParameters, half: Half) -> Turned | None:
    if not half.slopes:
        return None
    slopes = jnp.asarray(np.stack(list(half.slopes.values())), real_dtype())
    return _turned(product(parameters.angles[:, np.array(list(half.slopes))], slopes))


def _column(values: np.ndarray) -> np.ndarray:
    return values.astype(real_dtype())[:, None]


def _row(values: np.ndarray) -> np.ndarray:
    return values.astype(real_dtype())[None, :]
