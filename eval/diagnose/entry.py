"""Which kind of model is to be diagnosed, and whether it can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import jax
from jaxtyping import PyTree

from eval.diagnose.circuit import diagnose_qnode
from eval.diagnose.finding import Diagnosis
from eval.diagnose.paradigm import diagnose_paradigm
from eval.diagnose.trend import Trend, follow
from paradigms.interface import Paradigm
from training.errors import BadInput


@overload
def diagnose(
    model: Any, example: PyTree, *inputs: Any, samples: int = 64, seed: int = 0, name: str | None = None
) -> Diagnosis: ...


@overload
def diagnose(
    model: Any, *, sizes: Sequence[int], samples: int = 64, seed: int = 0, name: str | None = None
) -> Trend: ...


def diagnose(
    model: Any,
    example: PyTree = None,
    *inputs: Any,
    sizes: Sequence[int] | None = None,
    samples: int = 64,
    seed: int = 0,
    name: str | None = None,
) -> Diagnosis | Trend:
    """Examine a model; a QNode is simulated exactly, whatever its device and shots.

    Args:
        model: A PennyLane QNode, called as ``model(parameters, *inputs)``, or a ``Paradigm``; with ``sizes`` a function
            from a size to a tuple of a QNode, its parameters and what else it takes.
        example: For a QNode its parameters, of which only the shapes matter: they are drawn as angles, uniform in
            [0, 2π). For a paradigm a batch of inputs; its parameters are drawn by its own ``init``.
        inputs: Further arguments of a QNode, as they are.
        sizes: The sizes at which the gradient is taken, three or more; the circuits differ in their number of qubits.
        samples: Random parameters.
        seed: The seed of their draw.
        name: Shown; by default the model's own.

    Raises:
        BadInput: Too few samples or sizes, no parameters, or a model that is neither.
        Unsupported: A measurement or gate of the QNode has no shift rule (of measurements, expectation values and
            probabilities have one).
    """
    if samples < 8:
        raise BadInput(f"samples={samples} must be at least 8 for a variance with an interval")
    if sizes is not None:
        return follow(model, sizes, samples, seed, name or getattr(model, "__name__", "circuit"), diagnose)
    if isinstance(model, Paradigm):
        return diagnose_paradigm(model, example, samples, seed, name or model.name)
    import pennylane as qml

    if not isinstance(model, qml.QNode):
        raise BadInput(
            f"{type(model).__name__} is neither a QNode nor a Paradigm; wrap your model with paradigms.adapters, or "
            "give a function of a size with sizes=[4,6,8,10]"
        )
    if not jax.tree.leaves(example):
        raise BadInput("the QNode was given no parameters: pass an array of the shape of its parameters")
    return diagnose_qnode(model, example, inputs, samples, seed, name or getattr(model.func, "__name__", "circuit"))
