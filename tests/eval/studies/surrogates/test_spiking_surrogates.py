"""The study of surrogate derivatives: its bias against NumPy, its numbers from made-up tables, and a small run."""

from __future__ import annotations

import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import pytest
from scipy import stats

from eval.recorder import Recorder
from eval.rows import of
from eval.statistics.intervals import ratio, student
from eval.studies.surrogates import STUDY, bias
from eval.studies.surrogates.config import Config
from eval.studies.surrogates.rows import NETWORKS, PLACES, Bias, Noise, Training
from eval.studies.surrogates.verdict import sentences
from training.errors import BadInput

LAYERS, STEPS, SIGMA = (2, 1), 2, 0.4


@pytest.fixture
def x64():
    """64-bit JAX for one test."""
    with jax.enable_x64(True):
        yield


def case() -> bias.Case:
    """One in which every neuron fires sometimes, so that few samples estimate its gradient."""
    hidden = (jnp.array([[0.9, 0.6], [0.4, -0.2], [0.7, 1.1]]), jnp.array([[0.8], [0.9]]))
    return bias.draw(jax.random.key(3), LAYERS, examples=2)._replace(hidden=hidden)


def numpy_run(hidden, one, current, target, pattern):
    """Loss, and probability of a pattern ``[steps][layer][neuron]``; fires at threshold where there is none."""
    decay, probability = np.exp(-1 / 5), 1.0
    potentials = [np.zeros(weight.shape[1]) for weight in hidden]
    readout, total = np.zeros(2), np.zeros(2)
    for step in range(STEPS):
        values = current
        for layer, weight in enumerate(hidden):
            u = decay * potentials[layer] + values @ weight
            values = (u >= 1).astype(float) if pattern is None else np.asarray(pattern[step][layer], float)
            fires = stats.norm.cdf((u - 1) / SIGMA)
            probability *= np.prod(np.where(values == 1, fires, 1 - fires))
            potentials[layer] = u - values
        readout = decay * readout + values @ one.readout
        total = total + readout
    logits = total / STEPS
    return np.log(np.exp(logits).sum()) - logits[target], probability


def numpy_expected_loss(hidden, one):
    """Over every pattern, written as nested loops."""
    spikes = list(itertools.product((0, 1), repeat=3))
    total = 0.0
    for current, target in zip(np.asarray(one.currents), np.asarray(one.targets), strict=True):
        for steps in itertools.product(spikes, repeat=STEPS):
            pattern = [(step[:2], step[2:]) for step in steps]
            loss, probability = numpy_run(hidden, one, current, target, pattern)
            total += loss * probability
    return total / len(one.targets)


@pytest.mark.usefixtures("x64")
def test_the_reference_is_the_derivative_of_the_expected_loss():
    one = case()
    found = np.asarray(jax.jit(lambda sigma: bias.reference_gradient(one, sigma, LAYERS, STEPS))(jnp.asarray(SIGMA)))
    weights = [np.array(weight, float) for weight in one.hidden]
    differences = []
    for layer, weight in enumerate(weights):
        for place in np.ndindex(*weight.shape):
            values = []
            for shift in (1e-5, -1e-5):
                shifted = [other.copy() for other in weights]
                shifted[layer][place] += shift
                values.append(numpy_expected_loss(shifted, one))
            differences.append((values[0] - values[1]) / 2e-5)
    assert np.abs(found).max() > 1e-3
    np.testing.assert_allclose(found, differences, rtol=1e-5, atol=1e-9)


@pytest.mark.usefixtures("x64")
def test_the_reference_is_what_a_score_function_estimates():
    one, count = case(), 20_000

    def sample(key, hidden, example):
        """A pattern drawn step by step, and the loss times the derivative of its log-probability."""
        pattern = tuple(jnp.zeros((STEPS, size)) for size in LAYERS)
        for step, layer in itertools.product(range(STEPS), range(len(LAYERS))):
            _, drives = bias.run(one, example, pattern, STEPS, None)
            coin = jax.random.uniform(jax.random.fold_in(key, 10 * step + layer), (LAYERS[layer],))
            fired = coin < jax.scipy.stats.norm.cdf(drives[layer][step] / SIGMA)
            pattern = tuple(p.at[step].set(fired) if i == layer else p for i, p in enumerate(pattern))

        def log_probability(hidden):
            loss, drives = bias.run(one._replace(hidden=hidden), example, pattern, STEPS, None)
            return bias.log_probability(pattern, drives, jnp.asarray(SIGMA)), loss

        score, loss = jax.grad(log_probability, has_aux=True)(hidden)
        return jnp.concatenate([loss * leaf.ravel() for leaf in score])

    keys = jax.random.split(jax.random.key(0), 2 * count).reshape(2, count)
    draws = jax.jit(
        jax.vmap(jax.vmap(sample, in_axes=(0, None, None)), in_axes=(0, None, 0))
    )(keys, one.hidden, (one.currents, one.targets))  # fmt: skip
    estimate, error = draws.mean(axis=(0, 1)), draws.std(axis=1) / np.sqrt(count)
    exact = bias.reference_gradient(one, jnp.asarray(SIGMA), LAYERS, STEPS)
    deviations = (estimate - exact) / (jnp.sqrt(jnp.sum(error**2, axis=0)) / 2)
    assert jnp.abs(deviations).max() < 4.5
    assert jnp.linalg.norm(exact) > 10 * jnp.linalg.norm(error) / np.sqrt(exact.size)


