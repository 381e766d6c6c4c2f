"""What the laws of growth say of the claim that spiking networks pay for unfolding in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from eval.claims import CLAIMS
from eval.statistics.growth import Growth
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import (
    accuracy_difference,
    against_time,
    compared,
    growth,
    layers,
    numbers_a_unit,
    tasks,
    trained_rules,
)
from eval.studies.unfolding_memory.learning import WHOLE
from eval.studies.unfolding_memory.measure import MISSING
from eval.studies.unfolding_memory.models import GATED, LEAKY, ONLINE_RULES, RULES, SNN, TRANSFORMER
from eval.study import Row, Verdict

Finding = Literal["supported", "refuted", "conditional"]
KEPT, TEMPORARY, SECONDS = "residual_bytes", "temp_bytes", "gradient_seconds"
_LIMITS = CLAIMS["C6"].thresholds


def within(law: Growth, name: str) -> bool:
    """Whether the whole interval of an exponent is as expected; ``name`` is that of its thresholds in the claim."""
    expected = _LIMITS["exponent" if name == "bptt" else f"{name}_exponent"]
    tolerance = _LIMITS["exponent_tolerance" if name == "bptt" else f"{name}_tolerance"]
    return expected - tolerance <= law.low <= law.high <= expected + tolerance


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Whether unfolding is paid for.

    ``refuted`` where what plain backpropagation through time keeps grows more slowly than in proportion to time.
    ``supported`` where it grows in proportion, and so do seconds, and neither another rule gets around it (exactly with
    fewer bytes, or online at no less accuracy) nor do networks without spikes pay as much. Else ``conditional``.
    """
    plain = _law(rows, SNN, "bptt", KEPT)
    finding: Finding = "conditional"
    if plain.high < _LIMITS["exponent"] - _LIMITS["exponent_tolerance"]:
        finding = "refuted"
    elif within(plain, "bptt") and _paid_in_seconds(rows):
        ways_out = _exactly_cheaper(rows) or bool(_online_at_no_loss(rows)) or bool(_paying_without_spikes(rows))
        finding = "conditional" if ways_out else "supported"
    return [
        Verdict(
            claim="C6",
            verdict=finding,
            statement="\n".join(
                (_plainly(rows, config), _by_other_rules(rows), *_in_accuracy(rows), _without_spikes(rows, config))
            ),
            effect=plain.exponent,
            low=plain.low,
            high=plain.high,
            quantity="exponent in T of the bytes that bptt keeps for the reverse pass",
            conditions=_conditions(rows, config),
        )
    ]


def _law(rows: Sequence[Row], model: str, rule: str, quantity: str) -> Growth:
    law = growth(rows, model, rule, quantity)
    if law is None:
        raise ValueError(f"the table holds no law for the {quantity} of {model} by {rule}")
    return law


def _paid_in_seconds(rows: Sequence[Row]) -> bool:
    return _law(rows, SNN, "bptt", SECONDS).exponent >= _LIMITS["least_time_exponent"]


def _exactly_cheaper(rows: Sequence[Row]) -> bool:
    """Whether checkpointing, whose gradient is the same, keeps bytes that grow more slowly."""
    slower = _LIMITS["exponent"] - _LIMITS["exponent_tolerance"]
    return _law(rows, SNN, "checkpointed", KEPT).high < slower


def _online_at_no_loss(rows: Sequence[Row]) -> list[str]:
    """Rules that keep nothing more for a longer time, and lose no accuracy that counts on any task."""
    return [
        rule
        for rule in ONLINE_RULES
        if within(_law(rows, SNN, rule, KEPT), "online")
        and all(accuracy_difference(rows, task, rule)[1] > -_LIMITS["accuracy_loss"] for task in tasks(rows))
        and tasks(rows)
    ]


def _paying_without_spikes(rows: Sequence[Row]) -> list[str]:
    """Recurrent networks without spikes whose bytes grow alike and are about as many, or more."""
    spiking = _law(rows, SNN, "bptt", KEPT).a_step
    return [
        model
        for model in (LEAKY, GATED)
        if within(_law(rows, model, "bptt", KEPT), "bptt")
        and _law(rows, model, "bptt", KEPT).a_step >= _LIMITS["equal_share"] * spiking
    ]


def _plainly(rows: Sequence[Row], config: Config) -> str:
    kept, temporary = _law(rows, SNN, "bptt", KEPT), growth(rows, SNN, "bptt", TEMPORARY)
    numbers = numbers_a_unit(rows, SNN, "bptt", config.batch)
    units = f"{min(numbers):.1f}" if max(numbers) - min(numbers) < 0.1 else f"{min(numbers):.1f} to {max(numbers):.1f}"
    also = "" if temporary is None else f", XLA's temporary bytes as {_power(temporary)}"
    return (
        f"Backpropagation through time keeps bytes that grow as {_power(kept)}{also} and its seconds as "
        f"{_power(_law(rows, SNN, 'bptt', SECONDS))}: {kept.a_step / 1e3:.1f} kB for each further step of "
        f"{config.depth} layers of {config.width} neurons and {config.batch} examples, {units} numbers a neuron, "
        "step and example over all widths and depths."
    )


