"""Measuring the points of the study."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from eval.models.plateau_circuits import ANSAETZE, pauli_words
from eval.models.plateau_formulas import ObservableName, concentrated_cost, formula
from eval.recorder import Recorder, Row
from eval.second_moment import (
    Estimates,
    Unqualified,
    cost_variance,
    gradient_variance_over_depth,
    gradient_variances,
)
from eval.statistics.heavy_tails import LEAST_EFFECTIVE_SAMPLES, Estimate, coverage, mean_of_squares
from eval.studies.barren_plateaus import networks
from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.counterexamples import COUNTEREXAMPLES, examine
from eval.studies.barren_plateaus.sampling import sample_gradients
from eval.studies.barren_plateaus.table import ALL, FIRST, STATE_VECTOR, complete

PRODUCT: tuple[ObservableName, ...] = ("projector", "local")
DEEP: tuple[ObservableName, ...] = ("Z1Z2", "projector")


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every part in turn, and complete the table."""
    parts = (_counterexamples, _product, _deep, _mcclean, _entangling, _local, _noise, _calibration, _networks)
    # The matrices of second moments are small: on several threads their products are slower, many times on a busy
    # machine.
    with threadpool_limits(1):
        return complete(row for part in parts for row in part(config, recorder))


def _counterexamples(config: Config, recorder: Recorder) -> Iterable[Row]:
    for name in COUNTEREXAMPLES:
        point = {"part": "counterexample", "ansatz": name, "method": "second moment"}
        yield from recorder.measure(point, lambda name=name: examine(name))


def _product(config: Config, recorder: Recorder) -> Iterable[Row]:
    for qubits in config.product_qubits:
        for observable in PRODUCT:
            yield from _propagated(config, recorder, "product", "product", observable, qubits, 1)
            yield from _sampled(config, recorder, "product", "product", observable, qubits, 1, config.product_samples)


def _deep(config: Config, recorder: Recorder) -> Iterable[Row]:
    for qubits in config.qubits:
        depths = _layers(qubits, config.depths)
        for observable in DEEP:
            yield from _swept(config, recorder, "deep", "ry_rz_cz", observable, qubits, depths)
    for qubits in config.state_vector_qubits:
        (depth,) = _layers(qubits, (config.state_vector_depth,))
        for observable in DEEP:
            yield from _sampled(config, recorder, "deep", "ry_rz_cz", observable, qubits, depth, config.samples)


def _mcclean(config: Config, recorder: Recorder) -> Iterable[Row]:
    for qubits in config.mcclean_qubits:
        depths = _layers(qubits, config.mcclean_depths)
        yield from _swept(config, recorder, "mcclean", "mcclean", "Z1Z2", qubits, depths)
    for qubits in sorted(set(config.mcclean_qubits) & set(config.state_vector_qubits)):
        yield from _sampled(config, recorder, "mcclean", "mcclean", "Z1Z2", qubits, 20 * qubits, config.samples)


def _entangling(config: Config, recorder: Recorder) -> Iterable[Row]:
    for qubits in config.entangling_qubits:
        for depth in _layers(qubits, (1.0, 2.0)):
            yield from _propagated(config, recorder, "entangling", "strongly_entangling", "Z1Z2", qubits, depth)


def _local(config: Config, recorder: Recorder) -> Iterable[Row]:
    for qubits in config.local_qubits:
        yield from _propagated(config, recorder, "local", "product", "local", qubits, 1)
        for depth in config.local_layers:
            yield from _propagated(config, recorder, "local", "ry_rz_cz", "local", qubits, depth)


def _noise(config: Config, recorder: Recorder) -> Iterable[Row]:
    qubits = config.noise_qubits
    for rate in (0.0, *config.noise_rates):
        depths = _layers(qubits, config.noise_depths)
        yield from _swept(config, recorder, "noise", "ry_rz_cz", "Z1Z2", qubits, depths, noise=rate)


