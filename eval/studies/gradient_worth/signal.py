"""How much of a gradient is signal: its squared norm beside its variance over examples and over shots, by layer.

It is compared where models are alike. Before training the mean output is taken away: it says nothing of the examples,
and the gradient that removes it is the signal of an offset. Then, where runs have reached the same validation loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.studies.gradient_worth.choice import Choice
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Case, split
from eval.studies.gradient_worth.models import Model, model
from eval.studies.gradient_worth.rows import LayerSignal
from eval.studies.gradient_worth.training import Runs, judged_seeds, looks
from paradigms.interface import Paradigm, Spec
from paradigms.vqc.circuit.embedding import reuploading_angles
from paradigms.vqc.circuit.observables import observables
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.model import VQC
from training.data.split import Batch
from training.objective import Auxiliary, Objective, weighted_mean
from training.probes.variance import example_moments
from training.state import TrainState
from training.tasks import Task

WHOLE = "whole"
"""The layer that stands for all."""
CHUNK = 64
"""Examples whose gradients are held at once."""
START = "start"
"""The moment before training; the others are named by the loss that was reached."""

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


def moments(config: Config) -> list[str]:
    """List the moments at which the signal is compared: before training, and each loss as a share of a guess's."""
    return [START, *(f"{loss:g}" for loss in config.signal_losses)]


def guess_loss(spec: Spec) -> float:
    """Return the loss of a guess: the entropy of equally likely classes, or the variance of values, which is 1."""
    return math.log(spec.outputs) if spec.kind == "classification" else 1.0


def first_at(losses: Float[np.ndarray, "runs looks"], loss: float) -> list[int | None]:
    """Return the look after the start at which each run has a loss for the first time; ``None`` where it never does."""
    reached = losses[:, 1:] <= loss
    return [1 + int(run.argmax()) if run.any() else None for run in reached]


def centred_objective(paradigm: Paradigm, task: Task, offset: Float[Array, " outputs"]) -> Objective:
    """Make the objective of training, with a constant taken away from every output; see ``training_objective``."""

    def objective(params: PyTree, model_state: PyTree, batch: Batch, key: PRNGKeyArray):
        output = paradigm.apply(params, model_state, batch.inputs, key=key, train=True)
        loss = weighted_mean(task.loss(output.prediction - offset, batch.targets), jnp.asarray(batch.weights))
        return loss + output.penalty, Auxiliary(output.state, {})

    return objective


def measure(name: str, chosen: Choice, found: Runs, case: Case) -> list[LayerSignal]:
    """Measure every seed, moment and layer; of circuits also with the variance from ``config.shots`` shots added.

    Before training it is measured with the mean output taken away, and as it is.

    Args:
        name: The model.
        chosen: The size and the learning rate with which it was trained.
        found: Its judged runs.
        case: The task.
    """
    config, own = case.config, model(name, chosen.size, case)
    seeds = judged_seeds(config)
    losses = np.asarray(found.loss, float)
    guess = guess_loss(split(case, config.seed).spec)
    places: list[tuple[str, bool, list[int | None]]] = [(START, centred, [0] * len(seeds)) for centred in (True, False)]
    for moment, share in zip(moments(config)[1:], config.signal_losses, strict=True):
        places.append((moment, False, first_at(losses, share * guess)))
    batches = [_examples(case, seed) for seed in seeds]
    batch = jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *batches)
    # A run that never reached a loss is measured at its start, and left out.
    at = np.array([[0 if place is None else place for place in where] for _, _, where in places]).T
    centred = jnp.asarray([centred for _, centred, _ in places])
    params = jax.tree.map(lambda leaf: jnp.stack([leaf[run, at[run]] for run in range(len(seeds))]), found.params)
    traces, norms, shots = jax.tree.map(np.asarray, _program(name, chosen.size, case)(params, batch, centred, seeds))
    when, sizes = looks(config), _sizes(own)
    rows: list[LayerSignal] = []
    for run, seed in enumerate(seeds):
        for number, (moment, is_centred, where) in enumerate(places):
            look = where[run]
            if look is None:
                continue
            for depth, (layer, size) in enumerate(sizes.items()):
                trace, norm = float(traces[layer][run, number]), float(norms[layer][run, number])
                exact = LayerSignal(
                    task=case.task,
                    model=name,
                    learning_rate=chosen.learning_rate,
                    training_seed=seed,
                    moment=moment,
                    centred=is_centred,
                    updates=when[look],
                    layer=layer,
                    depth=None if layer == WHOLE else depth,
                    layer_parameters=size,
                    batch_size=config.batch_size,
                    shots_per_circuit=None,
                    **_ratio(trace, norm, size, config.batch_size),
                )
                rows.append(exact)
                if shots:
                    noisy = trace + float(shots[layer][run, number]) / config.shots
                    ratio = _ratio(noisy, norm, size, config.batch_size)
                    rows.append(replace(exact, shots_per_circuit=config.shots, **ratio))
    return rows


def _examples(case: Case, seed: int) -> Batch:
    train = split(case, seed).train
    count = min(case.config.signal_examples, len(train))
    return Batch(*train.take(np.arange(count)), np.ones(count, np.float32))


def _program(name: str, size: int, case: Case):
    """Compile the moments of every run at each of its places, with and without its mean output."""
    config, own, task = case.config, model(name, size, case), split(case, case.config.seed)
    paradigm = own.paradigm
    state = paradigm.init(jax.random.key(0)).state

    def at(params: PyTree, batch: Batch, centred: Array, seed: Int[Array, ""]) -> tuple[Moments, Moments, Moments]:
        key = jax.random.key(seed)
        predictions = paradigm.apply(params, state, batch.inputs, key=key, train=False).prediction
        offset = centred * jnp.mean(predictions, axis=0)
        objective = centred_objective(paradigm, task, offset)
        traces, norms = moments_by_layer(objective, own.layers, params, state, batch, key)
        if own.ansatz is None:
            return traces, norms, {}

        def noise(example: Array, target: Array) -> Moments:
            def loss(prediction: Array) -> Array:
                return task.loss((prediction - offset)[None], target[None])[0]

            return shot_variance(own, params, example, loss)

        few = min(config.shot_examples, len(batch.weights))
        by_example = jax.lax.map(lambda pair: noise(*pair), (batch.inputs[:few], batch.targets[:few]))
        return traces, norms, {layer: jnp.mean(value) for layer, value in by_example.items()}

    def of_run(
        params: PyTree, batch: Batch, centred: Array, seed: Int[Array, ""]
    ) -> tuple[dict[str, Float[Array, " places"]], ...]:
        return jax.lax.map(lambda one: at(one[0], batch, one[1], seed), (params, centred))

    program = jax.jit(jax.vmap(of_run, in_axes=(0, 0, None, 0)))
    return lambda params, batch, centred, seeds: program(params, batch, centred, jnp.asarray(seeds))


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