@pytest.mark.usefixtures("x64")
def test_surrogate_gradients_by_hand_in_one_neuron():
    # One neuron, one step: u = w I; the loss's slope with respect to the spike times h(u - 1) times I.
    one = bias.Case(
        hidden=(jnp.array([[0.9], [0.3], [0.0]]),),
        readout=jnp.array([[1.0, -0.5]]),
        currents=jnp.array([[0.5, 1.0, 0.25]]),
        targets=jnp.array([0]),
    )
    u = 0.9 * 0.5 + 0.3

    def slope(spike):
        share = 1 / (1 + np.exp(-1.5 * spike))
        return -(1 - share) * 1.5

    def derivative(x):
        return 1 / jnp.square(1 + jnp.abs(x))

    by_hand = slope(0) * np.array([0.5, 1.0, 0.25]) / (1 + abs(u - 1)) ** 2
    np.testing.assert_allclose(bias.deterministic_surrogate_gradient(one, derivative, 1), by_hand)
    fires = stats.norm.cdf((u - 1) / SIGMA)
    noisy = bias.noisy_surrogate_gradient(one, jnp.asarray(SIGMA), derivative, (1,), 1)
    np.testing.assert_allclose(noisy, by_hand * (fires * slope(1) + (1 - fires) * slope(0)) / slope(0))


@pytest.mark.usefixtures("x64")
def test_without_noise_neurons_fire_at_threshold():
    one = case()
    for current, target in zip(one.currents, one.targets, strict=True):
        loss, _ = bias.run(one, (current, target), None, STEPS, None)
        weights = [np.asarray(weight) for weight in one.hidden]
        np.testing.assert_allclose(loss, numpy_run(weights, one, np.asarray(current), int(target), None)[0])


def test_alignment_by_hand():
    cosine, length = bias.alignment(jnp.array([3.0, 4.0]), jnp.array([2.0, 0.0]))
    np.testing.assert_allclose([cosine, length], [0.6, 2.5], rtol=1e-6)
    assert bias.alignment(jnp.zeros(2), jnp.ones(2)) == (0, 0)


def test_intervals_against_scipy():
    values = np.random.default_rng(0).normal(1, 1, 8)
    low, high = stats.t.interval(0.95, 7, loc=values.mean(), scale=stats.sem(values))
    np.testing.assert_allclose(student(values), (values.mean(), low, high))
    assert student(values, 10).low < student(values).low
    # Of a mean the jackknife's error is the standard error.
    np.testing.assert_allclose(ratio(values, np.ones(8)), student(values))
    with pytest.raises(ValueError, match="1 value has no interval"):
        student([1.0])


def test_the_jackknifed_ratio_covers():
    random = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        below = random.normal(5, 1, 12)
        held += (found := ratio(2 * below + random.normal(0, 1, 12), below)).low < 2 < found.high
    assert 0.9 < held / 400 < 0.985


def made_up(accuracies, noise=0.3):
    """Rows of 4 seeds: an accuracy a surrogate, all else known."""
    rows = []
    for (shape, width), accuracy in accuracies.items():
        for kind in NETWORKS:
            # What is said of the noisy network must not be read of the other.
            cosines = (0.5 - 0.01 * width, 0.6 - 0.01 * width) if kind == "noisy" else (0.9, 0.9)
            rows.append(
                Bias(noise=noise, shape=shape, width=width, network=kind, cosines=cosines, length_ratios=(1.0, 2.0))
            )
        for seed in range(4):
            surrogate = {"shape": shape, "width": width, "training_seed": seed}
            for place, width_there in (("initial", 1.0), ("early", width)):
                rows.append(
                    Noise(
                        **surrogate,
                        place=place,
                        variance_over_examples=width_there * (1 + 0.1 * seed),
                        covariance_trace=10.0 * (1 + 0.1 * seed),
                        squared_norm_unbiased=width_there * (1 + 0.1 * seed),
                    )
                )
            test_accuracy = accuracy + 0.001 * seed * (1 + width / 10)
            rows.append(Training(**surrogate, spike_rate=0.1, test_accuracy=test_accuracy, test_loss=0.3))
    return rows


