"""The projector's variances from random Clifford circuits: angles at 0, π/2, π, 3π/2, and the whole cost at once.

Where every angle enters one gate, ⟨H⟩ is a trigonometric polynomial of degree 1 in it, so the average of a square over
these four values is the average over the circle (Heyraud et al. 2023, PRX Quantum 4, 040303), and the derivative is
(f(t + π/2) − f(t − π/2))/2. Nothing is split into Pauli words, so no cross term can be missed. The overlap of a
stabiliser state with |0…0⟩ is 0 or 2^-k (Aaronson & Gottesman 2004, Phys. Rev. A 70, 052328).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt64

from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation, Unqualified
from eval.second_moment.methods.estimates import Estimates, from_batches
from eval.second_moment.pauli.packed_bits import BATCHES, batch_size, pack, random_bits, unpack
from eval.second_moment.pauli.words import Phase, axis_phase, clifford_sign, commutation, conjugate, multiply_axis


def gradient_variances(circuit: RandomCircuit, parameters: Sequence[int], *, samples: int, seed: int) -> Estimates:
    """Variance of ∂⟨0…0|ρ|0…0⟩/∂t for every parameter asked for, from ``samples`` circuits each, run twice.

    Raises:
        Unqualified: The circuit has noise, or an input other than |0…0⟩.
    """
    require_stabilisers(circuit)
    size = batch_size(samples)
    frequencies = {gate.parameter: gate.frequency for gate in circuit.gates if isinstance(gate, Rotation)}
    found = np.zeros((BATCHES, len(parameters)))
    for batch, seeds in enumerate(np.random.SeedSequence(seed).spawn(BATCHES)):
        for column, parameter in enumerate(parameters):
            above, below = (overlaps(circuit, size, seeds, (parameter, turns)) for turns in (1, 3))
            found[batch, column] = frequencies[parameter] ** 2 * np.mean(((above - below) / 2) ** 2)
    return from_batches(found, "tableau")


def cost_variance(circuit: RandomCircuit, *, samples: int, seed: int) -> Estimates:
    """Variance of ⟨0…0|ρ|0…0⟩ from ``samples`` circuits.

    Raises:
        Unqualified: The circuit has noise, or an input other than |0…0⟩.
    """
    require_stabilisers(circuit)
    size = batch_size(samples)
    seeds = np.random.SeedSequence(seed).spawn(BATCHES)
    values = np.array([overlaps(circuit, size, each) for each in seeds])
    return from_batches(np.mean((values - values.mean()) ** 2, axis=1, keepdims=True), "tableau")


def fits(circuit: RandomCircuit) -> bool:
    """Whether the circuit has only what a stabiliser state can follow: |0…0⟩ at its input and no noise."""
    return circuit.bloch is None and not any(isinstance(gate, Depolarising) for gate in circuit.gates)


def require_stabilisers(circuit: RandomCircuit) -> None:
    """Raise :class:`Unqualified` unless :func:`fits`."""
    if not fits(circuit):
        raise Unqualified(
            "method='tableau' follows stabiliser states only, and the circuit has noise or an input other than |0…0⟩; "
            "use another method, or leave them out"
        )


def overlaps(
    circuit: RandomCircuit, size: int, seeds: np.random.SeedSequence, shift: tuple[int, int] | None = None
) -> Float[np.ndarray, " size"]:
    """|⟨0…0|U|0…0⟩|² for ``size`` random Clifford circuits U, the same for the same seeds.

    ``shift`` is a parameter and by how many quarter turns its gate is turned further.
    """
    generator = np.random.Generator(np.random.PCG64(seeds))
    qubits = circuit.qubits
    ones = ~np.uint64(0)
    # Planes of stabilisers, [wire, stabiliser, packed sample]; stabiliser i of |0…0⟩ is Z on qubit i.
    x = np.zeros((qubits, qubits, size // 64), np.uint64)
    z = np.where(np.eye(qubits, dtype=bool)[:, :, None], ones, np.zeros_like(x))
    signs = np.zeros((qubits, size // 64), np.uint64)
    for gate in circuit.gates:
        if isinstance(gate, Clifford):
            signs ^= clifford_sign(gate, x, z, forwards=True)
            conjugate(gate, x, z)
        elif isinstance(gate, Rotation):
            quarter, half = random_bits(size, generator), random_bits(size, generator)
            if shift is not None and gate.parameter == shift[0]:
                for _ in range(shift[1]):
                    half ^= quarter
                    quarter = ~quarter
            axes = generator.integers(len(gate.words), size=size)
            for number, word in enumerate(gate.words):
                chosen = pack(axes == number)
                anticommuting = commutation(word, gate.wires, x, z)
                signs ^= anticommuting & half & chosen
                turned = anticommuting & quarter & chosen
                signs ^= turned & axis_phase(word, gate.wires, x, z)
                multiply_axis(word, gate.wires, x, z, turned)
    return _overlap_with_zero(x, z, signs)


def _overlap_with_zero(
    x: UInt64[np.ndarray, "qubits qubits packed"],
    z: UInt64[np.ndarray, "qubits qubits packed"],
    signs: UInt64[np.ndarray, "qubits packed"],
) -> Float[np.ndarray, " size"]:
    """2^-rank of the stabilisers' X part; 0 where a product of stabilisers is minus a word of I and Z."""
    used = np.zeros_like(signs)
    for column in range(len(x)):
        free = x[column] & ~used
        seen = np.bitwise_or.accumulate(free, axis=0)
        pivot = free.copy()
        pivot[1:] &= ~seen[:-1]
        used |= pivot
        rest = free & ~pivot
        pivot_x, pivot_z = (np.bitwise_or.reduce(plane & pivot, axis=1) for plane in (x, z))
        phase = Phase(signs)
        for wire in range(len(x)):
            phase.multiply(pivot_x[wire], pivot_z[wire], x[wire], z[wire])
        signs = signs ^ (rest & (np.bitwise_or.reduce(signs & pivot, axis=0) ^ phase.twos))
        x = x ^ (pivot_x[:, None] & rest)
        z = z ^ (pivot_z[:, None] & rest)
    impossible = unpack(np.bitwise_or.reduce(signs & ~used, axis=0))
    return np.where(impossible, 0.0, 0.5 ** unpack(used).sum(0, dtype=np.int64))
