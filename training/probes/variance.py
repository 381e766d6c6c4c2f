"""How noisy is the gradient? Variance over examples, over repeated estimates, and the noise scale.

The probe is a program of its own, ``probe(state, batch) -> metrics``. It returns no state: it cannot change training.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from training.data.split import Batch
from training.gradients import Estimator, accumulated, reverse
from training.objective import Objective
from training.state import TrainState

Probe = Callable[[TrainState, Batch], dict[str, Float[Array, ""]]]

PROBE_STREAM = 0x70726F62
"""Folded into the run's key, so that a probe draws numbers of its own ("prob" in ASCII)."""

AVERAGED_PROBES = 10
"""Probes over which the noise scale's numerator and denominator are averaged before dividing."""

BATCH_COUPLED = "one example's prediction depends on its batch (batch normalisation), so it has no gradient of its own"
ONE_EXAMPLE = "a variance over examples needs a batch of at least two"
NO_SIGNAL = "the unbiased estimate of the squared gradient norm is not positive: noise hides the signal"
NO_NOISE = "the gradients of all examples are equal: there is no noise"
MAY_HIDE = (
    "the interval of the squared gradient norm reaches 0: noise may hide the signal, and nothing bounds the ratio"
)
ONE_PROBE = "an interval needs at least two probes"

OVER_ESTIMATES = "gradient/variance_over_estimates"
OVER_EXAMPLES = (
    "gradient/variance_over_examples",
    "gradient/covariance_trace",
    "gradient/squared_norm_unbiased",
    "gradient/noise_scale",
    "gradient/noise_scale_low",
    "gradient/noise_scale_high",
    "gradient/signal_to_noise",
    "gradient/signal_to_noise_low",
    "gradient/signal_to_noise_high",
)
_QUANTILES = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622)
"""Student's, at 97.5%, of 1 to 9 degrees of freedom: those that ``AVERAGED_PROBES`` can have."""


def _squared_norm(tree: PyTree) -> Float[Array, ""]:
    return sum((jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)), start=jnp.zeros(()))


