"""``scan.qubit``: a state-vector device whose execution is traceable JAX.

Circuits are written in PennyLane and may be differentiated, vectorised and compiled by JAX from end to end: tape
parameters arrive as tracers, and nothing goes through ``jax.pure_callback``. A
:class:`~paradigms.vqc.circuit.repeated_layers.RepeatedLayers` operation runs as one ``lax.scan``; any other gate is
applied by its matrix, correct if slower to compile. Circuits that differ in angles alone are compiled once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import PRNGKeyArray
from pennylane.devices import Device, ExecutionConfig, MCMConfig
from pennylane.devices.modifiers import simulator_tracking, single_tape_support
from pennylane.devices.preprocess import decompose, validate_device_wires, validate_measurements
from pennylane.exceptions import DeviceError
from pennylane.math import Interface
from pennylane.tape import QuantumScript, QuantumScriptBatch
from pennylane.transforms import broadcast_expand
from pennylane.transforms.core import CompilePipeline, transform
from pennylane.typing import PostprocessingFn, Result, ResultBatch
from pennylane.wires import Wires

from paradigms.vqc.circuit.alike import executed
from paradigms.vqc.circuit.registers import standard_wires
from paradigms.vqc.measurement.exact import measure
from paradigms.vqc.measurement.finite_shots import sample_measurements
from paradigms.vqc.measurement.mid_circuit import defer_measurements, missing_if_impossible, postselected_shots
from paradigms.vqc.measurement.validation import can_sample, is_supported, refusal
from paradigms.vqc.simulator.simulation import DifferentiationMethod, runs_natively, simulate
from paradigms.vqc.simulator.statevector import to_vector

Seed = int | np.integer | PRNGKeyArray | None

_TRACEABLE = (Interface.JAX, Interface.JAX_JIT)
_EXACT = ("best", "adjoint", "backprop")
_NUMPY_RESULTS = (Interface.NUMPY, Interface.AUTOGRAD, Interface.TORCH)


@transform
def _key_for_shots(tape: QuantumScript, seed: Seed) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    if tape.shots and seed is None:
        raise DeviceError(
            f"shots={tape.shots.total_shots} need randomness: make the device with seed=0 or seed=jax.random.key(0), "
            "inside the function that is compiled where every call is to draw anew"
        )
    return (tape,), lambda results: results[0]


@transform
def _validate_wires(tape: QuantumScript, wires: Wires | None, name: str) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    """Require that wires are the device's, where it has any, and name all wires, in order, of what measures all."""
    validated: Any = validate_device_wires(tape, wires or standard_wires(tape), name=name)
    return validated


@transform
def _validate_observables(tape: QuantumScript) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    for measurement in tape.measurements:
        reason = refusal(measurement, bool(tape.shots))
        if reason is not None:
            raise DeviceError(reason)
    return (tape,), lambda results: results[0]


