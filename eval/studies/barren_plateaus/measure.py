"""Measuring the points of the study."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from threadpoolctl import threadpool_limits

from eval.models.plateau_circuits import ANSAETZE, pauli_words
from eval.models.plateau_formulas import ObservableName, concentrated_cost, formula
from eval.recorder import Recorder
from eval.rows import Row
from eval.second_moment import (
    Estimates,
    Unqualified,
    cost_variance,
    gradient_variance_over_depth,
    gradient_variances,
)
from eval.statistics.heavy_tails import LEAST_EFFECTIVE_SAMPLES, VarianceEstimate, coverage, mean_of_squares
from eval.studies.barren_plateaus import networks
from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.counterexamples import COUNTEREXAMPLES, examine
from eval.studies.barren_plateaus.rows import (
    ALL,
    FIRST,
    PARADIGMS,
    Ansatz,
    Calibration,
    ComputedVariance,
    Counterexample,
    Family,
    Method,
    NetworkVariance,
    Paradigm,
    Parameter,
    SampledVariance,
)
from eval.studies.barren_plateaus.sampling import sample_gradients
from eval.studies.barren_plateaus.table import complete

PRODUCT: tuple[ObservableName, ...] = ("projector", "local")
DEEP: tuple[ObservableName, ...] = ("Z1Z2", "projector")


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every part in turn, and complete the table."""
    parts = (_counterexamples, _product, _deep, _mcclean, _entangling, _local, _noise, _calibrations, _networks)
    # The matrices of second moments are small: on several threads their products are slower, many times on a busy
    # machine.
    with threadpool_limits(1):
        return complete(row for part in parts for row in part(config, recorder))


def _counterexamples(config: Config, recorder: Recorder) -> Iterable[Counterexample]:
    for name in COUNTEREXAMPLES:
        yield from recorder.measure({"counterexample": name}, lambda name=name: examine(name))


def _product(config: Config, recorder: Recorder) -> Iterable[ComputedVariance | SampledVariance]:
    for qubits in config.product_qubits:
        for observable in PRODUCT:
            yield from _propagated(config, recorder, "product", "product", observable, qubits, 1)
            yield from _sampled(config, recorder, "product", "product", observable, qubits, 1, config.product_samples)


def _deep(config: Config, recorder: Recorder) -> Iterable[ComputedVariance | SampledVariance]:
    for qubits in config.qubits:
        depths = _layers(qubits, config.depths)
        for observable in DEEP:
            yield from _swept(config, recorder, "deep", "ry_rz_cz", observable, qubits, depths)
    for qubits in config.state_vector_qubits:
        (depth,) = _layers(qubits, (config.state_vector_depth,))
        for observable in DEEP:
            yield from _sampled(config, recorder, "deep", "ry_rz_cz", observable, qubits, depth, config.samples)


def _mcclean(config: Config, recorder: Recorder) -> Iterable[ComputedVariance | SampledVariance]:
    for qubits in config.mcclean_qubits:
        depths = _layers(qubits, config.mcclean_depths)
        yield from _swept(config, recorder, "mcclean", "mcclean", "Z1Z2", qubits, depths)
    for qubits in sorted(set(config.mcclean_qubits) & set(config.state_vector_qubits)):
        yield from _sampled(config, recorder, "mcclean", "mcclean", "Z1Z2", qubits, 20 * qubits, config.samples)


def _entangling(config: Config, recorder: Recorder) -> Iterable[ComputedVariance]:
    for qubits in config.entangling_qubits:
        for depth in _layers(qubits, (1.0, 2.0)):
            yield from _propagated(config, recorder, "entangling", "strongly_entangling", "Z1Z2", qubits, depth)


def _local(config: Config, recorder: Recorder) -> Iterable[ComputedVariance]:
    for qubits in config.local_qubits:
        yield from _propagated(config, recorder, "local", "product", "local", qubits, 1)
        for depth in config.local_layers:
            yield from _propagated(config, recorder, "local", "ry_rz_cz", "local", qubits, depth)


def _noise(config: Config, recorder: Recorder) -> Iterable[ComputedVariance]:
    qubits = config.noise_qubits
    for rate in (0.0, *config.noise_rates):
        depths = _layers(qubits, config.noise_depths)
        yield from _swept(config, recorder, "noise", "ry_rz_cz", "Z1Z2", qubits, depths, noise=rate)