def _calibration(config: Config, recorder: Recorder) -> Iterable[Row]:
    """Intervals from independent samples, where the truth is known: a heavy-tailed case and a typical one."""
    cases: tuple[tuple[str, ObservableName, int, int, int], ...] = (
        ("product", "projector", 4, 1, 2000),
        ("ry_rz_cz", "Z1Z2", 4, 8, 500),
    )
    for ansatz, observable, qubits, depth, samples in cases:
        point = _point("calibration", ansatz, observable, qubits, depth, STATE_VECTOR)

        def calibrate(
            ansatz: str = ansatz,
            observable: ObservableName = observable,
            qubits: int = qubits,
            depth: int = depth,
            samples: int = samples,
        ) -> Row:
            truth = _propagate(ansatz, observable, qubits, depth)
            seed = config.seed + 2**31
            drawn = sample_gradients(ansatz, observable, qubits, depth, samples * config.repeats, seed).first
            estimates = [mean_of_squares(part**2) for part in drawn.reshape(config.repeats, samples)]
            return _calibrated(estimates, float(truth.variance[0])) | {"samples": samples}

        yield from recorder.measure(point, _timed(calibrate))
    point = _point("calibration", "ry_rz_cz", "Z1Z2", 6, 12, "paths")

    def calibrate_paths() -> Row:
        truth = _propagate("ry_rz_cz", "Z1Z2", 6, 12, method="dense")
        runs = [
            _propagate("ry_rz_cz", "Z1Z2", 6, 12, method="paths", seed=config.seed + repeat)
            for repeat in range(config.repeats)
        ]
        return _calibrated([_estimate(one) for one in runs], float(truth.variance[0]))

    yield from recorder.measure(point, _timed(calibrate_paths))


