"""What the gradient of each rule is worth: its direction beside the exact one, and the accuracy it trains to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PyTree

from eval.short_training import train
from eval.study import Row
from eval.unfolding_memory.config import Config
from paradigms import snn
from training.data.files import data_directory, missing_files
from training.data.split import Split
from training.tasks import Task, TaskConfig, load_task, task_files

WHOLE = "whole"
"""The layer that stands for all."""
EVALUATIONS = 4
"""Times at which a run's accuracy is read, after the start."""


def missing(task: str) -> str | None:
    """Why a task cannot be loaded without asking for help; ``None`` where it can."""
    files = missing_files(task_files(TaskConfig(task)), data_directory())
    return f"{task} is left out: {files[0].name} is not in the data directory" if files else None


def measure(task: Task, rule: str, config: Config) -> list[Row]:
    """Train with a rule from several seeds, and compare its gradient with the exact one before and after.

    Runs of one seed share initial parameters and batches over rules. Accuracies are those on the test split; nothing
    is chosen by them. Rows: ``quantity`` ``accuracy``, one a run and evaluation; ``cosine`` with the exact gradient and
    ``norm_ratio`` to it, one a run, layer and moment (``initial``, or ``trained``, by this rule).
    """
    paradigm, exact = _network(task, rule, config), _network(task, "bptt", config)
    inputs, targets = _whole(task.train)
    test_inputs, test_targets = _whole(task.test)

    def loss_of(network: snn.SNN):
        def loss(params: PyTree, examples: Array) -> Array:
            logits = network.apply(params, {}, inputs[examples], key=jax.random.key(0), train=True).prediction
            return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, targets[examples]))

        return loss

    own, reference = loss_of(paradigm), loss_of(exact)

    def batch_loss(params: PyTree, key: Any, step: Array) -> Array:
        return own(params, jax.random.choice(key, len(targets), (config.learning_batch,), replace=False))

    def accuracy(params: PyTree) -> Array:
        logits = paradigm.apply(params, {}, test_inputs, key=jax.random.key(0), train=False).prediction
        return jnp.mean(jnp.argmax(logits, axis=-1) == test_targets)

    def run(key: Any) -> tuple[PyTree, PyTree, Array]:
        start_key, batch_key = jax.random.split(key)
        start = paradigm.init(start_key).params
        end, accuracies = train(
            batch_loss, start, batch_key, steps=config.updates, learning_rate=config.learning_rate,
            record=accuracy, records=EVALUATIONS,
        )  # fmt: skip
        return start, end, accuracies

    def compare(params: PyTree, key: Any) -> dict[str, tuple[Array, Array]]:
        count = min(config.cosine_examples, len(targets))
        examples = jax.random.choice(key, len(targets), (count,), replace=False)
        return compared_by_layer(jax.grad(own)(params, examples), jax.grad(reference)(params, examples))

    keys = jax.random.split(jax.random.key(config.seed), config.seeds)
    start, end, accuracies = jax.jit(jax.vmap(run))(keys)
    compared = jax.jit(jax.vmap(compare))
    rows: list[Row] = [
        {
            "quantity": "accuracy",
            "run": seed,
            "updates": record * config.updates // EVALUATIONS,
            "value": float(accuracies[seed, record]),
        }
        for seed in range(config.seeds)
        for record in range(EVALUATIONS + 1)
    ]
    for moment, params in (("initial", start), ("trained", end)):
        for layer, both in compared(params, keys).items():
            for quantity, values in zip(("cosine", "norm_ratio"), both, strict=True):
                place = {"quantity": quantity, "moment": moment, "layer": layer}
                rows += [{**place, "run": seed, "value": float(value)} for seed, value in enumerate(values)]
    return rows


def compared_by_layer(
    first: dict[str, Float[Array, "..."]], exact: dict[str, Float[Array, "..."]]
) -> dict[str, tuple[Float[Array, ""], Float[Array, ""]]]:
    """Cosine of two gradients, and ``‖first‖ / ‖exact‖``, over all parameters (``whole``) and over each layer's.

    Both are 0 where ``exact`` vanishes, and the cosine where ``first`` does. A parameter's layer is its name up to the
    first full stop, ``readout_connection`` being the read-out's.
    """
    layers: dict[str, list[str]] = defaultdict(list)
    for name in first:
        layers[WHOLE].append(name)
        layers[name.split(".")[0].removesuffix("_connection")].append(name)
    return {layer: _compared(first, exact, names) for layer, names in layers.items()}


def _compared(first: dict[str, Array], exact: dict[str, Array], names: Sequence[str]) -> tuple[Array, Array]:
    one, other = (jnp.concatenate([gradient[name].ravel() for name in names]) for gradient in (first, exact))
    norm, exact_norm = jnp.linalg.norm(one), jnp.linalg.norm(other)
    return _ratio(one @ other, norm * exact_norm), _ratio(norm, exact_norm)


def _ratio(above: Array, below: Array) -> Array:
    return jnp.where(below > 0, above / jnp.where(below > 0, below, 1.0), 0.0)


def _network(task: Task, rule: str, config: Config) -> snn.SNN:
    settings = snn.Config(
        hidden=(config.width,) * config.depth,
        time_steps=config.image_steps,
        block_steps=config.block_steps,
        differentiation=cast(Any, rule),
    )
    return snn.build(settings, task.spec)


def _whole(split: Split) -> tuple[Array, Array]:
    inputs, targets = split.take(np.arange(len(split)))
    return jnp.asarray(inputs), jnp.asarray(targets)


def load(task: str) -> Task:
    """The task; its data must be there, see :func:`missing`."""
    return load_task(TaskConfig(task))
