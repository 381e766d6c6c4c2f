"""Which panels show a study's table. A study that is not listed is shown by its static figure alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from eval.report.panel import Panel
from eval.study import Row


def _priced(rows: list[Row]) -> Iterator[Row]:
    """Each price with the N that it is held against, and what the gradient costs in units of the forward pass."""
    from eval.studies.gradient_price.exponents import number

    for row in rows:
        if row.get("part") != "price":
            continue
        ratios = {
            f"{quantity}_ratio": row[f"{quantity}_gradient"] / row[f"{quantity}_forward"]
            for quantity in ("flops", "seconds")
            if row.get(f"{quantity}_gradient") and row.get(f"{quantity}_forward")
        }
        yield {**row, **ratios, "n": number(row)}


def _at_best_learning_rates(rows: list[Row]) -> Iterator[Row]:
    """Test scores by seed, each model at the learning rate that validation prefers."""
    from eval.studies.long_range.verdict import results

    for result in results(rows):
        for score in result.scores:
            yield {
                "task": result.task,
                "matching": result.matching,
                "model": result.name,
                "lag": result.lag,
                "score": float(score),
            }


def _at_best_strengths(rows: list[Row]) -> Iterator[Row]:
    """Changes by seed against the circuit alone, each regulariser at the strength that validation prefers."""
    from eval.studies.regularisation.verdict import effects, regularised

    for effect in regularised(effects(rows)):
        for gain, change in zip(effect.gains, effect.gap_changes, strict=True):
            yield {
                "data_set": effect.data_set,
                "regulariser": effect.regulariser.replace("_", " "),
                "gain": float(gain),
                "gap_change": float(change),
            }


def _with_intervals(rows: list[Row]) -> Iterator[Row]:
    """Variances with the 95% intervals that their standard errors give."""
    for row in rows:
        if row.get("part") == "variance":
            half = 1.96 * row["relative_error"] * row["variance"]
            yield {**row, "low": row["variance"] - half, "high": row["variance"] + half}


def _spiking_rules(rows: list[Row]) -> Iterable[Row]:
    return (row for row in rows if row.get("part") in ("lengths", "traced") and row["model"] == "spiking network")


def _plain_rules(rows: list[Row]) -> Iterable[Row]:
    return (row for row in rows if row.get("part") in ("lengths", "traced") and row["rule"] in ("bptt", "backprop"))


def _with_operations(rows: list[Row]) -> Iterator[Row]:
    """Looks at runs with the operations that they had then taken."""
    each = {row["model"]: row["flops_update"] for row in rows if row.get("part") == "cost"}
    for row in rows:
        if row.get("part") == "curve":
            yield {**row, "flops": row["updates"] * each[row["model"]]}


RULE = ("paradigm", "differentiation")
N = "parameters N (gate angles of a circuit)"
PRICES = {"part": "price", "gradient": "reverse", "axis": ("width", "neurons", "layers", "own model")}
"""Of gradients in reverse mode, along what makes the number of parameters grow."""

PANELS: Mapping[str, tuple[Panel, ...]] = {
    "gradient_price": (
        Panel(
            "On this computer, circuits simulated: operations of a gradient",
            "n", "flops_ratio", N, "FLOPs of the gradient ÷ of the forward pass", RULE,
            PRICES, log_x=True, log_y=True, rows=_priced,
        ),
        Panel(
            "On this computer, circuits simulated: seconds of a gradient",
            "n", "seconds_ratio", N, "seconds of the gradient ÷ of the forward pass", RULE,
            PRICES, log_x=True, log_y=True, rows=_priced,
        ),
        Panel(
            "On quantum hardware: circuit executions of a gradient",
            "n", "executions", "gate angles N", "circuit executions a gradient", RULE,
            {**PRICES, "paradigm": "vqc"}, log_x=True, log_y=True, reference=("2N", lambda n: 2 * n),
            rows=_priced,
        ),
        Panel(
            "On this computer: bytes kept for the reverse pass",
            "n", "residual_bytes", N, "bytes kept from the forward to the reverse pass", RULE,
            PRICES, log_x=True, log_y=True, rows=_priced,
        ),
        Panel(
            "Projected: seconds of one gradient, on this computer and on quantum hardware",
            "parameters", "projected_seconds", "parameters N", "seconds a gradient",
            ("paradigm", "differentiation", "where", "shot_rate", "error_of"), {"part": "projection"},
            log_x=True, log_y=True,
        ),
    ),
    "gradient_worth": (
        Panel(
            "Accuracy against operations",
            "flops", "validation_accuracy", "FLOPs of training so far", "validation accuracy, mean of the seeds",
            ("model",), log_x=True, rows=_with_operations,
        ),
        Panel(
            "Accuracy against updates",
            "updates", "validation_accuracy", "updates", "validation accuracy, mean of the seeds", ("model",),
            {"part": "curve"},
        ),
    ),
    "barren_plateaus": (
        Panel(
            "Deep circuits: variance of a gradient component, ⟨Z₁Z₂⟩",
            "qubits", "variance", "qubits", "variance of the first angle's derivative", ("depth_per_qubit",),
            {"part": "deep", "observable": "Z1Z2", "method": ("chain", "dense", "paths")}, log_y=True,
            reference=("formula of the plateau", lambda n: 2**n / (2 * (4**n - 1))),
        ),
        Panel(
            "Shallow circuits with a local cost",
            "qubits", "variance", "qubits", "variance of the first angle's derivative", ("ansatz", "depth"),
            {"part": "local", "method": ("chain", "dense")}, log_x=True, log_y=True,
        ),
    ),
    "executions": (
        Panel(
            "Circuits of one gradient",
            "parameters", "gradient_executions", "parameters N", "circuit executions a gradient", ("family",),
            {"part": "executions"}, log_x=True, log_y=True, reference=("2N", lambda n: 2 * n),
        ),
        Panel(
            "Seconds of one gradient, simulated here",
            "parameters", "gradient_seconds", "parameters N", "seconds a gradient on this device", ("rule",),
            {"part": "seconds"}, log_x=True, log_y=True,
        ),
    ),
    "initialisations": (
        Panel(
            "Variance of a gradient component at the start",
            "qubits", "variance", "qubits", "variance of the first angle's derivative", ("setting",),
            log_y=True, low="low", high="high", rows=_with_intervals,
        ),
        Panel(
            "Training on digits from each start",
            "step", "validation_accuracy", "updates", "validation accuracy, mean of the seeds", ("setting",),
            {"part": "training"},
        ),
    ),
    "surrogates_of_circuits": (
        Panel(
            "What the classical surrogate costs",
            "qubits", "updates", "qubits", "Pauli words visited, summed over gates", ("setting", "threshold"),
            log_x=True, log_y=True,
        ),
        Panel(
            "What it gets wrong",
            "qubits", "relative_error", "qubits", "root-mean-square error ÷ spread of the cost",
            ("setting", "threshold"), log_x=True, log_y=True,
        ),
    ),
    "regularisation": (
        Panel(
            "Test accuracy gained by each regulariser",
            "regulariser", "gain", "regulariser", "test accuracy less that of the circuit alone, paired by seed",
            ("data_set",), rows=_at_best_strengths,
        ),
        Panel(
            "Change of the gap between test and training loss",
            "regulariser", "gap_change", "regulariser", "change of test loss − training loss, nats, paired by seed",
            ("data_set",), rows=_at_best_strengths,
        ),
    ),
    "unfolding_memory": (
        Panel(
            "Bytes kept by each rule of a spiking network",
            "time_steps", "residual_bytes", "time steps T", "bytes kept from the forward to the reverse pass",
            ("rule",), log_x=True, log_y=True, rows=_spiking_rules,
        ),
        Panel(
            "The same for networks without spikes",
            "time_steps", "residual_bytes", "time steps T", "bytes kept by backpropagation", ("model",),
            log_x=True, log_y=True, rows=_plain_rules,
        ),
        Panel(
            "Accuracy that each rule trains to, on digits",
            "updates", "value", "updates", "validation accuracy, mean of the runs", ("rule",),
            {"part": "learning", "task": "digits", "quantity": "accuracy"},
        ),
    ),
    "long_range": (
        Panel(
            "Recall across a lag, equal parameters",
            "lag", "score", "steps from what must be kept to the answer", "test score: 0 chance, 1 truth", ("model",),
            {"task": "recall", "matching": "parameters"}, rows=_at_best_learning_rates,
        ),
        Panel(
            "Adding across a lag, equal parameters",
            "lag", "score", "steps from what must be kept to the answer", "test score: 0 chance, 1 truth", ("model",),
            {"task": "adding", "matching": "parameters"}, rows=_at_best_learning_rates,
        ),
    ),
    "bandwidth": (
        Panel(
            "Entropy of whole spike trains",
            "time_steps", "train_entropy", "time steps T", "bits a neuron, without input noise", ("neuron", "layer"),
            {"part": "spiking", "encoding": "direct"}, log_x=True,
            reference=("log₂(T + 1), the bound of counts", lambda steps: math.log2(steps + 1)),
        ),
        Panel(
            "Information about the class",
            "time_steps", "train_class_bits", "time steps T", "bits a neuron in the whole train",
            ("neuron", "encoding", "layer"), {"part": "spiking"}, log_x=True,
        ),
    ),
    "surrogates": (
        Panel(
            "Variance of the gradient, early in training",
            "width", "early_variance_over_examples", "width of the surrogate", "variance over examples", ("shape",),
            {"part": "training"}, log_x=True, log_y=True,
        ),
        Panel(
            "Accuracy after equal training",
            "width", "test_accuracy", "width of the surrogate", "test accuracy, mean of the seeds", ("shape",),
            {"part": "training"}, log_x=True,
        ),
    ),
}  # fmt: skip
"""By study. One line of columns and labels a panel."""
