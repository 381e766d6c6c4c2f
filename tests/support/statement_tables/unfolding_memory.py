"""Tables of the study of unfolding whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eval.rows import Row
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import laws
from eval.studies.unfolding_memory.measure import ALL
from eval.studies.unfolding_memory.models import GATED, LEAKY, ONLINE_RULES, RULES, SNN, TRANSFORMER
from eval.studies.unfolding_memory.rows import Accuracy, Direction, Gradient, Law, Moment, OfRule, Shape

POWERS = {"bptt": 1.0, "checkpointed": 0.5, "compact": 1.0, "sltt": 0.0, "ottt": 0.0, "backprop": 2.0}
FACTORS = {SNN: 600.0, LEAKY: 400.0, GATED: 1200.0, TRANSFORMER: 100.0}
LENGTHS = (16, 64, 144, 400)
DERIVED = ("laws",)
"""Parts of a table that are computed from its other rows."""

Loss = Callable[[int], float]


def kept(
    model: str,
    rule: str,
    steps: int,
    powers: Mapping[str, float] = POWERS,
    factors: Mapping[str, float] = FACTORS,
) -> float:
    """Return the bytes that a rule keeps over some steps of time: a constant, and a power of time."""
    power = 1.0 if (model, rule) == (TRANSFORMER, "checkpointed") else powers.get(f"{model}, {rule}", powers[rule])
    return 5000.0 + factors[model] * (0.05 if rule == "compact" else 1.0) * (steps**power if power else 1.0)


def table(
    *,
    powers: Mapping[str, float] | None = None,
    factors: Mapping[str, float] | None = None,
    losses: Mapping[str, float | Loss] | None = None,
    seconds: float = 1.0,
    temporary: float | None = None,
    crooked: tuple[tuple[str, str, str], ...] = (),
    tasks: tuple[str, ...] = ("digits",),
) -> list[Row]:
    """Make a table whose laws, and losses of accuracy, are known.

    Args:
        powers: The powers of time of the bytes kept, by rule, or by model and rule (``"GRU, bptt"``).
        factors: The bytes per step to that power, by model.
        losses: The points of accuracy that a rule loses, or a function of the run.
        seconds: The power of time of the seconds.
        temporary: The power of time of all temporary bytes; ``None`` for that of the bytes kept.
        crooked: Models, rules and fields that follow no law.
        tasks: The tasks that were trained on.
    """
    powers, factors = POWERS | dict(powers or {}), FACTORS | dict(factors or {})
    rows: list[Row] = []
    for steps in LENGTHS:
        for model, rule in ALL:
            plain, ratio = 1e-4 + 1e-5 * steps**seconds, 1.0 if rule == RULES[model][0] else 1.5
            bytes_kept = kept(model, rule, steps, powers, factors)
            row = Gradient(
                model=model,
                differentiation=rule,
                time_steps=steps,
                width=64,
                depth=2,
                parameters=100,
                residual_bytes=bytes_kept,
                temp_bytes=9000.0 + (bytes_kept if temporary is None else 600.0 * steps**temporary),
                argument_bytes=1000.0 + 64 * steps,
                input_bytes=64 * steps,
                device_peak_bytes=None,
                device_peak_unavailable="no count here",
                compile_seconds=1.0,
                gradient_seconds=ratio * plain,
                seconds_to_plain=ratio,
            )
            away = {16: 1.0, 64: 6.0, 144: 0.3, 400: 2.0}[steps]
            off = {
                field: away * getattr(row, field)
                for field in ("residual_bytes", "temp_bytes", "gradient_seconds")
                if (model, rule, field) in crooked
            }
            rows.append(replace(row, **off))
    rows += _shapes() + [row for task in tasks for row in _learning(task, dict(losses or {}))]
    return [*rows, *laws(rows, ALL)]


def _shapes() -> list[Row]:
    return [
        Shape(
            model=model, differentiation=rule, time_steps=256, width=width, depth=depth, residual_bytes=1000,
            bytes_per_step={SNN: 3.0, LEAKY: 2.0, GATED: 6.0}[model] * 4 * 16 * width * depth,
        )
        for width, depth in ((16, 2), (64, 1), (64, 2))
        for model, rule in ((SNN, "bptt"), (SNN, "compact"), (LEAKY, "bptt"), (GATED, "bptt"))
    ]  # fmt: skip


def _learning(task: str, losses: Mapping[str, float | Loss]) -> list[Row]:
    rows: list[Row] = []
    moments: tuple[Moment, ...] = ("initial", "trained")
    for rule in RULES[SNN]:
        loss = losses.get(rule, 0.0)
        for run in range(4):
            place: dict[str, Any] = {"task": task, "differentiation": rule, "training_seed": run}
            lost = loss(run) if callable(loss) else loss
            for updates, accuracy in ((0, 0.1), (200, 0.95 + 0.001 * run - lost / 100)):
                rows.append(Accuracy(**place, updates=updates, test_accuracy=accuracy))
            for moment in moments:
                for layer, value in (("whole", 0.5), ("hidden[0]", 0.9), ("readout", 1.0)):
                    found = value if rule in ONLINE_RULES else 1.0
                    rows.append(Direction(**place, moment=moment, layer=layer, cosine=found, norm_ratio=found))
    return rows


def misled(rows: list[Row]) -> list[Row]:
    """Contradict the laws that are stored, so that a verdict which reads them is found out."""
    wrong = {"exponent": 0.7, "low": 0.3, "high": 0.99, "per_step": 1.0}
    return [replace(row, **wrong) if isinstance(row, Law) else row for row in rows]


def without(rows: list[Row], kind: type[Row] = Row, **fields: Any) -> list[Row]:
    """Drop the rows of a kind that have all of these values."""
    return [
        row
        for row in rows
        if not isinstance(row, kind) or any(getattr(row, name, None) != value for name, value in fields.items())
    ]


def scattered(run: int) -> float:
    """Lose points of accuracy that differ from run to run."""
    return (0.0, 6.0, 0.0, 6.0)[run]


CONFIG = Config()
WHOLE = (misled(table()), CONFIG)
KEPT = "residual_bytes"
TABLES = {
    "C6.bytes": {
        "holds": WHOLE,
        "fails": (table(powers={"bptt": 0.5}), CONFIG),
        "undecided": (table(crooked=((SNN, "bptt", KEPT),)), CONFIG),
        "not measured": (without(table(), time_steps=16), CONFIG),
    },
    "C6.seconds": {
        "holds": WHOLE,
        "fails": (table(seconds=0.4), CONFIG),
        "undecided": (table(crooked=((SNN, "bptt", "gradient_seconds"),)), CONFIG),
        "not measured": (without(table(), time_steps=16), CONFIG),
    },
    "C6.checkpointing": {
        "holds": WHOLE,
        "fails": (table(powers={"checkpointed": 1.0}), CONFIG),
        "undecided": (table(crooked=((SNN, "checkpointed", KEPT),)), CONFIG),
        "not measured": (without(table(), time_steps=16), CONFIG),
    },
    "C6.online_bytes": {
        "holds": WHOLE,
        "fails": (table(powers={"ottt": 1.0}), CONFIG),
        "undecided": (table(crooked=((SNN, "ottt", KEPT),)), CONFIG),
        "not measured": (without(table(), time_steps=16), CONFIG),
    },
    "C6.online_accuracy": {
        "holds": WHOLE,
        "fails": (table(losses={"sltt": 5.0, "ottt": 3.0}), CONFIG),
        "undecided": (table(losses={"sltt": 5.0, "ottt": scattered}), CONFIG),
        "not measured": (without(table(), OfRule, differentiation="bptt"), CONFIG),
    },
    "C6.without_spikes": {
        "holds": WHOLE,
        "fails": (table(factors={LEAKY: 60.0}), CONFIG),
        "undecided": (table(crooked=((GATED, "bptt", KEPT),)), CONFIG),
        "not measured": (without(table(), time_steps=16), CONFIG),
    },
    "C6.transformer": {
        "holds": WHOLE,
        "fails": (table(powers={"backprop": 0.5}), CONFIG),
        "undecided": (table(crooked=((TRANSFORMER, "backprop", KEPT),)), CONFIG),
        "not measured": (without(table(), model=TRANSFORMER), CONFIG),
    },
}