def _calibrations(config: Config, recorder: Recorder) -> Iterable[Calibration]:
    """Intervals from independent samples, where the truth is known: a heavy-tailed case and a typical one."""
    cases: tuple[tuple[Ansatz, ObservableName, int, int, int], ...] = (
        ("product", "projector", 4, 1, 2000),
        ("ry_rz_cz", "Z1Z2", 4, 8, 500),
    )
    for ansatz, observable, qubits, layers, samples in cases:

        def calibrate(
            ansatz: Ansatz = ansatz,
            observable: ObservableName = observable,
            qubits: int = qubits,
            layers: int = layers,
            samples: int = samples,
        ) -> Calibration:
            start = time.perf_counter()
            truth = _propagate(ansatz, observable, qubits, layers)
            seed = config.seed + 2**31
            drawn = sample_gradients(ansatz, observable, qubits, layers, samples * config.repeats, seed).first
            estimates = [mean_of_squares(part**2) for part in drawn.reshape(config.repeats, samples)]
            return Calibration(
                ansatz=ansatz,
                observable=observable,
                qubits=qubits,
                layers=layers,
                method="state vector",
                samples=samples,
                seconds=time.perf_counter() - start,
                **_coverage(estimates, float(truth.variance[0])),
            )

        point = _point("calibration", ansatz, observable, qubits, layers) | {"method": "state vector"}
        yield from recorder.measure(point, calibrate)

    def calibrate_paths() -> Calibration:
        start = time.perf_counter()
        truth = _propagate("ry_rz_cz", "Z1Z2", 6, 12, method="dense")
        runs = [
            _propagate("ry_rz_cz", "Z1Z2", 6, 12, method="paths", seed=config.seed + repeat)
            for repeat in range(config.repeats)
        ]
        return Calibration(
            ansatz="ry_rz_cz",
            observable="Z1Z2",
            qubits=6,
            layers=12,
            method="paths",
            samples=None,
            seconds=time.perf_counter() - start,
            **_coverage([_estimate(one) for one in runs], float(truth.variance[0])),
        )

    yield from recorder.measure(_point("calibration", "ry_rz_cz", "Z1Z2", 6, 12) | {"method": "paths"}, calibrate_paths)


