"""Every test image of digits and MNIST: whole numbers, floating point and spikes agree, and bits cost little accuracy.

``pytest -m slow -s tests/paradigms/quantised/test_every_image.py`` prints the accuracies of ``docs/quantised.md``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.quantised import Config, build, run, stepwise, synchronous
from training.config import OptimizerConfig
from training.data.order import BatchOrder
from training.data.split import Batch
from training.gradients import reverse
from training.objective import training_objective
from training.optimizer import make_optimizer
from training.state import init_state
from training.step import make_step
from training.tasks import TaskConfig, load_task

pytestmark = pytest.mark.slow
BITS = (8, 4, 2, 1)
FLOATING = None
AT_ONCE = 500
"""Images."""
SETTINGS: dict[tuple[str, str], dict[str, Any]] = {
    ("digits", "mlp"): {"hidden": (64, 64), "seeds": 8, "steps": 800, "batch": 64},
    ("digits", "small_conv"): {"hidden": (32,), "channels": (8, 16), "seeds": 4, "steps": 500, "batch": 64},
    ("mnist", "mlp"): {"hidden": (128, 64), "seeds": 3, "steps": 1500, "batch": 128},
    ("mnist", "small_conv"): {"hidden": (32,), "channels": (4, 8), "seeds": 2, "steps": 600, "batch": 64},
}
"""What is trained on each task: a dense and a convolutional network."""
PLACES = pytest.mark.parametrize(("name", "architecture"), SETTINGS)


@cache
def data(name):
    """The task, and its test images with their classes."""
    task = load_task(TaskConfig(name))
    images, labels = task.test.take(np.arange(len(task.test)))
    return task, jnp.asarray(images), np.asarray(labels)


@cache
def trained(name, architecture, bits):
    """The network of so many bits and, for each seed, its parameters and state after the same training."""
    own, (task, _, _) = SETTINGS[name, architecture], data(name)
    paradigm = build(Config(architecture, own["hidden"], own.get("channels"), bits, bits), task.spec)
    optimizer = make_optimizer(OptimizerConfig(learning_rate=2e-3), own["steps"], paradigm)
    update = jax.jit(make_step(training_objective(paradigm, task), reverse, optimizer, 1))
    weights, found = np.ones(own["batch"], np.float32), []
    for seed in range(own["seeds"]):
        state, order = init_state(paradigm, optimizer, seed), BatchOrder(len(task.train), own["batch"], seed)
        for count in range(own["steps"]):
            state, _ = update(state, Batch(*task.train.take(order[count]), weights))
        found.append((state.params, state.model_state))
    return paradigm, found


@cache
def accuracies(name, architecture, bits):
    """The share of all test images that each seed's network gets right."""
    paradigm, networks = trained(name, architecture, bits)
    _, images, labels = data(name)
    logits = jax.jit(lambda params, state, x: paradigm.run(params, state, x).logits)
    return np.array([
        np.mean(np.concatenate([np.argmax(logits(*own, x), -1) for x in pieces(images)]) == labels) for own in networks
    ])  # fmt: skip


def pieces(images):
    return [images[start : start + AT_ONCE] for start in range(0, len(images), AT_ONCE)]


@PLACES
@pytest.mark.parametrize("bits", BITS)
def test_whole_numbers_floating_point_and_spikes_agree_on_every_image(name, architecture, bits):
    """Levels, counts, charge and logits of the first seed's network, all of them equal."""
    paradigm, ((params, state), *_) = trained(name, architecture, bits)
    # At 8 bits 1,568 inputs might add up to more than 2^24, where equality is not promised; no image comes near.
    frozen = paradigm.freeze(params, state)
    floating, whole, spiking = jax.jit(paradigm.run), jax.jit(run), jax.jit(synchronous)
    seen = 0
    for x in pieces(data(name)[1]):
        expected, found, twin = floating(params, state, x), whole(frozen, x), spiking(frozen, x)
        for theirs, ours, counts in zip(expected.levels, found.levels, twin.counts, strict=True):
            np.testing.assert_array_equal(ours, theirs)
            np.testing.assert_array_equal(counts, theirs)
        np.testing.assert_array_equal(found.logits, expected.logits)
        np.testing.assert_array_equal(twin.charge, found.charge)
        seen += len(x)
    assert seen == {"digits": 358, "mnist": 10_000}[name]


@PLACES
def test_eight_bits_cost_at_most_0_3_points_and_four_bits_one(name, architecture):
    """In the mean of the seeds, each trained with the same batches as in floating point."""
    reference = 100 * accuracies(name, architecture, FLOATING)
    lost = {bits: reference - 100 * accuracies(name, architecture, bits) for bits in BITS}
    print(f"\n{name}, {architecture}, {len(reference)} seeds: {reference.mean():.2f}% in floating point")
    for bits, points in lost.items():
        error = points.std(ddof=1) / len(points) ** 0.5
        print(f"  {bits} bits: {(reference - points).mean():.2f}%, {points.mean():+.2f} ± {error:.2f} points lost")
    assert lost[8].mean() <= 0.3
    assert lost[4].mean() <= 1.0
    assert lost[1].mean() > lost[8].mean()


@PLACES
def test_step_by_step_most_images_keep_their_class(name, architecture):
    """Of the first seed; a single step is exact, more are not."""
    for bits in (1, 2, 4):
        paradigm, ((params, state), *_) = trained(name, architecture, bits)
        frozen, same, right, exact = paradigm.freeze(params, state), [], [], []
        labels = data(name)[2]
        for x in pieces(data(name)[1]):
            ours, theirs = (np.argmax(one(frozen, x).charge, -1) for one in (_stepwise, _run))
            same.append(ours == theirs)
            right.append(ours)
            exact.append(theirs)
        share, points = (
            np.concatenate(same).mean(),
            100 * ((np.concatenate(exact) == labels).mean() - (np.concatenate(right) == labels).mean()),
        )
        print(f"\n{name}, {architecture}, {2**bits - 1} steps: same class on {share:.2%}, {points:+.2f} points lost")
        assert share == 1 if bits == 1 else share > 0.9


_stepwise, _run = jax.jit(stepwise), jax.jit(run)