@simulator_tracking
@single_tape_support
class ScanQubit(Device):
    """A PennyLane device that simulates pure states in ``complex64``, or in ``complex128`` where 64-bit JAX is enabled.

    It gives expectation values and variances of Hermitian observables, probabilities and states exactly, and with shots
    also samples and counts. Measurements in mid-circuit are deferred to the end of the circuit.

    With the JAX interface gradients are exact, and circuits can be differentiated in forward mode and twice as well:

    - ``diff_method="adjoint"`` keeps no state of any layer of ``RepeatedLayers``, only the layers' matrices. It refuses
      operators that are not known to be unitary, since it could not undo them.
    - ``diff_method="backprop"`` goes back through every operation.
    - ``diff_method="best"`` is ``adjoint`` wherever operators are known to be unitary, and ``backprop`` elsewhere.

    Args:
        wires: The number of wires, or their labels. By default the device has the wires of each circuit, in PennyLane's
            order (:func:`~paradigms.vqc.circuit.registers.standard_wires`).
        shots: The number of shots, as every PennyLane device takes it. It is better set on the QNode.
        seed: A seed or a JAX key, which may be traced, from which shots are drawn. Every execution draws anew; but a
            compiled function repeats the executions with which it was traced, so make the device within it, from a key
            that is an argument of it.
    """

    def __init__(self, wires: Any = None, shots: int | Sequence[int] | None = None, *, seed: Any = None) -> None:
        super().__init__(wires=wires, shots=shots)
        if not _is_seed(seed):
            raise DeviceError(f"seed={seed!r} draws no shots here: give a whole number or a JAX key, jax.random.key(0)")
        self._seed = seed
        self._drawn = 0

    @property
    def name(self) -> str:
        """Return the name."""
        return "scan.qubit"

    def supports_derivatives(
        self, execution_config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> bool:
        """Return whether the device has the derivatives that PennyLane asks for."""
        if execution_config is None:
            return True
        if circuit is not None and circuit.shots:
            return False
        if circuit is not None and execution_config.interface not in (*_TRACEABLE, Interface.NUMPY):
            return False
        return execution_config.gradient_method in _EXACT

    def setup_execution_config(
        self, config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> ExecutionConfig:
        """Fill in what PennyLane leaves to the device."""
        config = config or ExecutionConfig()
        mid_circuit: Any = config.mcm_config
        if mid_circuit.mcm_method not in (None, "deferred"):
            raise DeviceError(
                f"mcm_method='{mid_circuit.mcm_method}' is not available on {self.name}, which defers mid-circuit "
                "measurements (qml.defer_measurements): leave it out or give mcm_method='deferred'"
            )
        exact = config.gradient_method in _EXACT
        # Set once: "best" and "adjoint" are "backprop" to PennyLane from here on, and come by again as that.
        chosen = config.gradient_method if exact else "best"
        method = config.device_options.get("method", chosen)
        return replace(
            config,
            gradient_method="backprop" if exact else config.gradient_method,
            use_device_gradient=exact if config.use_device_gradient is None else config.use_device_gradient,
            use_device_jacobian_product=False,
            grad_on_execution=False,
            convert_to_numpy=config.interface not in _TRACEABLE,
            device_options={**config.device_options, "method": method},
        )

    def preprocess_transforms(self, execution_config: ExecutionConfig | None = None) -> CompilePipeline:
        """Return what a tape goes through before it is executed."""
        pipeline = CompilePipeline()
        pipeline.add_transform(_key_for_shots, self._seed)
        pipeline.add_transform(defer_measurements, self.wires, name=self.name)
        pipeline.add_transform(_validate_wires, self.wires, name=self.name)
        pipeline.add_transform(decompose, stopping_condition=runs_natively, device_wires=self.wires, name=self.name)
        pipeline.add_transform(
            validate_measurements, analytic_measurements=is_supported, sample_measurements=can_sample, name=self.name
        )
        pipeline.add_transform(_validate_observables)
        pipeline.add_transform(broadcast_expand)
        return pipeline

    def execute(
        self, circuits: QuantumScriptBatch, execution_config: ExecutionConfig | None = None
    ) -> Result | ResultBatch:
        """Execute circuits and return their results."""
        options = execution_config.device_options if execution_config is not None else {}
        mid_circuit: Any = execution_config.mcm_config if execution_config is not None else MCMConfig()
        mode = mid_circuit.postselect_mode
        # PennyLane's other interfaces give numbers and take NumPy results, also within a function that JAX compiles;
        # JAX's must stay tracers.
        of_numbers = execution_config is not None and execution_config.interface in _NUMPY_RESULTS
        try:
            with jax.ensure_compile_time_eval() if of_numbers else nullcontext():
                results = executed(
                    circuits,
                    lambda circuit: self._execute_one(circuit, options.get("method", "best"), mode),
                    lambda circuit: len(self.wires or circuit.wires),
                )
        except jax.errors.UnexpectedTracerError as error:
            raise DeviceError(
                "a gate depends on what is differentiated other than by its parameters (a layer of RepeatedLayers "
                "closes over it, say), where this rule of PennyLane's does not see it: differentiate by "
                "diff_method='best', or by parameter_shift.differentiable"
            ) from error
        return jax.tree.map(_number, results) if of_numbers else results

    def _execute_one(self, circuit: QuantumScript, method: DifferentiationMethod, postselect_mode: str | None) -> Any:
        wires = self.wires or circuit.wires
        state, probability = simulate(circuit.operations, wires, method)
        if not circuit.shots:
            return _one_or_all(measure(circuit.measurements, state, wires, method))
        key = jax.random.key(self._seed) if isinstance(self._seed, int | np.integer) else self._seed
        assert key is not None, "checked in preprocessing"
        self._drawn += 1
        parts = []
        for part, shots in enumerate(circuit.shots):
            drawn = jax.random.fold_in(jax.random.fold_in(key, self._drawn), part)
            if probability is not None:
                drawn, to_keep = jax.random.split(drawn)
                shots = postselected_shots(shots, probability, postselect_mode, to_keep)
            results = sample_measurements(circuit.measurements, to_vector(state), wires, drawn, shots)
            if isinstance(probability, Tracer):
                results = missing_if_impossible(probability, results)
            parts.append(_one_or_all(results))
        return tuple(parts) if circuit.shots.has_partitioned_shots else parts[0]


def _is_seed(seed: Any) -> bool:
    if isinstance(seed, jax.Array):
        old_key = seed.dtype == np.uint32 and seed.shape == (2,)
        return old_key or (jnp.issubdtype(seed.dtype, jax.dtypes.prng_key) and seed.shape == ())
    return seed is None or isinstance(seed, int | np.integer)


def _number(result: Any) -> Any:
    """Return the result as NumPy's, unless a traced key drew it."""
    return result if isinstance(result, Tracer) else np.asarray(result)


def _one_or_all(results: tuple) -> Any:
    return results[0] if len(results) == 1 else results