def _networks(config: Config, recorder: Recorder) -> Iterable[NetworkVariance]:
    middle = config.widths[len(config.widths) // 2]
    sizes = [(width, 2) for width in config.widths] + [(middle, depth) for depth in config.network_depths if depth != 2]
    for name in PARADIGMS:
        for width, layers in sizes:

            def measure(name: Paradigm = name, width: int = width, layers: int = layers) -> NetworkVariance:
                start = time.perf_counter()
                paradigm = networks.network(name, width, layers)
                drawn, parameters = networks.variance_samples(paradigm, config.initialisations, config.seed)
                estimate = mean_of_squares(drawn)
                assert estimate.effective_samples is not None, "it was sampled"
                return NetworkVariance(
                    paradigm=name,
                    width=width,
                    layers=layers,
                    parameters=parameters,
                    samples=config.initialisations,
                    effective_samples=estimate.effective_samples,
                    seconds=time.perf_counter() - start,
                    **_variance(estimate),
                )

            yield from recorder.measure({"network": name, "width": width, "layers": layers}, measure)


def _layers(qubits: int, depths: Iterable[float]) -> list[int]:
    """Whole layers, at least one, each once."""
    return sorted({max(1, round(depth * qubits)) for depth in depths})


def _point(family: str, ansatz: Ansatz, observable: ObservableName, qubits: int, layers: int) -> dict[str, Any]:
    return {"family": family, "ansatz": ansatz, "observable": observable, "qubits": qubits, "layers": layers}


def _propagated(
    config: Config,
    recorder: Recorder,
    family: Family,
    ansatz: Ansatz,
    observable: ObservableName,
    qubits: int,
    layers: int,
) -> list[ComputedVariance]:
    """A point by second moments."""

    def measure() -> ComputedVariance:
        start = time.perf_counter()
        found: dict[str, Any]
        try:
            estimates = _propagate(ansatz, observable, qubits, layers, bond=config.bond, seed=config.seed)
            found = _computed(estimates)
        except Unqualified as refusal:
            found = {"refused": str(refusal)}
        return ComputedVariance(
            **_circuit(family, ansatz, observable, qubits, layers),
            noise_rate=0.0,
            formula=formula(ansatz, observable, qubits),
            seconds=time.perf_counter() - start,
            **found,
        )

    return recorder.measure(_point(family, ansatz, observable, qubits, layers) | {"method": "second moment"}, measure)


def _swept(
    config: Config,
    recorder: Recorder,
    family: Family,
    ansatz: Ansatz,
    observable: ObservableName,
    qubits: int,
    depths: list[int],
    noise: float = 0.0,
) -> list[ComputedVariance]:
    """Several depths by one sweep of second moments through the deepest circuit."""

    def measure() -> list[ComputedVariance]:
        start = time.perf_counter()
        build, words = ANSAETZE[ansatz].random_circuit, pauli_words(observable, qubits)
        circuits = [build(qubits, layers, noise) for layers in depths]
        swept = gradient_variance_over_depth(circuits, words, parameter=ANSAETZE[ansatz].first, bond=config.bond)
        seconds = time.perf_counter() - start
        rows = [
            ComputedVariance(
                **_circuit(family, ansatz, observable, qubits, layers),
                noise_rate=noise,
                formula=formula(ansatz, observable, qubits),
                seconds=seconds,
                **_computed(swept, index),
            )
            for index, layers in enumerate(depths)
        ]
        if family == "deep" and observable == "Z1Z2":
            spread = float(cost_variance(circuits[-1], words, bond=config.bond).variance[0])
            rows[-1] = replace(rows[-1], cost_variance=spread)
        return rows

    point = _point(family, ansatz, observable, qubits, max(depths)) | {"method": "second moment", "noise_rate": noise}
    return recorder.measure(point, measure)


def _propagate(ansatz: Ansatz, observable: ObservableName, qubits: int, layers: int, **options: Any) -> Estimates:
    circuit = ANSAETZE[ansatz].random_circuit(qubits, layers, 0.0)
    words = pauli_words(observable, qubits)
    return gradient_variances(circuit, words, parameters=[ANSAETZE[ansatz].first], **options)


def _sampled(
    config: Config,
    recorder: Recorder,
    family: Family,
    ansatz: Ansatz,
    observable: ObservableName,
    qubits: int,
    layers: int,
    samples: int,
) -> list[SampledVariance]:
    """A point by state vector: the angle that is looked at, and the mean over all angles."""

    def measure() -> list[SampledVariance]:
        start = time.perf_counter()
        drawn = sample_gradients(ansatz, observable, qubits, layers, samples, config.seed)
        seconds = time.perf_counter() - start
        exact = formula(ansatz, observable, qubits)

        def row(parameter: Parameter, squares: Float[np.ndarray, " samples"], formula: float | None) -> SampledVariance:
            estimate = mean_of_squares(squares)
            assert estimate.effective_samples is not None, "it was sampled"
            return SampledVariance(
                **_circuit(family, ansatz, observable, qubits, layers),
                parameter=parameter,
                formula=formula,
                cost_variance=float(np.var(drawn.cost, ddof=1)),
                samples=samples,
                effective_samples=estimate.effective_samples,
                seconds=seconds,
                **_variance(estimate),
            )

        # No formula is stated for the mean over all angles of a circuit with layers.
        return [row(FIRST, drawn.first**2, exact), row(ALL, drawn.mean_square, exact if ansatz == "product" else None)]

    point = _point(family, ansatz, observable, qubits, layers) | {"method": "state vector", "samples": samples}
    return recorder.measure(point, measure)


def _circuit(family: Family, ansatz: Ansatz, observable: ObservableName, qubits: int, layers: int) -> dict[str, Any]:
    """The fields of every :class:`CircuitVariance` that no measurement is needed for."""
    return {
        "family": family,
        "ansatz": ansatz,
        "observable": observable,
        "qubits": qubits,
        "layers": layers,
        "layers_per_qubit": layers / qubits,
        "parameters": ANSAETZE[ansatz].parameters(qubits, layers),
        "cost_formula": None if ansatz == "product" else concentrated_cost(observable, qubits),
    }


def _computed(estimates: Estimates, index: int = 0) -> dict[str, Any]:
    """The fields ``method`` and ``effective_samples``, beside those of :func:`_variance`."""
    estimate = _estimate(estimates, index)
    found = {"method": cast(Method, estimates.method), "effective_samples": estimate.effective_samples}
    return found | _variance(estimate)


def _estimate(estimates: Estimates, index: int = 0) -> VarianceEstimate:
    samples = float(estimates.effective_samples[index])
    return VarianceEstimate(
        float(estimates.variance[index]),
        float(estimates.low[index]),
        float(estimates.high[index]),
        None if math.isinf(samples) else samples,
    )


def _variance(estimate: VarianceEstimate) -> dict[str, Any]:
    """The variance with its interval; a refused one leaves no number behind that could be mistaken for one."""
    if estimate.refused:
        reason = (
            f"effective sample size {estimate.effective_samples:.0f} is under {LEAST_EFFECTIVE_SAMPLES:.0f}; "
            "take more samples"
        )
        return {"refused": reason}
    return {
        "variance_over_initialisations": estimate.value,
        "variance_low": estimate.low,
        "variance_high": estimate.high,
    }


def _coverage(estimates: list[VarianceEstimate], truth: float) -> dict[str, Any]:
    """The fields of a :class:`Calibration` that repeated estimates give."""
    share, kept = coverage(estimates, truth)
    mean = float(np.mean([estimate.value for estimate in estimates]))
    return {"variance_over_initialisations": mean, "truth": truth, "coverage": share, "repeats": kept}
