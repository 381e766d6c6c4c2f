"""What the paired networks say of claim C8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.claims import CLAIMS
from eval.claims.c08 import JUDGED
from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import below, within
from eval.statistics.intervals import Interval, student
from eval.statistics.simultaneous import largest
from eval.studies.precision.config import MOST_TWIN_STEPS, Config
from eval.studies.precision.rankings import quantised_cheaper, rank, spiking_cheaper, step_by_step
from eval.studies.precision.rows import Agreement, TwinKind

_LIMITS = CLAIMS["C8"].thresholds
_MORE_SEEDS = "more settings.seeds: the interval holds the threshold"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C8."""
    bills, answers, references = of(rows, NetworkBill), of(rows, Agreement), of(rows, FloatingPoint)
    rankings = [rank(model, bills) for model in JUDGED]
    judgements = (
        *(quantised_cheaper(one) for one in rankings),
        *(spiking_cheaper(one) for one in rankings),
        *(_accurate(name, bits, bills, references) for name, bits in (("eight_bits", 8), ("four_bits", 4))),
        _synchronous(answers),
        _stepwise(answers),
    )
    context = (
        *_which_decides(judgements),
        *(sentence for one in rankings for sentence in step_by_step(one)),
        *_on_few_bits(bills, references),
        *_on_changed_classes(answers),
    )
    return [Verdict("C8", judgements, _conditions(config), context)]


def _accurate(name: str, bits: int, bills: Sequence[NetworkBill], references: Sequence[FloatingPoint]) -> Judgement:
    difference = loss_of_bits(bits, bills, references)
    if difference is None:
        return not_measured(
            name,
            f"Fewer than two paired seeds were trained with {bits} bits and in floating point.",
            f"settings.bits with {bits}, and two seeds",
        )
    return judged(
        name,
        within(difference.low, difference.high, 0.0, _LIMITS[f"accuracy_of_{bits}_bits"]),
        f"With {bits} bits the test accuracy changes by {100 * difference.mean:+.2f} points.",
        needed="more settings.seeds: the interval reaches over the tolerance",
        quantity=f"test accuracy with {bits} bits less that in floating point",
        value=difference.mean,
        low=difference.low,
        high=difference.high,
    )


def loss_of_bits(bits: int, bills: Sequence[NetworkBill], references: Sequence[FloatingPoint]) -> Interval | None:
    """Return the test accuracy with so many bits, without a penalty, less that in floating point, paired by seed."""
    floating = {row.training_seed: row.test_accuracy for row in references if row.penalty == 0}
    own = {
        row.training_seed: row.test_accuracy
        for row in bills
        if (row.kind, row.weight_bits, row.activation_bits, row.penalty) == ("quantised", bits, bits, 0)
    }
    seeds = sorted(set(floating) & set(own))
    return student([own[seed] - floating[seed] for seed in seeds]) if len(seeds) >= 2 else None


def _synchronous(answers: Sequence[Agreement]) -> Judgement:
    own = [row for row in answers if row.kind == "twin_synchronous"]
    if not own:
        return not_measured("synchronous", "No twin was run layer by layer.", "quantised networks of 4 bits or less")
    changed, images = sum(row.changed for row in own), sum(row.images for row in own)
    fewest = min(
        len({row.training_seed for row in own if row.time_steps == steps}) for steps in {row.time_steps for row in own}
    )
    enough = fewest >= _LIMITS["paired_seeds"]
    return judged(
        "synchronous",
        False if changed > _LIMITS["changed_classes"] else True if enough else None,
        f"Of {images} answers of {len(own)} twins, {changed} differ.",
        needed=f"settings.seeds of {_LIMITS['paired_seeds']:g} or more",
        quantity="test images whose class differs",
        value=float(changed),
        low=float(changed),
        high=float(changed),
    )


def _stepwise(answers: Sequence[Agreement]) -> Judgement:
    losses = {setting: loss for setting, loss in _per_setting(answers, "twin_stepwise").items() if len(loss) >= 2}
    if not losses:
        return not_measured("stepwise", "No twin was run step by step with two seeds.", "two seeds of such twins")
    loss = largest(list(losses.values()))
    steps, bits, penalty = max(losses, key=lambda one: (sum(losses[one]) / len(losses[one]), one))
    return judged(
        "stepwise",
        below(loss.low, loss.high, _LIMITS["stepwise_loss"]),
        f"The most is lost by twins of {steps} steps with {bits}-bit weights and penalty {penalty:g}: "
        f"{100 * loss.mean:+.2f} points.",
        needed=_MORE_SEEDS,
        quantity="largest loss of test accuracy of a twin run step by step",
        value=loss.mean,
        low=loss.low,
        high=loss.high,
    )


def _per_setting(answers: Sequence[Agreement], kind: TwinKind) -> dict[tuple[int, int, float], list[float]]:
    """Return losses, in the order of seeds, by time steps, weight bits and penalty."""
    found: dict[tuple[int, int, float], list[float]] = {}
    for row in sorted(answers, key=lambda row: row.training_seed):
        if row.kind == kind:
            found.setdefault((row.time_steps, row.weight_bits, row.penalty), []).append(row.lost)
    return found


def _on_few_bits(bills: Sequence[NetworkBill], references: Sequence[FloatingPoint]) -> Iterator[str]:
    for bits in (2, 1):
        difference = loss_of_bits(bits, bills, references)
        if difference is not None:
            yield (
                f"With {bits} bit{'s' * (bits > 1)} the test accuracy changes by {100 * difference.mean:+.2f} points "
                f"[{100 * difference.low:+.2f}, {100 * difference.high:+.2f}]."
            )


def _on_changed_classes(answers: Sequence[Agreement]) -> Iterator[str]:
    stepwise = [row for row in answers if row.kind == "twin_stepwise"]
    for steps in sorted({row.time_steps for row in stepwise}):
        own = [row for row in stepwise if row.time_steps == steps]
        share = sum(row.changed for row in own) / sum(row.images for row in own)
        yield (
            f"Run with all layers at every step, twins of {steps} step{'s' * (steps > 1)} change the class of "
            f"{share:.2%} of the images."
        )


def _which_decides(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Say whether the way in which time steps are counted decides who is cheaper."""
    outcome = {one.statement: one.outcome for one in judgements}
    sides = [tuple(outcome[f"{side}_{model}"] for side in ("quantised", "spiking")) for model in JUDGED]
    if any("not measured" in side for side in sides):
        return
    if len(set(sides)) == 1:
        yield "Both ways of counting time steps, as levels and as bits, come to the same outcomes."
    else:
        yield "It depends on how time steps are counted, as levels or as bits, which kind of network is cheaper."


def _conditions(config: Config) -> tuple[str, ...]:
    hidden = " and ".join(map(str, config.hidden))
    return (
        f"all networks have hidden layers of {hidden} neurons and learn {config.task} in {config.steps} updates",
        f"weights of spiking networks have {config.weight_bits} bits, and so have those of quantised ones but on the "
        "diagonal, where weights have as many bits as activations",
        f"penalties of activity are {', '.join(f'{one:g}' for one in config.penalties)}, of both kinds of network",
        f"a bit travels {config.hops:g} hops in the mean, and each layer takes the dataflow that is cheaper for it",
        f"quantised ones of these weights and up to {MOST_TWIN_STEPS} levels above 0 are run as twins as well",
        "networks more than 5 points less accurate than the best of all are not ranked",
        "an input is a constant current that costs both kinds of network the same product, in the first layer alone",
        "whether a quantised network is also faster on a processor is no part of this: it is through some kernels and "
        "not through others, which suite=int8 of the benches measures",
    )
