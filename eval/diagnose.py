"""What a gradient of your own model costs and is worth, in a few lines of text.

Example::

    import jax.numpy as jnp, pennylane as qml
    from eval.diagnose import diagnose

    @qml.qnode(qml.device("default.qubit", wires=8))
    def circuit(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(8))
        return qml.expval(qml.Z(0))

    print(diagnose(circuit, jnp.zeros((10, 8, 3))))

Whether the gradient vanishes with the number of qubits takes several sizes: of a function from a size to a QNode, its
parameters and what else it takes, ``print(diagnose(build, sizes=[4, 6, 8, 10]))``.

For any ``Paradigm`` (a model through ``paradigms.adapters``, or one of the project's), give a batch of inputs instead
of parameters: ``diagnose(paradigm, inputs)``. From the shell: ``python -m scripts.diagnose module:name``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from eval.claims import CLAIMS
from eval.diagnosis import Diagnosis, Trend, advise, verdict
from eval.statistics.decay import decay
from eval.statistics.laws import EXACT_BITS, line
from eval.studies.barren_plateaus.slopes import error_bits
from paradigms.interface import Paradigm
from training.errors import BadInput
from training.probes.memory import compiled_bytes

RESAMPLES = 400
ROUNDING = 1e-14
"""Of an observable's variance: below it, that of a gradient is single precision's rounding."""


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
        sizes: At which the gradient is taken, three or more; the circuits differ in their number of qubits.
        samples: Random parameters.
        seed: Of their draw.
        name: Shown; by default the model's own.

    Raises:
        BadInput: Too few samples or sizes, no parameters, or a model that is neither.
        Unsupported: A measurement or gate of the QNode has no shift rule (of measurements, expectation values and
            probabilities have one).
    """
    if samples < 8:
        raise BadInput(f"samples={samples} must be at least 8 for a variance with an interval")
    if sizes is not None:
        return _over_sizes(model, sizes, samples, seed, name or getattr(model, "__name__", "circuit"))
    if isinstance(model, Paradigm):
        return _diagnose_paradigm(model, example, samples, seed, name or model.name)
    import pennylane as qml

    if not isinstance(model, qml.QNode):
        raise BadInput(
            f"{type(model).__name__} is neither a QNode nor a Paradigm; wrap your model with paradigms.adapters, or "
            "give a function of a size with sizes=[4,6,8,10]"
        )
    if not jax.tree.leaves(example):
        raise BadInput("the QNode was given no parameters: pass an array of the shape of its parameters")
    return _diagnose_qnode(model, example, inputs, samples, seed, name or getattr(model.func, "__name__", "circuit"))


def _diagnose_qnode(
    qnode: Any, example: PyTree, inputs: Sequence[Any], samples: int, seed: int, name: str
) -> Diagnosis:
    from pennylane.wires import Wires

    from paradigms.vqc.executions import executions
    from paradigms.vqc.tapes import tapes_of

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
    drawn, temp_bytes = _gradients(lambda params: _simulated(qnode, params, inputs), draw, samples, seed)
    variance, low, high = _variance(drawn)
    plateau = shots = None
    constant = False
    if _measures_what_is_written(qnode, first, inputs):
        # Tr H² / 2^n is the observable's single-shot variance in a random state.
        spread = float(np.mean([_traceless_square(measurement, qubits) for measurement in read.written.measurements]))
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

    from paradigms.vqc.parameter_shift import run
    from paradigms.vqc.tapes import tapes_of

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


def _over_sizes(build: Callable[[int], Any], sizes: Sequence[int], samples: int, seed: int, name: str) -> Trend:
    chosen = tuple(sorted(set(sizes)))
    if len(chosen) < 3:
        raise BadInput(
            f"sizes={list(sizes)} are too few for a trend with an interval; give three or more, as in [4,6,8]"
        )
    found = []
    for size in chosen:
        made = build(size)
        if not isinstance(made, tuple) or len(made) < 2:
            raise BadInput(
                f"{name}({size}) returned {type(made).__name__}; return a QNode, its parameters, and its inputs"
            )
        one = diagnose(*made, samples=samples, seed=seed, name=name)
        if not one.variance or one.qubits is None:
            raise BadInput(f"{name}({size}) has no variance of a circuit's gradient to follow: {one.advice}")
        found.append(one)
    qubits = [one.qubits for one in found]
    if len(set(qubits)) < len(qubits):
        raise BadInput(
            f"sizes={list(chosen)} of {name} have {qubits} qubits; let every size have another number of them"
        )
    bits = [float(np.log2(one.variance)) for one in found]
    errors = [max(error_bits(vars(one)), EXACT_BITS) for one in found]
    slope = line([float(count) for count in qubits], bits, errors)
    shape = None
    if len(found) >= 4:
        limits = CLAIMS["C4"].thresholds
        relative = [error * np.log(2) for error in errors]
        shape = decay(
            qubits,
            [one.variance for one in found],
            relative,
            flat_slope=limits["flat_slope"],
            least_evidence=limits["evidence"],
        ).shape
    return Trend(name, chosen, tuple(found), slope, shape, verdict(slope))


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
        advice=advise(variance, None, None, executions),
    )


def two_design_variance(qubits: int) -> float:
    """Var ∂⟨H⟩/∂θ ÷ (Tr H²/d) for exp(-iθP/2) between two unitary 2-designs: d²/[2(d+1)²(d-1)], H traceless.

    McClean et al. 2018 (Nature Communications 9, 4812) with both halves random; d = 2^n.
    """
    dimension = 2.0**qubits
    return dimension**2 / (2 * (dimension + 1) ** 2 * (dimension - 1))


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
