"""Every model on every data set, through the recorder."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

from eval.recorder import Recorder, Row
from eval.short_training import train
from eval.studies.regularisation.config import FEATURES, RECORDS, Config, DataSetName
from eval.studies.regularisation.models import Model, circuit_model, hidden_units, parameters, perceptron
from eval.studies.regularisation.samples import Examples, Samples, load

CIRCUIT, PRODUCT, NETWORK, LOGISTIC = "circuit", "circuit without entanglement", "network", "logistic regression"
NONE, EARLY_STOPPING = "none", "early_stopping"
SPLITS = ("train", "validation", "test")


def run(config: Config, recorder: Recorder) -> list[Row]:
    """A row a data set, model, regulariser, strength and seed."""
    return [row for name in config.data_sets for row in _on(name, config, recorder)]


def _on(name: DataSetName, config: Config, recorder: Recorder) -> list[Row]:
    samples = load(name, config)
    rows: list[Row] = []
    for model, regulariser, strengths in compared(config):
        point = {"data_set": name, "model": model, "regulariser": regulariser}
        rows += recorder.measure(point, functools.partial(measure, model, regulariser, strengths, samples, config))
    return rows


def compared(config: Config) -> list[tuple[str, str, tuple[float, ...]]]:
    """Model, regulariser and strengths (0 where there is nothing to choose) of all that is trained."""
    return [
        (CIRCUIT, NONE, (0.0,)),
        (CIRCUIT, "gate_dropout", config.dropout_rates),
        (CIRCUIT, "l2", config.penalties),
        (CIRCUIT, "layerwise", (0.0,)),
        (CIRCUIT, "depolarising_noise", config.noise_probabilities),
        (PRODUCT, NONE, (0.0,)),
        (NETWORK, NONE, (0.0,)),
        (LOGISTIC, NONE, (0.0,)),
    ]


def build(model: str, regulariser: str, config: Config) -> Model:
    """The network has the hidden units that bring its parameters closest to the circuit's."""
    if model == LOGISTIC:
        return perceptron(FEATURES, 0)
    if model == NETWORK:
        return perceptron(FEATURES, hidden_units(FEATURES, parameters(circuit_model(config, NONE))))
    return circuit_model(config, regulariser, entangling=model == CIRCUIT)


def measure(model: str, regulariser: str, strengths: tuple[float, ...], samples: Samples, config: Config) -> list[Row]:
    """Losses (nats) and accuracies of the three splits after the last step, a row a strength and seed.

    For the circuit alone also those at the record of lowest validation loss, as regulariser ``early_stopping``.
    """
    trained = build(model, regulariser, config)
    curves = jax.tree.map(np.asarray, _runs(model, regulariser, config)(jnp.asarray(strengths), samples))
    rows = [
        {
            "strength": strength,
            "training_seed": config.seed + seed,
            "parameters": parameters(trained),
            **{name: float(values[place, seed, -1]) for name, values in curves.items()},
        }
        for place, strength in enumerate(strengths)
        for seed in range(config.seeds)
    ]
    if (model, regulariser) != (CIRCUIT, NONE):
        return rows
    best = curves["validation_loss"][0].argmin(axis=-1)
    return rows + [
        {
            **row,
            "regulariser": EARLY_STOPPING,
            "strength": record / RECORDS,
            **{name: float(values[0, seed, record]) for name, values in curves.items()},
        }
        for seed, (row, record) in enumerate(zip(rows, best.tolist(), strict=True))
    ]


@functools.lru_cache
def _runs(model: str, regulariser: str, config: Config) -> Callable[[Array, Samples], dict[str, Array]]:
    """``(strengths, samples) -> scores [strengths, seeds, records]``; compiled once for all data sets."""
    trained = build(model, regulariser, config)

    def one(strength: Array, key: PRNGKeyArray, sample: Samples) -> PyTree:
        def loss(params: PyTree, key: PRNGKeyArray, step: Array) -> Array:
            logits = trained.training_logits(params, sample.train.features, key, step, strength)
            return _cross_entropy(logits, sample.train.classes).mean() + trained.penalty(params, strength)

        def record(params: PyTree) -> dict[str, Array]:
            return {
                f"{split}_{score}": value
                for split, examples in zip(SPLITS, sample, strict=True)
                for score, value in _scores(trained, params, examples).items()
            }

        init_key, train_key = jax.random.split(key)
        _, curves = train(
            loss,
            trained.init(init_key),
            train_key,
            steps=config.steps,
            learning_rate=config.learning_rate,
            record=record,
            records=RECORDS,
            trainable=trained.trainable,
        )
        return curves

    keys = jax.vmap(jax.random.key)(config.seed + jnp.arange(config.seeds))
    over_seeds = jax.vmap(one, in_axes=(None, 0, 0))
    over_strengths = jax.vmap(over_seeds, in_axes=(0, None, None))
    return jax.jit(lambda strengths, samples: over_strengths(strengths, keys, samples))


def _scores(model: Model, params: PyTree, examples: Examples) -> dict[str, Array]:
    logits = model.logits(params, examples.features)
    return {
        "loss": _cross_entropy(logits, examples.classes).mean(),
        "accuracy": (logits.argmax(axis=-1) == examples.classes).mean(),
    }


def _cross_entropy(logits: Array, classes: Array) -> Array:
    return optax.softmax_cross_entropy_with_integer_labels(logits, classes)
