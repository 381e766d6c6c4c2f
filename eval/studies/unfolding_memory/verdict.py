"""What the laws of growth say of the claim that spiking networks pay for unfolding in time."""

from __future__ import annotations

from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row
from eval.statistics.equivalence import above, below, every, some, within
from eval.statistics.growth import Growth
from eval.statistics.intervals import Interval
from eval.studies.unfolding_memory.circumstances import conditions, context
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import Quantity, accuracy_difference, growth, tasks
from eval.studies.unfolding_memory.models import EXACT_RULES, GATED, LEAKY, ONLINE_RULES, SNN, TRANSFORMER

KEPT: Quantity = "residual_bytes"
TEMPORARY: Quantity = "temp_bytes"
SECONDS: Quantity = "gradient_seconds"
_LIMITS = CLAIMS["C6"].thresholds
_MORE_LENGTHS = "four lengths or more in settings.time_steps"
_HELD = f"the interval of the exponent holds {_LIMITS['exponent'] - _LIMITS['exponent_tolerance']:g}"
_TEMPORARY_TOO = f"{_MORE_LENGTHS}, on a backend that tells the temporary bytes of a compiled program"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C6 from what was measured; laws of growth are fitted again."""
    judgements = (
        _bytes(rows),
        _seconds(rows),
        _checkpointing(rows),
        _online_bytes(rows),
        _online_accuracy(rows),
        _without_spikes(rows),
        _transformer(rows),
    )
    return [Verdict("C6", judgements, conditions(rows, config), context(rows, config))]


def _bytes(rows: Sequence[Row]) -> Judgement:
    law = growth(rows, SNN, "bptt", KEPT)
    if law is None:
        return not_measured("bytes", "Kept bytes were counted at fewer than four lengths.", _MORE_LENGTHS)
    return _of(
        "bytes",
        _in_proportion(law),
        f"The bytes kept grow as {_power(law)}, by {law.per_step / 1e3:.1f} kB per step.",
        law,
        needed=f"more lengths: {_HELD}",
        quantity="exponent in T of the bytes kept by backpropagation through time",
    )


def _seconds(rows: Sequence[Row]) -> Judgement:
    law, name = growth(rows, SNN, "bptt", SECONDS), "seconds"
    if law is None:
        return not_measured(name, "Gradients were timed at fewer than four lengths.", _MORE_LENGTHS)
    least = _LIMITS["least_time_exponent"]
    return _of(
        name,
        above(law.low, law.high, least),
        f"The seconds of a gradient grow as {_power(law)}.",
        law,
        needed=f"more and longer settings.time_steps: the interval of the exponent holds {least:g}",
        quantity="exponent in T of the seconds of backpropagation through time",
    )


def _checkpointing(rows: Sequence[Row]) -> Judgement:
    kept, temporary = (growth(rows, SNN, "checkpointed", quantity) for quantity in (KEPT, TEMPORARY))
    if kept is None:
        return not_measured("checkpointing", "Its bytes were counted at fewer than four lengths.", _TEMPORARY_TOO)
    return _of(
        "checkpointing",
        every(*(_slower(law, "checkpointed") for law in (kept, temporary))),
        f"With checkpoints, the bytes kept grow as {_power(kept)}{_temporary_too(temporary)}.",
        kept,
        needed=_TEMPORARY_TOO,
        quantity="exponent in T of the bytes kept with checkpoints",
    )


def _online_bytes(rows: Sequence[Row]) -> Judgement:
    laws = {
        (rule, quantity): growth(rows, SNN, rule, quantity) for rule in ONLINE_RULES for quantity in (KEPT, TEMPORARY)
    }
    known = {rule: law for (rule, quantity), law in laws.items() if quantity == KEPT and law is not None}
    if not known:
        return not_measured("online_bytes", "Their bytes were counted at fewer than four lengths.", _TEMPORARY_TOO)
    worst = max(known, key=lambda rule: known[rule].exponent)
    return _of(
        "online_bytes",
        every(*(_slower(law, "online") for law in laws.values())),
        f"Of the online rules {worst} keeps bytes that grow fastest, as {_power(known[worst])}"
        f"{_temporary_too(laws[worst, TEMPORARY])}.",
        known[worst],
        needed=f"every online rule at {_TEMPORARY_TOO}",
        quantity="largest exponent in T of the bytes kept by an online rule",
    )


def _online_accuracy(rows: Sequence[Row]) -> Judgement:
    name, needed = "online_accuracy", "more settings.seeds, of every online rule on every task"
    names, count = tasks(rows), len(ONLINE_RULES) * len(tasks(rows))
    lost = {rule: [accuracy_difference(rows, task, rule, count) for task in names] for rule in ONLINE_RULES}
    complete = {
        rule: min((one for one in found if one is not None), key=lambda one: one.mean)
        for rule, found in lost.items()
        if found and None not in found
    }
    if not complete:
        return not_measured(name, "No online rule was trained beside bptt from two seeds on every task.", needed)
    threshold = -_LIMITS["accuracy_loss"]
    decision = some(
        *(
            every(*(None if one is None else above(one.low, one.high, threshold) for one in found))
            for found in lost.values()
        )
    )
    best = max(complete, key=lambda rule: complete[rule].mean)
    controls = _controls(rows)
    inside = [within(one.low, one.high, 0.0, _LIMITS["accuracy_loss"]) for one in controls]
    equal = every(*inside) if inside else None
    control = max((abs(end) for one in controls for end in (one.low, one.high)), default=0.0)
    words = f", and exact rules are within {100 * control:.1f} points of it" if controls else ""
    return judged(
        name,
        # Where rules of the same gradient differ by as much, a difference is no sign of a rule.
        decision if equal else None,
        f"The best online rule, {best}, is {100 * complete[best].mean:+.1f} points of accuracy beside bptt on the task "
        f"where it fares worst{words}.",
        needed=f"{needed}: intervals hold {threshold:g}"
        if equal
        else "more settings.seeds: of rules with the same gradient one is not shown to be as accurate as bptt",
        quantity="accuracy of the best online rule less that of bptt, on its worst task",
        value=complete[best].mean,
        low=complete[best].low,
        high=complete[best].high,
    )


def _controls(rows: Sequence[Row]) -> list[Interval]:
    """Compare the other exact rules with bptt, whose gradient is theirs, on the tasks they trained: a control."""
    others = [rule for rule in EXACT_RULES if rule != "bptt"]
    found = [accuracy_difference(rows, task, rule, len(others)) for task in tasks(rows) for rule in others]
    return [one for one in found if one is not None]


def _without_spikes(rows: Sequence[Row]) -> Judgement:
    name, needed = "without_spikes", f"{_MORE_LENGTHS}, of the spiking network, a leaky RNN and a GRU"
    spiking = growth(rows, SNN, "bptt", KEPT)
    laws = {model: growth(rows, model, "bptt", KEPT) for model in (LEAKY, GATED)}
    known = {model: law for model, law in laws.items() if law is not None}
    if spiking is None or spiking.per_step <= 0 or not known:
        return not_measured(name, "There are no bytes of both kinds of network to hold beside each other.", needed)
    shares = {model: law.per_step / spiking.per_step for model, law in known.items()}
    decisions = [
        every(_in_proportion(law), shares[model] >= _LIMITS["equal_share"]) if law is not None else None
        for model, law in laws.items()
    ]
    least = min(shares, key=lambda model: shares[model])
    words = " and ".join(f"{share:.2f} by a {model}" for model, share in shares.items())
    return judged(
        name,
        every(*decisions),
        f"The bytes kept per step, in units of the spiking network's, are {words}.",
        needed=needed,
        quantity="smaller ratio of the bytes per step without spikes and with spikes",
        value=shares[least],
        low=shares[least],
        high=shares[least],
    )


def _transformer(rows: Sequence[Row]) -> Judgement:
    law, needed = growth(rows, TRANSFORMER, "backprop", KEPT), f"{_MORE_LENGTHS}, up to settings.transformer_steps"
    if law is None:
        return not_measured("transformer", "Its bytes were counted at fewer than four lengths.", needed)
    return _of(
        "transformer",
        _in_proportion(law),
        f"The bytes that a transformer over T tokens keeps grow as {_power(law)}.",
        law,
        needed=f"{needed}: {_HELD}",
        quantity="exponent in T of the bytes kept by a transformer over T tokens",
    )


def _in_proportion(law: Growth) -> bool | None:
    """Decide whether a quantity grows in proportion to T or faster."""
    return above(law.low, law.high, _LIMITS["exponent"] - _LIMITS["exponent_tolerance"])


def _slower(law: Growth | None, rule: str) -> bool | None:
    """Decide whether a quantity grows no faster than a rule, or a kind of rules, promises."""
    if law is None:
        return None
    return below(law.low, law.high, _LIMITS[f"{rule}_exponent"] + _LIMITS[f"{rule}_tolerance"])


def _of(name: str, decision: bool | None, found: str, law: Growth, *, needed: str, quantity: str) -> Judgement:
    """Judge by an exponent, said to the resolution to which it is fitted."""
    value, low, high = (round(end, 3) + 0.0 for end in (law.exponent, law.low, law.high))
    return judged(name, decision, found, needed=needed, quantity=quantity, value=value, low=low, high=high)


def _temporary_too(law: Growth | None) -> str:
    return ", temporary bytes are not known" if law is None else f", temporary bytes as {_power(law)}"


def _power(law: Growth) -> str:
    # Not to show a zero with a sign.
    return f"T^{round(law.exponent, 2) + 0.0:.2f}"
