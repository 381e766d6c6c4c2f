"""Mid-circuit measurements, deferred to the end of the circuit, and what postselection leaves of its shots."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml
from jax.core import Tracer
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from pennylane.exceptions import DeviceError, WireError
from pennylane.measurements import CountsMP, ProbabilityMP, SampleMP, StateMP
from pennylane.ops import MidMeasure
from pennylane.tape import QuantumScript, QuantumScriptBatch
from pennylane.transforms.core import transform
from pennylane.typing import PostprocessingFn
from pennylane.wires import Wires


@transform
def defer_measurements(
    tape: QuantumScript, wires: Wires | None, name: str
) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    """Defer mid-circuit measurements as ``qml.defer_measurements`` does; postselection becomes a ``qml.Projector``.

    Args:
        tape: A tape with mid-circuit measurements or without.
        wires: The device's wires; ``None`` for as many as the circuit needs.
        name: The device's name.

    Raises:
        DeviceError: If what is measured of all wires would be of the deferred ones too.
        WireError: If a wire that is used again needs a further one, which the device does not have.
    """
    if not any(isinstance(operation, MidMeasure) for operation in tape.operations):
        return (tape,), lambda results: results[0]
    for measurement in tape.measurements:
        of_wires = isinstance(measurement, CountsMP | ProbabilityMP | SampleMP) and measurement.obs is None
        if type(measurement) is StateMP or (of_wires and not measurement.wires):
            raise DeviceError(
                f"{name} defers mid-circuit measurements (qml.defer_measurements), after which {measurement} of all "
                "wires has no meaning: name the wires, as in qml.probs(wires=[0, 1]) or qml.density_matrix(wires=[0])"
            )
    deferred: Any = qml.defer_measurements(tape, allow_postselect=True)
    tapes, _ = deferred
    further = Wires.all_wires([one.wires for one in tapes]) - tape.wires
    lacking = further - wires if wires else Wires([])
    if lacking:
        raise WireError(
            "a wire that is used again after its measurement takes a further one to defer (qml.defer_measurements): "
            f"{name} has no {lacking.tolist()}; make it without wires=, or with these too"
        )
    return deferred


def missing_if_impossible(probability: Float[Array, ""], results: PyTree) -> PyTree:
    """Mark the results as missing where the postselected outcomes have probability zero.

    A compiled function cannot raise an error then: NaN stands for what is missing, and the least number where results
    are integers, which is neither a bit nor a number of shots.

    Args:
        probability: The probability of the postselected outcomes.
        results: The results.
    """

    def one(result: Any) -> Array:
        values = jnp.asarray(result)
        inexact = jnp.issubdtype(values.dtype, jnp.inexact)
        return jnp.where(probability > 0, values, jnp.nan if inexact else jnp.iinfo(values.dtype).min)

    return jax.tree.map(one, results)


def postselected_shots(shots: int, probability: Float[Array, ""], mode: str | None, key: PRNGKeyArray) -> int:
    """Return how many of ``shots`` have the postselected outcomes.

    Args:
        shots: The number of shots.
        probability: The probability of the postselected outcomes.
        mode: ``fill-shots`` for all of them; otherwise a binomial number is drawn, as on hardware.
        key: The source of randomness.

    Raises:
        DeviceError: If that number is not known when the circuit is compiled, or the outcomes have probability zero.
    """
    if isinstance(probability, Tracer):
        if mode == "fill-shots":
            return shots
        raise DeviceError(
            "postselection leaves a number of shots that jax.jit and jax.vmap cannot know: give the QNode "
            "postselect_mode='fill-shots', or leave jax.jit and jax.vmap away"
        )
    if not probability > 0:
        raise DeviceError("the postselected outcomes of the mid-circuit measurements have probability zero")
    return shots if mode == "fill-shots" else int(jax.random.binomial(key, shots, jnp.minimum(probability, 1)))