def _size(tree: PyTree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def example_moments(
    objective: Objective, state: TrainState, batch: Batch, key: Array, chunk: int
) -> tuple[PyTree, PyTree]:
    """Mean and summed squared deviation of the per-example gradients, streamed over chunks of ``chunk`` examples.

    Each example passes through the model as a batch of one, under a key of its own. Chunks are merged by the
    pairwise update of Chan, Golub & LeVeque (1983), which does not cancel as a difference of raw moments would.

    Returns:
        Two pytrees like the parameters: the mean, and the sum over examples of (gradient − mean)².
    """
    examples = batch.weights.shape[0]
    chunks = -(-examples // chunk)
    chunk = -(-examples // chunks)

    def example_gradient(example: Batch, example_key: Array) -> PyTree:
        single = jax.tree.map(lambda x: x[None], example)
        _, gradient = reverse(lambda p, k: objective(p, state.model_state, single, k), state.params, example_key)
        return gradient

    def padded(x: Array) -> Array:
        repeated = jnp.concatenate([x, jnp.broadcast_to(x[:1], (chunks * chunk - examples, *x.shape[1:]))])
        return repeated.reshape(chunks, chunk, *x.shape[1:])

    present = (jnp.arange(chunks * chunk) < examples).astype(jnp.float32).reshape(chunks, chunk)
    counted = (
        jax.tree.map(padded, batch._replace(weights=jnp.ones(examples))),
        padded(jax.random.split(key, examples)),
    )

    def merge(carry: tuple, part: tuple) -> tuple[tuple, None]:
        count, mean, deviation = carry
        (examples_in, keys), mask = part
        gradients = jax.vmap(example_gradient)(examples_in, keys)
        added = jnp.sum(mask)
        total = count + added
        chunk_mean = jax.tree.map(lambda g: jnp.tensordot(mask, g, axes=1) / added, gradients)
        shift = jax.tree.map(jnp.subtract, chunk_mean, mean)

        def merged_deviation(g: Array, m: Array, d: Array, delta: Array) -> Array:
            return d + jnp.tensordot(mask, jnp.square(g - m), axes=1) + jnp.square(delta) * count * added / total

        deviation = jax.tree.map(merged_deviation, gradients, chunk_mean, deviation, shift)
        mean = jax.tree.map(lambda m, delta: m + delta * added / total, mean, shift)
        return (total, mean, deviation), None

    zeros = jax.tree.map(jnp.zeros_like, state.params)
    (_, mean, deviation), _ = jax.lax.scan(merge, (jnp.zeros(()), zeros, zeros), (counted, present))
    return mean, deviation


def variance_over_examples(
    objective: Objective, state: TrainState, batch: Batch, key: Array, chunk: int
) -> dict[str, Float[Array, ""]]:
    """Moments of the per-example gradient g_i, all unbiased.

    ``covariance_trace`` is tr Σ; ``variance_over_examples`` is tr Σ divided by the number of parameters;
    ``squared_norm_unbiased`` is ‖mean g‖² − tr Σ / B, whose expectation is the squared norm of the true gradient
    (McCandlish et al. 2018, appendix A).
    """
    examples = batch.weights.shape[0]
    mean, deviation = example_moments(objective, state, batch, key, chunk)
    trace = sum((jnp.sum(d) for d in jax.tree.leaves(deviation)), start=jnp.zeros(())) / (examples - 1)
    return {
        "gradient/variance_over_examples": trace / _size(state.params),
        "gradient/covariance_trace": trace,
        "gradient/squared_norm_unbiased": _squared_norm(mean) - trace / examples,
    }


def variance_over_estimates(
    objective: Objective,
    estimator: Estimator,
    state: TrainState,
    batch: Batch,
    key: Array,
    estimates: int,
    microbatches: int = 1,
) -> dict[str, Float[Array, ""]]:
    """Variance of the whole batch's gradient under different keys, averaged over parameters (unbiased).

    This is the noise of the estimator itself: shots, random directions, dropout, random encodings. Where the key
    changes nothing it is exactly zero, and ``vmap`` then computes the gradient once.
    """
    estimate = accumulated(estimator, microbatches)

    def gradient(k: Array) -> PyTree:
        return estimate(objective, state.params, state.model_state, batch, k)[1]

    gradients = jax.vmap(gradient)(jax.random.split(key, estimates))
    # About the first estimate rather than zero, so that equal estimates vary by exactly nothing.
    spreads = [jnp.var(g - g[:1], axis=0, ddof=1) for g in jax.tree.leaves(gradients)]
    total = sum((jnp.sum(spread) for spread in spreads), start=jnp.zeros(()))
    return {OVER_ESTIMATES: total / _size(state.params)}


def unavailable_over_examples(batch_coupled: bool, batch_size: int) -> dict[str, str]:
    """The metrics over examples that cannot be had, with the reason."""
    reason = BATCH_COUPLED if batch_coupled else ONE_EXAMPLE if batch_size < 2 else None
    return {} if reason is None else dict.fromkeys(OVER_EXAMPLES, reason)


def make_probe(
    objective: Objective,
    estimator: Estimator,
    *,
    over_examples: bool,
    chunk: int,
    estimates: int,
    microbatches: int = 1,
) -> Probe:
    """Build the probe; ``over_examples`` is false where per-example gradients do not exist."""

    def probe(state: TrainState, batch: Batch) -> dict[str, Float[Array, ""]]:
        key = jax.random.fold_in(jax.random.fold_in(state.key, PROBE_STREAM), state.step)
        example_key, estimate_key = jax.random.split(key)
        metrics = variance_over_estimates(objective, estimator, state, batch, estimate_key, estimates, microbatches)
        if over_examples:
            metrics |= variance_over_examples(objective, state, batch, example_key, chunk)
        return metrics

    return probe


class NoiseScale:
    """Ratios of probe metrics, from numerators and denominators averaged over the last probes before dividing.

    A ratio of averages is far less biased than an average of ratios (McCandlish et al. 2018, appendix A.1). The
    signal-to-noise ratio is told whatever its sign: told only where it is positive, a weak signal would be overstated
    in the mean. Intervals are Student's at 95%, by the jackknife over the probes.
    """

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._probes: deque[tuple[float, float]] = deque(maxlen=AVERAGED_PROBES)

    def add(self, metrics: Mapping[str, float]) -> None:
        """Take in a probe's metrics, or a logged row; those without the two quantities are passed over."""
        if "gradient/covariance_trace" in metrics and "gradient/squared_norm_unbiased" in metrics:
            self._probes.append((metrics["gradient/covariance_trace"], metrics["gradient/squared_norm_unbiased"]))

    def read(self) -> tuple[dict[str, float], dict[str, str]]:
        """``gradient/noise_scale`` = tr Σ/‖G‖² and ``gradient/signal_to_noise`` = B ‖G‖²/tr Σ, with their intervals.

        Returns:
            What can be had, by name, and why the rest cannot; both are empty before the first probe.
        """
        if not self._probes:
            return {}, {}
        names = ("gradient/signal_to_noise", "gradient/noise_scale")
        every = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
        if sum(trace for trace, _ in self._probes) <= 0:
            return {}, dict.fromkeys(every, NO_NOISE)
        signal, scale = names
        ratio = self._ratio(list(self._probes))
        found = {signal: self._batch_size * ratio}
        absent: dict[str, str] = {}
        if ratio > 0:
            found[scale] = 1 / ratio
        else:
            absent[scale] = NO_SIGNAL
        half = self._half_width()
        if half is None:
            return found, absent | dict.fromkeys([name for name in every if name not in names], ONE_PROBE)
        low, high = ratio - half, ratio + half
        found |= {f"{signal}_low": self._batch_size * low, f"{signal}_high": self._batch_size * high}
        for end, value, reason in (("_low", high, NO_SIGNAL), ("_high", low, MAY_HIDE)):
            if value > 0:
                found[f"{scale}{end}"] = 1 / value
            else:
                absent[f"{scale}{end}"] = reason
        return found, absent

    def _half_width(self) -> float | None:
        """Half of the interval of ‖G‖²/tr Σ; ``None`` for one probe, or where a probe alone has all of the noise."""
        probes, count = list(self._probes), len(self._probes)
        without = [probes[:place] + probes[place + 1 :] for place in range(count)]
        if count < 2 or any(sum(trace for trace, _ in rest) <= 0 for rest in without):
            return None
        ratios = [self._ratio(rest) for rest in without]
        mean = sum(ratios) / count
        squares = sum((one - mean) ** 2 for one in ratios)
        return _QUANTILES[count - 2] * math.sqrt((count - 1) / count * squares)

    @staticmethod
    def _ratio(probes: list[tuple[float, float]]) -> float:
        return sum(norm for _, norm in probes) / sum(trace for trace, _ in probes)
