"""Two texts in an example are trained on as each in an example of its own, and none is lost or twice."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eval.inference.tasks import paired, task_of
from paradigms.transformer import Config, build
from training.data.arrays import ArraySplit
from training.data.checks import UNSCORED
from training.data.draws import Draws
from training.data.puzzles import chain
from training.data.puzzles.problems import draw, joined
from training.data.split import Batch
from training.errors import BadInput
from training.objective import training_objective

LENGTH = 34


def chains(count, split):
    return joined([draw(chain, Draws(steps), count, steps, split, or_all=True) for steps in (1, 3, 6)])


ALONE = task_of("chains", chain, chains(8, "train"), chains(4, "validation"), LENGTH, "chains")


def texts(inputs, targets):
    """Each text's tokens and targets, taken apart at BOS by hand."""
    found = []
    for words, wanted in zip(inputs, targets, strict=True):
        begins = [*np.flatnonzero(words == chain.BOS), len(words)]
        for begin, end in itertools.pairwise(begins):
            own = wanted[begin:end]
            last = np.flatnonzero(own != UNSCORED).max() + 1
            found.append((*words[begin:end][:last], None, *own[:last]))
    return found


def test_each_text_is_in_one_example_with_its_targets_and_two_are_in_each():
    pairs = paired(ALONE)
    assert pairs.texts == 2
    for name in ("train", "validation"):
        alone, together = (getattr(task, name) for task in (ALONE, pairs))
        assert len(together) == len(alone) // 2
        inputs, targets = together.take(np.arange(len(together)))
        assert ((inputs == chain.BOS).sum(axis=1) == 2).all()
        found = texts(inputs, targets)
        assert sorted(found, key=str) == sorted(texts(*alone.take(np.arange(len(alone)))), key=str)
    # The longest have 34 tokens and are with the shortest, of 7 to 9.
    (length,) = pairs.spec.inputs.shape
    assert LENGTH + 7 <= length <= LENGTH + 9


@pytest.mark.parametrize("settings", [{"layers": 2, "norm": "rms"}, {"layers": 6, "key_value_heads": 1}])
def test_loss_and_gradient_are_those_of_as_many_examples_of_one_text(settings):
    config = Config(width=16, heads=4, **settings)
    pairs = paired(ALONE)
    with jax.enable_x64(True):
        one, two = build(config, ALONE.spec), build(replace(config, text_start=chain.BOS), pairs.spec)
        params = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), one.init(jax.random.key(0)).params)
        found = []
        for paradigm, task in ((one, ALONE), (two, pairs)):
            count = len(task.train)
            batch = Batch(*task.train.take(np.arange(count)), np.ones(count, np.float64))
            objective = jax.jit(jax.value_and_grad(training_objective(paradigm, task), has_aux=True))
            (loss, told), gradient = objective(params, {}, batch, jax.random.key(1))
            found.append((loss, gradient, told.metrics))
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), *found)
        assert float(found[0][0]) > 1
    # Were the second text to see the first, it would be another loss.
    blind = jax.jit(training_objective(build(config, pairs.spec), pairs))
    batch = Batch(*pairs.train.take(np.arange(len(pairs.train))), np.ones(len(pairs.train), np.float32))
    seen, _ = blind(jax.tree.map(jnp.float32, params), {}, batch, jax.random.key(1))
    assert abs(float(seen) - float(found[0][0])) > 1e-3


def test_what_cannot_be_paired_is_refused():
    single = ALONE.train.take(np.arange(1))
    with pytest.raises(BadInput, match="task chains, validation holds 1 texts, and an example has 2"):
        paired(replace(ALONE, validation=ArraySplit(*single)))
    with pytest.raises(BadInput, match="no scored tokens to tell two texts of an example apart by"):
        paired(paired(ALONE))