def test_the_sentences_follow_the_numbers():
    rows = made_up({("arctan", 1.0): 0.9, ("arctan", 0.1): 0.8, ("triangular", 1.0): 0.9, ("triangular", 0.1): 0.7})
    assert sentences(rows) == (
        "After equal training, mean test accuracy spans 15.0 points over widths and 5.0 points over shapes.",
        "By simultaneous 95% intervals that exclude 0, worse than arctan of width 1: "
        "arctan of width 0.1, triangular of width 0.1.",
        "By simultaneous 95% intervals that exclude 0, better than arctan of width 1: none.",
        "From the narrowest surrogate to the widest, the variance of the gradient grows by a factor of 10 to 10.",
        "The signal-to-noise ratio of one example's gradient goes from 0.01 (arctan of width 0.1) to 0.1 (arctan of "
        "width 1); their 95% intervals do not overlap.",
        "Under threshold noise of 0.3, the cosine with the gradient of the expected loss is at most 0.55 (arctan of "
        "width 0.1).",
        "The simultaneous 95% intervals of 0 of these 4 cosines exclude 1.",
    )
    close = [
        replace(row, cosines=(0.9, 0.9 + 0.001)) if isinstance(row, Bias) and row.width == 1 else row for row in rows
    ]
    assert sentences(close)[-1] == "The simultaneous 95% intervals of 2 of these 4 cosines exclude 1."
    assert STUDY.verdicts(rows, Config()) == []


def test_the_figure_is_drawn(tmp_path):
    rows = made_up({(shape, width): 0.9 for shape in ("arctan", "triangular") for width in (0.1, 1.0)})
    pixels = matplotlib.image.imread(STUDY.draw(rows, [], tmp_path))[..., :3]
    assert 0.005 < np.mean(np.any(pixels < 0.95, axis=-1)) < 0.5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": 1}, r"settings\.seeds=1 must be at least 2"),
        ({"shapes": ("box",)}, r"settings\.shapes=\['box'\] must be some of arctan, fast_sigmoid, triangular"),
        ({"widths": (0.0,)}, r"settings\.widths=\[0\.0\] must list positive numbers only"),
        ({"noise_step": 70}, r"settings\.noise_step=70 must divide settings\.steps=300"),
        ({"bias_layers": (8,)}, r"make 2\^24 spike patterns to enumerate, more than 2\^20"),
        ({"batch_size": 2000}, r"settings\.batch_size=2000 exceeds the 1260 training digits"),
    ],
)
def test_settings_out_of_range_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


def test_a_small_study_runs(tmp_path):
    small = replace(
        Config(), shapes=("triangular",), widths=(0.5,), hidden=(8,), time_steps=3, seeds=2, steps=4, noise_step=2,
        batch_size=8, noise_examples=16, bias_layers=(1, 1), bias_steps=2, bias_networks=2, bias_examples=2,
        noise_levels=(0.5,),
    )  # fmt: skip
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", STUDY.kinds, lambda sentence: None))
    assert [len(of(rows, kind)) for kind in STUDY.kinds] == [2, 4, 2]
    biases = of(rows, Bias)
    assert {row.network for row in biases} == set(NETWORKS)
    assert [(row.noise, len(row.cosines), len(row.length_ratios)) for row in biases] == [(0.5, 2, 2)] * 2
    noises = of(rows, Noise)
    parameters = 64 * 8 + 8 + 8 + 8 * 10 + 10 + 10
    for row in noises:
        assert row.covariance_trace > 0
        assert row.variance_over_examples * parameters == pytest.approx(row.covariance_trace, rel=1e-5)
    # Gradients are compared at initial parameters and at others.
    first, later = ([row.covariance_trace for row in noises if row.place == place] for place in PLACES)
    assert not np.allclose(first, later, rtol=1e-3)
    assert all(0 <= row.test_accuracy <= 1 and 0 <= row.spike_rate <= 1 for row in of(rows, Training))
    STUDY.draw(rows, [], tmp_path)
