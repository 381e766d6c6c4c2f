"""What a gradient of your own model costs and is worth, in a few lines of text.

Example::

    import jax.numpy as jnp, pennylane as qml
    from eval.diagnose import diagnose

    @qml.qnode(qml.device("default.qubit", wires=8))
    def circuit(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(8))
        return qml.expval(qml.Z(0))

    print(diagnose(circuit, jnp.zeros((10, 8, 3))))

For any ``Paradigm`` (a model through ``paradigms.adapters``, or one of the project's), give a batch of inputs instead
of parameters: ``diagnose(paradigm, inputs)``. From the shell: ``python -m scripts.diagnose module:name``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from paradigms.interface import Paradigm
from training.errors import BadInput
from training.probes.memory import compiled_bytes

NEAR_PLATEAU = 2.0
"""Times the variance of a 2-design within which a circuit is said to be on the plateau."""
MANY_SHOTS = 1e6
"""A circuit, for one component to rise above its shot noise: a second at 1 MHz."""
MANY_EXECUTIONS = 1000
RESAMPLES = 400


@dataclass(frozen=True)
class Diagnosis:
    """What was found; ``print`` it. ``None`` where a quantity does not exist for the model.

    Attributes:
        name: Of the model.
        parameters: Numbers that are trained.
        qubits: Of the circuit.
        depth: Gates in a row on the longest path.
        samples: Random parameters at which the gradient was taken.
        variance: Of a gradient component over random parameters, mean over components and outputs.
        variance_low: With ``variance_high``, its 95% interval, by bootstrap over the samples.
        variance_high: See ``variance_low``.
        plateau: The same variance if both parts of the circuit around a gate were 2-designs: a barren plateau.
        shots: A circuit, for the signal-to-noise ratio of a typical component to reach one.
        executions: Circuits of one gradient of one example by parameter shift, forward included.
        temp_bytes: Temporary memory of one compiled gradient, simulated; ``None`` where the backend does not say.
        advice: One sentence.
    """

    name: str
    parameters: int
    qubits: int | None
    depth: int | None
    samples: int
    variance: float
    variance_low: float
    variance_high: float
    plateau: float | None
    shots: float | None
    executions: int | None
    temp_bytes: int | None
    advice: str

    def __str__(self) -> str:
        size = f"{self.parameters:,} parameters"
        if self.qubits is not None:
            size = f"{self.qubits} qubits, depth {self.depth}, {size}"
        lines = [
            (self.name, size),
            (
                "gradient variance",
                f"{self.variance:.3g} a component (95%: {self.variance_low:.3g} to {self.variance_high:.3g}; "
                f"{self.samples} random parameters)",
            ),
        ]
        if self.plateau is not None:
            lines.append(("barren plateau at", f"{self.plateau:.3g}, the variance of a 2-design on these qubits"))
        if self.shots is not None:
            lines.append(("shot floor", f"{self.shots:,.0f} shots a circuit for signal-to-noise 1"))
        if self.executions is not None:
            lines.append(("executions a step", f"{self.executions:,} circuits an example by parameter shift"))
        if self.temp_bytes is not None:
            lines.append(("memory", f"{self.temp_bytes / 2**20:,.3g} MiB for one gradient, simulated"))
        width = max(len(label) for label, _ in lines)
        return "\n".join([*(f"{label:<{width}}  {value}" for label, value in lines), "", self.advice])


def diagnose(
    model: Any, example: PyTree, *inputs: Any, samples: int = 64, seed: int = 0, name: str | None = None
) -> Diagnosis:
    """Examine a model.

    Args:
        model: A PennyLane QNode, called as ``model(parameters, *inputs)``, or a ``Paradigm``.
        example: For a QNode its parameters, of which only the shapes matter: they are drawn as angles, uniform in
            [0, 2π). For a paradigm a batch of inputs; its parameters are drawn by its own ``init``.
        inputs: Further arguments of a QNode.
        samples: Random parameters.
        seed: Of their draw.
        name: Shown; by default the model's own.

    Raises:
        BadInput: Too few samples, no parameters, or a model that is neither.
        Unsupported: A measurement or gate of the QNode has no shift rule.
    """
    if samples < 8:
        raise BadInput(f"samples={samples} must be at least 8 for a variance with an interval")
    if isinstance(model, Paradigm):
        return _diagnose_paradigm(model, example, samples, seed, name or model.name)
    import pennylane as qml

    if not isinstance(model, qml.QNode):
        raise BadInput(
            f"{type(model).__name__} is neither a QNode nor a Paradigm; wrap your model with paradigms.adapters"
        )
    if not jax.tree.leaves(example):
        raise BadInput("the QNode was given no parameters: pass an array of the shape of its parameters")
    return _diagnose_qnode(model, example, inputs, samples, seed, name or getattr(model.func, "__name__", "circuit"))


def _diagnose_qnode(
    qnode: Any, example: PyTree, inputs: Sequence[Any], samples: int, seed: int, name: str
) -> Diagnosis:
    import pennylane as qml
    from pennylane.tape import QuantumScript

    from paradigms.vqc.executions import executions
    from paradigms.vqc.parameter_shift import run

    structure = jax.tree.structure(example)
    shapes = [jnp.shape(leaf) for leaf in jax.tree.leaves(example)]

    def draw(key: Any) -> PyTree:
        keys = jax.random.split(key, len(shapes))
        leaves = [jax.random.uniform(one, shape, maxval=2 * jnp.pi) for one, shape in zip(keys, shapes, strict=True)]
        return jax.tree.unflatten(structure, leaves)

    tape = qml.workflow.construct_tape(qnode)(draw(jax.random.key(seed)), *inputs)
    device = qml.device("scan.qubit", wires=tape.wires)

    def values(params: PyTree) -> Any:
        made = qml.workflow.construct_tape(qnode)(params, *inputs)
        return _flat(run(QuantumScript(made.operations, made.measurements), device, None, None))

    count = executions(qnode, draw(jax.random.key(seed)), *inputs)
    qubits = len(tape.wires)
    drawn, temp_bytes = _gradients(values, draw, samples, seed)
    variance, low, high = _variance(drawn)
    squared_norms = [_traceless_square(measurement, qubits) for measurement in tape.measurements]
    # Tr H² / 2^n is the observable's single-shot variance in a random state.
    spread = float(np.mean(squared_norms))
    plateau = spread * two_design_variance(qubits)
    shots = spread / (2 * variance) if variance > 0 else float("inf")
    return Diagnosis(
        name=name,
        parameters=sum(int(np.prod(shape)) for shape in shapes),
        qubits=qubits,
        depth=_depth(tape),
        samples=samples,
        variance=variance,
        variance_low=low,
        variance_high=high,
        plateau=plateau,
        shots=shots,
        executions=count.gradient,
        temp_bytes=temp_bytes,
        advice=advise(variance, plateau, shots, count.gradient, qubits),
    )


def _diagnose_paradigm(paradigm: Paradigm, inputs: PyTree, samples: int, seed: int, name: str) -> Diagnosis:
    def prediction(params: PyTree, state: PyTree, key: Any) -> Any:
        output = paradigm.apply(params, state, inputs, key=key, train=False).prediction
        return output.reshape(-1, output.shape[-1]).mean(axis=0)[:1]

    def values(variables: PyTree) -> Any:
        return prediction(variables.params, variables.state, jax.random.key(seed))

    shapes = jax.eval_shape(paradigm.init, jax.random.key(seed))
    drawn, temp_bytes = _gradients(values, paradigm.init, samples, seed, of=lambda gradient: gradient.params)
    variance, low, high = _variance(drawn)
    cost = paradigm.cost()
    executions = cost.gradient.circuit_executions
    return Diagnosis(
        name=name,
        parameters=sum(leaf.size for leaf in jax.tree.leaves(shapes.params)),
        qubits=None,
        depth=None,
        samples=samples,
        variance=variance,
        variance_low=low,
        variance_high=high,
        plateau=None,
        shots=None,
        executions=executions,
        temp_bytes=temp_bytes,
        advice=advise(variance, None, None, executions, None),
    )


def two_design_variance(qubits: int) -> float:
    """Var ∂⟨H⟩/∂θ ÷ (Tr H²/d) for exp(-iθP/2) between two unitary 2-designs: d²/[2(d+1)²(d-1)], H traceless.

    McClean et al. 2018 (Nature Communications 9, 4812) with both halves random; d = 2^n.
    """
    dimension = 2.0**qubits
    return dimension**2 / (2 * (dimension + 1) ** 2 * (dimension - 1))


def advise(
    variance: float, plateau: float | None, shots: float | None, executions: int | None, qubits: int | None
) -> str:
    """The most pressing thing to know, in one sentence."""
    if variance == 0:
        return "No parameter moves what is measured: check that the gates act on the measured wires."
    if plateau is not None and shots is not None and variance <= NEAR_PLATEAU * plateau and qubits and qubits > 2:
        return (
            f"The gradient is on the barren plateau ({variance / plateau:.2g} times a 2-design's variance), where "
            "every further qubit at least halves it: use fewer layers, a local cost, or angles drawn near the identity."
        )
    if shots is not None and shots > MANY_SHOTS:
        return (
            f"Shots decide: {shots:.2g} a circuit before a component rises above its noise; use a local cost, fewer "
            "layers or angles drawn near the identity."
        )
    if executions is not None and executions > MANY_EXECUTIONS:
        return (
            f"Executions decide: {executions:,} circuits an example and step on hardware; share angles less, measure "
            "fewer groups, use generators that commute, or SPSA, whose two circuits trade executions for noise."
        )
    if plateau is not None:
        return (
            f"No barren plateau at this depth ({variance / plateau:.2g} times a 2-design's variance); the variance "
            "falls towards it as layers are added, so look again before going deeper."
        )
    return "Gradients are of ordinary size and reverse mode gives them all at once: nothing needs to change."


def _gradients(
    values: Callable[[PyTree], Any],
    draw: Callable[[Any], PyTree],
    samples: int,
    seed: int,
    of: Callable[[PyTree], PyTree] = lambda gradient: gradient,
) -> tuple[np.ndarray, int | None]:
    """Jacobians ``[samples, outputs, components]`` at random parameters, and the temporary bytes of one."""

    def jacobian(key: Any) -> Any:
        params = draw(key)
        found, pullback = jax.vjp(lambda p: values(jax.tree.map(lambda _, leaf: leaf, params, p)), params)
        (rows,) = jax.vmap(pullback)(jnp.eye(found.shape[0], dtype=found.dtype))
        leaves = [leaf for leaf in jax.tree.leaves(of(rows)) if jnp.issubdtype(leaf.dtype, jnp.floating)]
        return jnp.concatenate([leaf.reshape(found.shape[0], -1) for leaf in leaves], axis=1)

    keys = jax.random.split(jax.random.key(seed), samples)
    one = jax.jit(jacobian).lower(keys[0]).compile()
    # One at a time: a single program to compile, and no more memory than one gradient takes.
    drawn = np.stack([np.asarray(one(key), np.float64) for key in keys])
    return drawn, compiled_bytes(one).get("memory/temp_bytes")


def _variance(drawn: np.ndarray) -> tuple[float, float, float]:
    """Mean over outputs and components of the variance over samples, with a bootstrap interval over samples."""
    rng = np.random.default_rng(0)
    samples = len(drawn)
    weights = rng.multinomial(samples, np.full(samples, 1 / samples), size=RESAMPLES) / samples
    flat = drawn.reshape(samples, -1)
    means, squares = weights @ flat, weights @ flat**2
    # Once for the unbiased estimate, once more for the resamples' own bias.
    resampled = np.mean(squares - means**2, axis=1) * (samples / (samples - 1)) ** 2
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(flat.var(axis=0, ddof=1).mean()), float(low), float(high)


def _flat(values: Any) -> Any:
    return jnp.concatenate([jnp.ravel(value) for value in jax.tree.leaves(values)])


def _traceless_square(measurement: Any, qubits: int) -> float:
    """Tr H²/d of the observable without its trace; for probabilities the mean over outcomes."""
    observable = measurement.obs
    if observable is None:
        outcomes = 2.0 ** (len(measurement.wires) or qubits)
        return 1 / outcomes - 1 / outcomes**2
    words = observable.pauli_rep
    if words is not None:
        return float(sum(abs(complex(weight)) ** 2 for word, weight in words.items() if len(word)))
    eigenvalues = np.asarray(observable.eigvals(), np.float64)
    return float(np.var(eigenvalues))


def _depth(tape: Any) -> int:
    from paradigms.vqc.occurrences import elementary

    reached: dict[Any, int] = {}
    for gate in elementary(tape.operations):
        step = 1 + max((reached.get(wire, 0) for wire in gate.wires), default=0)
        reached.update(dict.fromkeys(gate.wires, step))
    return max(reached.values(), default=0)