def _networks(config: Config, recorder: Recorder) -> Iterable[Row]:
    middle = config.widths[len(config.widths) // 2]
    sizes = [(width, 2) for width in config.widths] + [(middle, depth) for depth in config.network_depths if depth != 2]
    for name in ("transformer", "snn"):
        for width, depth in sizes:
            point = {
                "part": "network",
                "ansatz": name,
                "width": width,
                "depth": depth,
                "observable": "cross-entropy on digits",
                "parameter": ALL,
                "method": "initialisations",
            }

            def measure(name: str = name, width: int = width, depth: int = depth) -> Row:
                paradigm = networks.network(name, width, depth)
                drawn, parameters = networks.variance_samples(paradigm, config.initialisations, config.seed)
                counts = {"parameters": parameters, "samples": config.initialisations}
                return _columns(mean_of_squares(drawn)) | counts

            yield from recorder.measure(point, _timed(measure))


def _layers(qubits: int, depths: Iterable[float]) -> list[int]:
    """Whole layers, at least one, each once."""
    return sorted({max(1, round(depth * qubits)) for depth in depths})


def _point(part: str, ansatz: str, observable: str, qubits: int, depth: int, method: str) -> Row:
    return {
        "part": part,
        "ansatz": ansatz,
        "observable": observable,
        "qubits": qubits,
        "depth": depth,
        "parameter": FIRST,
        "method": method,
    }


def _timed(function: Callable[[], Row]) -> Callable[[], Row]:
    def timed() -> Row:
        start = time.perf_counter()
        row = function()
        return row | {"seconds": time.perf_counter() - start}

    return timed


def _propagated(
    config: Config, recorder: Recorder, part: str, ansatz: str, observable: ObservableName, qubits: int, depth: int
) -> list[Row]:
    """A point by second moments."""
    point = _point(part, ansatz, observable, qubits, depth, "second moment")

    def measure() -> Row:
        theory = _theory(ansatz, observable, qubits, depth)
        try:
            estimates = _propagate(ansatz, observable, qubits, depth, bond=config.bond, seed=config.seed)
        except Unqualified as refusal:
            return theory | {"refused": str(refusal)}
        return theory | _columns(_estimate(estimates)) | {"method": estimates.method}

    return recorder.measure(point, _timed(measure))


def _swept(
    config: Config,
    recorder: Recorder,
    part: str,
    ansatz: str,
    observable: ObservableName,
    qubits: int,
    depths: list[int],
    noise: float | None = None,
) -> list[Row]:
    """Several depths by one sweep of second moments through the deepest circuit."""
    point = _point(part, ansatz, observable, qubits, max(depths), "second moment") | {"noise_rate": noise}

    def measure() -> list[Row]:
        start = time.perf_counter()
        build, words = ANSAETZE[ansatz].random_circuit, pauli_words(observable, qubits)
        circuits = [build(qubits, depth, noise or 0.0) for depth in depths]
        swept = gradient_variance_over_depth(circuits, words, parameter=ANSAETZE[ansatz].first, bond=config.bond)
        seconds = time.perf_counter() - start
        rows = [
            _theory(ansatz, observable, qubits, depth)
            | _columns(_estimate(swept, index))
            | {"depth": depth, "method": swept.method, "seconds": seconds}
            for index, depth in enumerate(depths)
        ]
        if part == "deep" and observable == "Z1Z2":
            rows[-1]["cost_variance"] = float(cost_variance(circuits[-1], words, bond=config.bond).variance[0])
        return rows

    return recorder.measure(point, measure)


def _propagate(ansatz: str, observable: ObservableName, qubits: int, depth: int, **options: Any) -> Estimates:
    circuit = ANSAETZE[ansatz].random_circuit(qubits, depth, 0.0)
    words = pauli_words(observable, qubits)
    return gradient_variances(circuit, words, parameters=[ANSAETZE[ansatz].first], **options)


def _sampled(
    config: Config,
    recorder: Recorder,
    part: str,
    ansatz: str,
    observable: ObservableName,
    qubits: int,
    depth: int,
    samples: int,
) -> list[Row]:
    """A point by state vector: the angle that is looked at, and the mean over all angles."""
    point = _point(part, ansatz, observable, qubits, depth, STATE_VECTOR) | {"samples": samples}

    def measure() -> list[Row]:
        start = time.perf_counter()
        drawn = sample_gradients(ansatz, observable, qubits, depth, samples, config.seed)
        theory = _theory(ansatz, observable, qubits, depth)
        common = {"seconds": time.perf_counter() - start, "cost_variance": float(np.var(drawn.cost, ddof=1))}
        first = theory | _columns(mean_of_squares(drawn.first**2)) | common
        # No formula is stated for the mean over all angles of a circuit with layers.
        mean = theory | _columns(mean_of_squares(drawn.mean_square)) | common | {"parameter": ALL}
        return [first, mean if ansatz == "product" else mean | {"formula": None}]

    return recorder.measure(point, measure)


def _theory(ansatz: str, observable: ObservableName, qubits: int, depth: int) -> Row:
    layered = ansatz != "product"
    return {
        "depth_per_qubit": depth / qubits,
        "formula": formula(ansatz, observable, qubits),
        "cost_formula": concentrated_cost(observable, qubits) if layered else None,
        "parameters": ANSAETZE[ansatz].parameters(qubits, depth),
    }


def _estimate(estimates: Estimates, index: int = 0) -> Estimate:
    samples = float(estimates.effective_samples[index])
    return Estimate(
        float(estimates.variance[index]),
        float(estimates.low[index]),
        float(estimates.high[index]),
        None if math.isinf(samples) else samples,
    )


def _columns(estimate: Estimate) -> Row:
    """A refused estimate leaves no number behind that could be mistaken for one."""
    if estimate.refused:
        reason = (
            f"effective sample size {estimate.effective_samples:.0f} is under {LEAST_EFFECTIVE_SAMPLES:.0f}; "
            "take more samples"
        )
        return {"refused": reason, "effective_samples": estimate.effective_samples}
    return {
        "variance": estimate.value,
        "variance_low": estimate.low,
        "variance_high": estimate.high,
        "effective_samples": estimate.effective_samples,
    }


def _calibrated(estimates: list[Estimate], truth: float) -> Row:
    share, kept = coverage(estimates, truth)
    mean = float(np.mean([estimate.value for estimate in estimates]))
    return {"variance": mean, "formula": truth, "coverage": share, "repeats": kept}
