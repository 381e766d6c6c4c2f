"""What the gradient of each rule is worth: its direction beside the exact one, and the accuracy it trains to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from eval.rows import Row
from eval.studies.unfolding_memory.config import EVALUATIONS, Config
from eval.studies.unfolding_memory.rows import Accuracy, Direction, Moment
from paradigms import snn
from training.config import Settings, TrainerConfig, plain_adam
from training.data.files import data_directory, missing_files
from training.data.split import Batch
from training.evaluation import split_means
from training.many import Many
from training.objective import training_objective
from training.tasks import Task, TaskConfig, load_task, task_files

WHOLE = "whole"
"""The layer that stands for all."""
EXAMPLES_AT_ONCE = 256


def missing(task: str) -> str | None:
    """Why a task cannot be loaded without asking for help; ``None`` where it can."""
    files = missing_files(task_files(TaskConfig(task)), data_directory())
    return f"{task} is left out: {files[0].name} is not in the data directory" if files else None


def measure(task: Task, rule: str, config: Config) -> list[Row]:
    """Train with a rule from several seeds, and compare its gradient with the exact one before and after.

    Runs of one seed share initial parameters and batches over rules. Accuracies are those on the test split; nothing
    is chosen by them.

    Returns:
        An ``Accuracy`` per run and evaluation, and a ``Direction`` per run, layer and moment.
    """
    paradigm, exact = _network(task, rule, config), _network(task, "bptt", config)
    test_means = split_means(paradigm, task, task.test, EXAMPLES_AT_ONCE)
    many = Many(
        paradigm,
        task,
        Settings(
            trainer=TrainerConfig(steps=config.updates, batch_size=config.learning_batch),
            optimizer=plain_adam(config.learning_rate),
        ),
        record=lambda state: (state.params, test_means(state)["accuracy"]),
        every=config.updates // EVALUATIONS,
    )
    seeds = [config.seed + member for member in range(config.seeds)]
    params, accuracies = many.run(seeds).require_finite().records
    compared = jax.jit(jax.vmap(_comparison(task, paradigm, exact, config)))
    place: dict[str, Any] = {"task": task.name, "differentiation": rule}
    rows: list[Row] = [
        Accuracy(
            **place,
            training_seed=seed,
            updates=record * config.updates // EVALUATIONS,
            test_accuracy=float(accuracies[member, record]),
        )
        for member, seed in enumerate(seeds)
        for record in range(EVALUATIONS + 1)
    ]
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds))
    first, last = (jax.tree.map(lambda leaf, look=look: leaf[:, look], params) for look in (0, -1))
    moments: tuple[tuple[Moment, PyTree], ...] = (("initial", first), ("trained", last))
    for moment, reached in moments:
        for layer, both in compared(reached, keys).items():
            rows += [
                Direction(
                    **place,
                    training_seed=seed,
                    moment=moment,
                    layer=layer,
                    cosine=float(cosine),
                    norm_ratio=float(ratio),
                )
                for seed, cosine, ratio in zip(seeds, *both, strict=True)
            ]
    return rows


def _comparison(
    task: Task, paradigm: snn.SNN, exact: snn.SNN, config: Config
) -> Callable[[PyTree, PRNGKeyArray], dict[str, tuple[Array, Array]]]:
    """``(parameters, key) -> compared_by_layer`` of the gradients by both rules on examples that the key draws."""
    examples = len(task.train)
    inputs, targets = jax.tree.map(jnp.asarray, task.train.take(np.arange(examples)))
    count = min(config.cosine_examples, examples)

    def compare(params: PyTree, key: PRNGKeyArray) -> dict[str, tuple[Array, Array]]:
        chosen = jax.random.choice(key, examples, (count,), replace=False)
        batch = Batch(inputs[chosen], targets[chosen], np.ones(count, np.float32))
        first, second = (
            jax.grad(training_objective(network, task), has_aux=True)(params, {}, batch, key)[0]
            for network in (paradigm, exact)
        )
        return compared_by_layer(first, second)

    return compare


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


def load(task: str) -> Task:
    """The task; its data must be there, see :func:`missing`."""
    return load_task(TaskConfig(task))
