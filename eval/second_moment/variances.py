"""Variance of a random circuit's gradient and cost over its angles, by the method that suits the circuit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from eval.second_moment.averages import mean
from eval.second_moment.circuits.observables import Observable, Projector, checked
from eval.second_moment.circuits.random_circuit import Clifford, RandomCircuit, Rotation, Unqualified
from eval.second_moment.methods import dense, paths, tableau
from eval.second_moment.methods.estimates import Estimates, computed
from eval.second_moment.methods.tensor_network.chain import PauliChain
from eval.second_moment.pauli.transition_matrices import flip_probability
from eval.second_moment.qualification import qualify, require_independent_angles
from paradigms.interface import require

Method = Literal["auto", "dense", "chain", "paths", "tableau"]
METHODS = ("auto", "dense", "chain", "paths", "tableau")
DENSE_QUBITS = 6
"""Up to here ``auto`` takes the whole vector of words."""
ROUNDING = 1e-10
"""Relative error conceded to float64 rounding."""


def gradient_variances(
    circuit: RandomCircuit,
    observable: Observable,
    *,
    method: Method = "auto",
    parameters: Sequence[int] | None = None,
    bond: int = 32,
    samples: int = 2**17,
    seed: int = 0,
    sigma: float | None = None,
) -> Estimates:
    """Variance of ∂⟨H⟩/∂t over all angles, for every parameter t asked for.

    Args:
        circuit: Rotations by independent angles, Clifford gates and noise.
        observable: A sum of Pauli words, or the projector onto |0…0⟩.
        method: ``dense`` (exact, about ten qubits), ``chain`` (tensor network; lines and rings), ``paths`` (sampled
            Pauli paths; any circuit), ``tableau`` (sampled Clifford circuits; the projector, whatever its cross terms).
        parameters: Numbers of the angles; all where None.
        bond: Largest bond dimension of ``chain``. Half and a quarter of it are run too, and the larger
            difference is the error.
        samples: Paths or circuits drawn by the sampling methods.
        seed: The seed of the sampling methods; the same seed gives the same estimates.
        sigma: Angles are N(0, sigma²) instead of uniform on the circle, and the mean square is returned (their mean is
            not 0). For ``dense`` and ``chain``.

    Raises:
        Unqualified: The method is not known to be right for this circuit and observable, or does not fit.
    """
    observable = checked(observable, circuit.qubits)
    asked = range(circuit.parameters) if parameters is None else parameters
    require(
        len(asked) > 0 and all(0 <= parameter < circuit.parameters for parameter in asked),
        f"parameters={parameters} must be numbers between 0 and {circuit.parameters - 1}, at least one",
    )
    chosen = _choose(circuit, observable, method, sigma)
    if chosen == "tableau":
        return tableau.gradient_variances(circuit, asked, samples=samples, seed=seed)
    flip = flip_probability(sigma)
    if chosen == "paths":
        require(sigma is None, f"method='paths' takes uniform angles and not sigma={sigma}; use 'dense' or 'chain'")
        return paths.gradient_variances(circuit, observable, asked, samples=samples, seed=seed)
    if chosen == "dense":
        values = dense.gradient_second_moments(circuit, observable, asked, flip)
        return computed(values, ROUNDING * values, "dense")
    chain = PauliChain(circuit, observable, flip)
    return _at_three_bonds(lambda width: chain.gradient(asked, width), bond)


def gradient_variance_over_depth(
    circuits: Sequence[RandomCircuit],
    observable: Observable,
    *,
    parameter: int = 0,
    bond: int = 32,
    sigma: float | None = None,
) -> Estimates:
    """The variance for one parameter in the first layer of several depths of one ansatz, from a single sweep.

    One entry a circuit. Each must be the deepest one without its first layers, as ``[ry_rz_cz(n, L) for L in depths]``
    are: the observable, carried back through the deepest, passes through all others on its way.

    Raises:
        Unqualified: The circuits are not of that kind, or do not qualify.
    """
    require(len(circuits) > 0, "the variance over depth needs at least one circuit")
    observable = checked(observable, circuits[0].qubits)
    for circuit in circuits:
        qualify(circuit, observable, sigma=sigma)
    deepest = max(circuits, key=lambda circuit: len(circuit.gates))
    chain = PauliChain(deepest, observable, flip_probability(sigma))
    return _at_three_bonds(lambda width: chain.gradient_over_depth(circuits, parameter, width), bond)


def cost_variance(
    circuit: RandomCircuit,
    observable: Observable,
    *,
    method: Method = "auto",
    bond: int = 32,
    samples: int = 2**17,
    seed: int = 0,
) -> Estimates:
    """Variance of ⟨H⟩ over all angles, uniform on the circle; one entry. Arguments as in :func:`gradient_variances`.

    Raises:
        Unqualified: The method is not known to be right for this circuit and observable, or does not fit.
    """
    observable = checked(observable, circuit.qubits)
    chosen = _choose(circuit, observable, method, None)
    if chosen == "tableau":
        return tableau.cost_variance(circuit, samples=samples, seed=seed)
    average, varying = mean(circuit, observable)
    if not varying:
        return computed(np.zeros(1), np.zeros(1), chosen)
    flip = flip_probability(None)
    if chosen == "paths":
        return paths.cost_variance(circuit, varying, average, samples=samples, seed=seed)
    if chosen == "dense":
        values = np.array([dense.second_moment(circuit, varying, flip) - average**2])
        return computed(values, ROUNDING * values + np.finfo(float).eps * average**2, "dense")
    chain = PauliChain(circuit, varying, flip)
    return _at_three_bonds(lambda width: chain.cost(width) - average**2, bond)


def _choose(circuit: RandomCircuit, observable: Observable, method: Method, sigma: float | None) -> Method:
    require(method in METHODS, f"method={method!r} must be one of {', '.join(METHODS)}")
    if method == "tableau":
        require_independent_angles(circuit)
        require(isinstance(observable, Projector), "method='tableau' measures a Projector only; use method='auto'")
        require(sigma is None, f"method='tableau' takes uniform angles and not sigma={sigma}; use another method")
        return method
    try:
        qualify(circuit, observable, sigma=sigma)
    except Unqualified:
        require_independent_angles(circuit, sigma=sigma)
        if method == "auto" and isinstance(observable, Projector) and sigma is None and tableau.fits(circuit):
            return "tableau"
        raise
    if method != "auto":
        return method
    if circuit.qubits <= DENSE_QUBITS:
        return "dense"
    return "chain" if _on_a_ring(circuit) else "dense" if circuit.qubits <= 9 else "paths"


def _on_a_ring(circuit: RandomCircuit) -> bool:
    return all(
        len(gate.wires) == 1
        if isinstance(gate, Rotation)
        else len(gate.wires) == 1 or abs(gate.wires[0] - gate.wires[1]) in (1, circuit.qubits - 1)
        for gate in circuit.gates
        if isinstance(gate, Rotation | Clifford)
    )


def _at_three_bonds(run: Callable[[int], Float[np.ndarray, " values"]], bond: int) -> Estimates:
    require(bond >= 2, f"bond={bond} must be at least 2")
    values = run(bond)
    error = np.maximum(np.abs(values - run(bond // 2)), np.abs(values - run(max(1, bond // 4))))
    return computed(values, error + ROUNDING * np.abs(values), "chain")