def _by_other_rules(rows: Sequence[Row]) -> str:
    steps = max(against_time(rows, SNN, "bptt", SECONDS))
    parts = []
    for rule in RULES[SNN][1:]:
        *bytes_, seconds = [
            f"{against_time(rows, SNN, rule, quantity)[steps] / plain[steps]:.2g} {words}"
            for quantity, words in (
                (KEPT, "of the bytes kept"),
                (TEMPORARY, "of the temporary ones"),
                (SECONDS, "of the seconds"),
            )
            if (plain := against_time(rows, SNN, "bptt", quantity))
        ]
        law = _power(_law(rows, SNN, rule, KEPT))
        if rule == "compact":
            law += f", {_law(rows, SNN, rule, KEPT).a_step / _law(rows, SNN, 'bptt', KEPT).a_step:.2g} of bptt's slope"
        parts.append(f"{rule} ({law}) takes {', '.join(bytes_)} and {seconds}")
    return f"Beside it, at T = {steps}, {'; '.join(parts)}."


def _in_accuracy(rows: Sequence[Row]) -> list[str]:
    sentences = []
    for task in tasks(rows):
        parts = []
        for rule in trained_rules(rows, task):
            if rule == "bptt":
                continue
            mean, low, high = accuracy_difference(rows, task, rule)
            parts.append(f"{rule} {100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}] points")
            if rule in ONLINE_RULES:
                before, after = (
                    compared(rows, "cosine", task, rule, moment, WHOLE)[0] for moment in ("initial", "trained")
                )
                least = min(
                    compared(rows, "cosine", task, rule, "trained", layer)[0]
                    for layer in layers(rows)
                    if layer != WHOLE
                )
                parts[-1] += (
                    f" (cosine to the exact gradient {before:.2f} before and {after:.2f} after, within a layer at "
                    f"least {least:.2f})"
                )
        sentences.append(f"On {task}, accuracy less that of bptt at equal updates: {'; '.join(parts)}.")
    return sentences


def _without_spikes(rows: Sequence[Row], config: Config) -> str:
    spiking = _law(rows, SNN, "bptt", KEPT).a_step
    parts = [
        f"a {model} keeps {_power(_law(rows, model, 'bptt', KEPT))}, "
        f"{_law(rows, model, 'bptt', KEPT).a_step / spiking:.2f} of the spiking network's bytes a step "
        f"({_power(_law(rows, model, 'checkpointed', KEPT))} with checkpoints)"
        for model in (LEAKY, GATED)
    ]
    transformer = _law(rows, TRANSFORMER, "backprop", KEPT)
    paying = _paying_without_spikes(rows)
    cause = (
        "It is recurrence that costs, not spiking"
        if len(paying) == 2
        else f"Without spikes, only a {paying[0]} pays as much"
        if paying
        else "Recurrent networks without spikes do not pay as much"
    )
    return f"{cause}: {'; '.join(parts)}; a transformer over T tokens {_power(transformer)}."


def _conditions(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    expectations = [("bptt", "bptt"), ("checkpointed", "checkpointed"), *((rule, "online") for rule in ONLINE_RULES)]
    words = ", ".join(
        f"{rule} {'yes' if within(_law(rows, SNN, rule, KEPT), name) else 'no'}" for rule, name in expectations
    )
    arguments = growth(rows, SNN, "bptt", "argument_bytes")
    entering = (
        "the backend tells no argument bytes"
        if arguments is None
        else f"inputs grow too and are not among these bytes: {arguments.a_step:,.0f} bytes a step of arguments, "
        f"{_power(arguments)}, for every rule"
    )
    peaks = [row["device_peak_unavailable"] for row in rows if row.get("device_peak_unavailable")]
    missing = [row["reason"] for row in rows if row["part"] == MISSING]
    steps = against_time(rows, SNN, "bptt", KEPT)
    return (
        f"T = {min(steps)} to {max(steps)}; LIF neurons in {config.depth} layers of {config.width}, batches of "
        f"{config.batch} recordings of {config.channels} channels, blocks of {config.block_steps} steps, float32",
        f"exponents as the rules promise ({_LIMITS['exponent']:g} ± {_LIMITS['exponent_tolerance']:g} for bptt, "
        f"{_LIMITS['checkpointed_exponent']:g} ± {_LIMITS['checkpointed_tolerance']:g} for checkpointed, "
        f"{_LIMITS['online_exponent']:g} ± {_LIMITS['online_tolerance']:g} for the online rules): {words}",
        "intervals of exponents say how far bytes are from a law, which segments of whole steps never follow exactly",
        entering,
        "bytes are those that JAX keeps of plain code; a reverse pass written by hand keeps fewer, as compact does",
        "what a rule recomputes is not among the bytes kept but among XLA's temporary bytes",
        "accuracy is that of tasks that feed-forward layers of leaky neurons learn; none asks for a long memory",
        *_sizes(rows),
        *(f"device memory: {reason}" for reason in dict.fromkeys(peaks)),
        *missing,
    )


def _sizes(rows: Sequence[Row]) -> list[str]:
    """That the sizes of online gradients are wrong too, which training with Adam does not show."""
    ratios = {
        rule: min(
            compared(rows, "norm_ratio", task, rule, moment, layer)[0]
            for task in tasks(rows)
            for moment in ("initial", "trained")
            for layer in layers(rows)
        )
        for rule in ONLINE_RULES
        if tasks(rows)
    }
    words = " and ".join(f"down to {ratio:.2g} of the exact size with {rule}" for rule, ratio in ratios.items())
    return (
        [f"trained with Adam, to which the size of a layer's gradient is indifferent: it is {words}"] if words else []
    )


def _power(law: Growth) -> str:
    # Not to show a zero with a sign.
    exponent, low, high = (round(value, 2) + 0.0 for value in (law.exponent, law.low, law.high))
    return f"T^{exponent:.2f} [{low:.2f}, {high:.2f}]"
