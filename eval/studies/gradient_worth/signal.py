"""How much of a gradient is signal: its squared norm beside its variance over examples and over shots, by layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.models import Model, models
from eval.studies.gradient_worth.rows import LayerSignal
from eval.studies.gradient_worth.training import Runs, judged_seeds, looks
from paradigms.vqc.circuit.embedding import reuploading_angles
from paradigms.vqc.circuit.observables import observables
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.model import VQC
from training.data.order import permutation
from training.data.split import Batch
from training.objective import Objective, training_objective
from training.probes.variance import example_moments
from training.state import TrainState

WHOLE = "whole"
"""The layer that stands for all."""
CHUNK = 64
"""Examples whose gradients are held at once."""

Moments = dict[str, Float[Array, ""]]


def moments_by_layer(
    objective: Objective,
    layers: Callable[[PyTree], dict[str, PyTree]],
    params: PyTree,
    state: PyTree,
    batch: Batch,
    key: PRNGKeyArray,
) -> tuple[Moments, Moments]:
    """Compute tr Σ of the per-example gradient and its unbiased squared norm, of each layer and of the whole.

    The latter is ‖mean‖² − tr Σ/n; both add up over layers. McCandlish et al. 2018, appendix A.
    """
    examples = batch.weights.shape[0]
    carried = TrainState(jnp.zeros((), jnp.int32), params, state, None, key)
    mean, deviation = example_moments(objective, carried, batch, key, CHUNK)
    traces = {name: _total(part) / (examples - 1) for name, part in layers(deviation).items()}
    squares = {name: _total(jax.tree.map(jnp.square, part)) for name, part in layers(mean).items()}
    norms = {name: square - traces[name] / examples for name, square in squares.items()}
    return _with_whole(traces), _with_whole(norms)


def shot_variance(model: Model, params: PyTree, example: Array, loss: Callable) -> Moments:
    """Variance of an example's gradient by the parameter-shift rule with one shot a circuit, summed over each layer.

    With S shots a circuit it is 1/S of this. A shot in the computational basis gives all observables together, the
    outcome b giving w_k(b) = ±1; the gradient weighs them with the loss's slopes c_k at the exact expectation values,
    so one shot of a circuit has the variance Σ_b p(b) y(b)² − (Σ_b p(b) y(b))², y = Σ_k c_k w_k. A gate angle's
    derivative [f(φ + π/2) − f(φ − π/2)]/2 takes a quarter of the sum of both circuits'; an input weight's is that times
    the squared feature. The output scales are read from the unshifted circuit.

    Args:
        model: A re-uploading circuit.
        params: Its parameters.
        example: One input.
        loss: Predictions ``[outputs]`` to the example's loss.
    """
    paradigm, layer = model.paradigm, model.ansatz
    assert isinstance(paradigm, VQC), "only circuits are measured by shots"
    assert layer is not None, "a circuit says what its layers are"
    qubits = paradigm.config.qubits
    words = jnp.asarray(word_values(qubits, paradigm.outputs), jnp.float32)

    @qml.qnode(ScanQubit(wires=qubits), interface="jax")
    def probabilities(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=layer, width=3)
        return qml.probs(wires=range(qubits))

    features = paradigm.features(example)
    weights = params["input_weights"]
    angles = reuploading_angles(features, weights, params["angles"])
    at_rest = probabilities(angles) @ words
    slopes = jax.grad(loss)(at_rest * params["scale"])
    outcomes = words @ (slopes * params["scale"])

    def variance(place: Int[Array, ""], shift: Float[Array, ""]) -> Float[Array, ""]:
        shifted = angles.reshape(-1).at[place].add(shift).reshape(angles.shape)
        chances = probabilities(shifted)
        return chances @ jnp.square(outcomes) - jnp.square(chances @ outcomes)

    shifts = jnp.pi / 2 * jnp.array([1.0, -1.0])
    both = jax.vmap(lambda place: jax.vmap(variance, (None, 0))(place, shifts))(jnp.arange(angles.size))
    of_angles = jnp.sum(both, axis=1).reshape(angles.shape) / 4
    # w·x + θ: what an input weight's angle turns by is the feature.
    turned = reuploading_angles(features, jnp.ones_like(weights), jnp.zeros_like(angles))
    parts = {
        "angles": of_angles,
        "input_weights": of_angles * jnp.square(turned),
        "scale": jnp.square(slopes) * (1 - jnp.square(at_rest)),
    }
    return _with_whole({name: _total(part) for name, part in model.layers(parts).items()})


def word_values(qubits: int, outputs: int) -> Float[np.ndarray, "outcomes outputs"]:
    """±1 of each observable at each outcome of measuring every qubit, qubit 0 the most significant bit."""
    bits = (np.arange(2**qubits)[:, None] >> np.arange(qubits - 1, -1, -1)) & 1
    words = [list(word.wires) for word in observables(qubits, outputs)]
    return np.stack([np.prod(1 - 2 * bits[:, word], axis=1) for word in words], axis=1).astype(float)


def moments_of_training(config: Config) -> list[int]:
    """Looks at which the signal is taken: the first, the last, and between them ever further apart."""
    places = np.geomspace(1, config.records + 1, config.signal_moments).round().astype(int) - 1
    return sorted(set(places.tolist()))


def updates_of_moments(config: Config) -> list[int]:
    """Updates before each moment at which the signal is taken."""
    when = looks(config)
    return [when[place] for place in moments_of_training(config)]


def measure(name: str, rate: float, found: Runs, config: Config) -> list[LayerSignal]:
    """Measure every seed, moment and layer; of circuits also with the variance from ``config.shots`` shots added.

    Args:
        name: The model.
        rate: The learning rate with which it was trained.
        found: Its judged runs.
        config: Examples, shots and moments.
    """
    task, model = data.load(config), models(config)[name]
    paradigm = model.paradigm
    objective = training_objective(paradigm, task)
    chosen = permutation(len(task.train), config.seed)[: config.signal_examples]
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(chosen), np.ones(len(chosen), np.float32)))
    state = paradigm.init(jax.random.key(0)).state

    def at(params: PyTree, seed: Int[Array, ""]) -> tuple[Moments, Moments, Moments]:
        traces, norms = moments_by_layer(objective, model.layers, params, state, batch, jax.random.key(seed))
        if model.ansatz is None:
            return traces, norms, {}

        def noise(example: Array, target: Array) -> Moments:
            def loss(prediction: Array) -> Array:
                return task.loss(prediction[None], target[None])[0]

            return shot_variance(model, params, example, loss)

        own = config.shot_examples
        by_example = jax.lax.map(lambda pair: noise(*pair), (batch.inputs[:own], batch.targets[:own]))
        return traces, norms, {name: jnp.mean(value) for name, value in by_example.items()}

    places = moments_of_training(config)
    params = jax.tree.map(lambda leaf: leaf[:, np.array(places)], found.params)
    program = jax.jit(jax.vmap(lambda own, seed: jax.lax.map(lambda one: at(one, seed), own)))
    traces, norms, shots = jax.tree.map(np.asarray, program(params, jnp.array(judged_seeds(config))))
    when = updates_of_moments(config)
    sizes = _sizes(model)
    rows: list[LayerSignal] = []
    for run, seed in enumerate(judged_seeds(config)):
        for moment, updates in enumerate(when):
            for depth, (own, size) in enumerate(sizes.items()):
                trace, norm = float(traces[own][run, moment]), float(norms[own][run, moment])
                exact = LayerSignal(
                    model=name,
                    learning_rate=rate,
                    training_seed=seed,
                    updates=updates,
                    layer=own,
                    depth=None if own == WHOLE else depth,
                    layer_parameters=size,
                    batch_size=config.batch_size,
                    shots_per_circuit=None,
                    **_ratio(trace, norm, size, config.batch_size),
                )
                rows.append(exact)
                if shots:
                    noisy = trace + float(shots[own][run, moment]) / config.shots
                    ratio = _ratio(noisy, norm, size, config.batch_size)
                    rows.append(replace(exact, shots_per_circuit=config.shots, **ratio))
    return rows


def _ratio(trace: float, norm: float, size: int, batch: int) -> dict[str, float | None]:
    """Make the fields of a row that follow from tr Σ and the unbiased ‖G‖²."""
    return {
        "variance": _finite(trace / size),
        "covariance_trace": _finite(trace),
        "squared_norm_unbiased": _finite(norm),
        "signal_to_noise": batch * norm / trace if norm > 0 and trace > 0 else None,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _sizes(model: Model) -> dict[str, int]:
    shapes = jax.eval_shape(model.paradigm.init, jax.random.key(0)).params
    layers = jax.eval_shape(model.layers, shapes)
    sizes = {name: sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(part)) for name, part in layers.items()}
    return {**sizes, WHOLE: sum(sizes.values())}


def _with_whole(parts: Moments) -> Moments:
    return {**parts, WHOLE: sum(parts.values(), jnp.zeros(()))}


def _total(tree: PyTree) -> Float[Array, ""]:
    return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(tree)), start=jnp.zeros(()))
