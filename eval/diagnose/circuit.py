"""The diagnosis of a QNode, simulated exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from eval.diagnose.advice import advise
from eval.diagnose.finding import Diagnosis
from eval.diagnose.plateau import traceless_square, two_design_variance
from eval.diagnose.sampling import sampled_gradients, variance_of

ROUNDING = 1e-14
"""Of an observable's variance: below it, that of a gradient is single precision's rounding."""


def diagnose_qnode(qnode: Any, example: PyTree, inputs: Sequence[Any], samples: int, seed: int, name: str) -> Diagnosis:
    """Diagnose a circuit, whatever its device and shots; arguments as those of ``eval.diagnose.diagnose``.

    Raises:
        Unsupported: A measurement or gate has no shift rule.
    """
    from pennylane.wires import Wires

    from paradigms.vqc.circuit.tapes import tapes_of
    from paradigms.vqc.gradients.executions import executions

    structure = jax.tree.structure(example)
    shapes = [jnp.shape(leaf) for leaf in jax.tree.leaves(example)]

    def draw(key: Any) -> PyTree:
        keys = jax.random.split(key, len(shapes))
        leaves = [jax.random.uniform(one, shape, maxval=2 * jnp.pi) for one, shape in zip(keys, shapes, strict=True)]
        return jax.tree.unflatten(structure, leaves)

    first = draw(jax.random.key(seed))
    count = executions(qnode, first, *inputs)
    read = tapes_of(qnode, (first, *inputs))
    qubits = len(Wires.all_wires([tape.wires for tape in read.tapes]))
    drawn, temp_bytes = sampled_gradients(lambda params: _simulated(qnode, params, inputs), draw, samples, seed)
    variance, low, high = variance_of(drawn)
    plateau = shots = None
    constant = False
    if _measures_what_is_written(qnode, first, inputs):
        # Tr H² / 2^n is the observable's single-shot variance in a random state.
        spread = float(np.mean([traceless_square(measurement, qubits) for measurement in read.written.measurements]))
        constant = spread == 0
        if variance <= ROUNDING * spread or constant:
            variance = low = high = 0.0
        plateau = None if constant else spread * two_design_variance(qubits)
        shots = None if variance == 0 else spread / (2 * variance)
    return Diagnosis(
        name=name,
        parameters=sum(int(np.prod(shape)) for shape in shapes),
        qubits=qubits,
        depth=max(_depth(tape) for tape in read.tapes),
        samples=samples,
        variance=variance,
        variance_low=low,
        variance_high=high,
        plateau=plateau,
        shots=shots,
        executions=count.gradient,
        temp_bytes=temp_bytes,
        advice=advise(variance, plateau, shots, count.gradient, constant),
    )


def _simulated(qnode: Any, params: PyTree, inputs: Sequence[Any], *, written: bool = False) -> Any:
    """What the QNode returns, in one array; ``written`` without its transforms."""
    import pennylane as qml
    from pennylane.tape import QuantumScript

    from paradigms.vqc.circuit.tapes import tapes_of
    from paradigms.vqc.gradients.parameter_shift import run

    device = qml.device("scan.qubit")
    read = tapes_of(qnode, (params, *inputs))

    def results(tape: QuantumScript) -> PyTree:
        return run(QuantumScript(tape.operations, tape.measurements), device, None, None)

    return _flat(results(read.written) if written else read.combine([results(tape) for tape in read.tapes]))


def _measures_what_is_written(qnode: Any, params: PyTree, inputs: Sequence[Any]) -> bool:
    """Whether transforms of the QNode leave its results as they are, so that what is known of observables holds."""
    if not len(qnode.compile_pipeline):
        return True
    plain, transformed = (_simulated(qnode, params, inputs, written=written) for written in (True, False))
    # In another order, for a return that is a dict.
    return plain.shape == transformed.shape and bool(jnp.allclose(jnp.sort(plain), jnp.sort(transformed), atol=1e-4))


def _flat(values: Any) -> Any:
    return jnp.concatenate([jnp.ravel(value) for value in jax.tree.leaves(values)])


def _depth(tape: Any) -> int:
    from paradigms.vqc.gradients.elementary_gates import elementary

    reached: dict[Any, int] = {}
    for gate in elementary(tape.operations):
        step = 1 + max((reached.get(wire, 0) for wire in gate.wires), default=0)
        reached.update(dict.fromkeys(gate.wires, step))
    return max(reached.values(), default=0)
