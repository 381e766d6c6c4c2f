"""How gradients of random circuits vary, at up to a hundred qubits and without a state vector.

Over independent uniform angles, two copies of a circuit act on Pauli words as a Markov chain. :func:`qualify` says for
which circuits and observables that is exact; :func:`gradient_variances` solves the chain, as a vector, as a tensor
network, or by sampling. :func:`propagate` is the classical simulation that such a chain suggests, for given angles.
"""

from eval.second_moment.circuits.ansatze import mcclean, product, ry_rz_cz, strongly_entangling
from eval.second_moment.circuits.observables import Observable, Projector
from eval.second_moment.circuits.random_circuit import (
    Clifford,
    Depolarising,
    RandomCircuit,
    Rotation,
    Unqualified,
    controlled_rotation,
)
from eval.second_moment.methods.estimates import Estimates
from eval.second_moment.pauli.propagation import Propagated, propagate
from eval.second_moment.qualification import qualify
from eval.second_moment.variances import cost_variance, gradient_variance_over_depth, gradient_variances

__all__ = [
    "Clifford",
    "Depolarising",
    "Estimates",
    "Observable",
    "Projector",
    "Propagated",
    "RandomCircuit",
    "Rotation",
    "Unqualified",
    "controlled_rotation",
    "cost_variance",
    "gradient_variance_over_depth",
    "gradient_variances",
    "mcclean",
    "product",
    "propagate",
    "qualify",
    "ry_rz_cz",
    "strongly_entangling",
]
