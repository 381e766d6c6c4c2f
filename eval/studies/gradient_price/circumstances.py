"""What belongs to the answer beside the statements: how the prices were measured, and what they say that decides none.

Nothing here is held against a threshold of the claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import FLOPS, MEMORY, SECONDS, TEMPORARY, by_series, value
from eval.studies.gradient_price.findings import ESTIMATES, HAS, findings, law
from eval.studies.gradient_price.names import DEPTH, LAYERS, NEURONS, REVERSE, SNN, TRANSFORMER, VQC, WIDTH
from eval.studies.gradient_price.projection import COMPONENT, FORMULAS
from eval.studies.gradient_price.rows import Exponent, GradientPrice, Series

_RULES = {
    "transformer by plain backpropagation": Series(TRANSFORMER, "backprop", REVERSE, WIDTH),
    "transformer with checkpoints": Series(TRANSFORMER, "checkpointed", REVERSE, WIDTH),
    "spiking network by backpropagation through time": Series(SNN, "bptt", REVERSE, NEURONS),
    "simulated circuit by the adjoint rule": Series(VQC, "adjoint", REVERSE, LAYERS),
}


def context(priced: Sequence[GradientPrice], known: Sequence[Exponent]) -> tuple[str, ...]:
    """Compose sentences of measured numbers that decide no statement.

    Args:
        priced: The priced gradients.
        known: Their exponents.
    """
    return (*_ratios(known), *_below(priced, known), *_bytes(known), *_who(priced, known))


def _ratios(known: Sequence[Exponent]) -> Iterable[str]:
    for words, one in _RULES.items():
        operations, seconds = (law(known, one, quantity) for quantity in (FLOPS, SECONDS))
        if operations is not None:
            also = "" if seconds is None else f", and in seconds {seconds.at_largest:.2f} times the forward pass"
            yield f"The largest {words} took {operations.at_largest:.2f} times the operations{also}."
    if law(known, _RULES["simulated circuit by the adjoint rule"], FLOPS) is not None:
        yield (
            "The adjoint rule keeps one state and undoes each gate on two of them; the bound of 4 is for a reverse "
            "pass that computes nothing twice."
        )


def _below(priced: Sequence[GradientPrice], known: Sequence[Exponent]) -> Iterable[str]:
    one = Series(TRANSFORMER, "backprop", REVERSE, WIDTH)
    found = law(known, one, SECONDS)
    if found is None or found.knee is None:
        return
    small = [each for each in by_series(priced)[one] if each.number < found.knee]
    ratios = [ratio for each in small if (ratio := value(each, SECONDS)) is not None]
    if ratios:
        yield (
            f"Below the transformer's knee, N = {found.knee:,}, overhead weighs, and the ratio of seconds is up to "
            f"{max(ratios):.2f}."
        )


def _bytes(known: Sequence[Exponent]) -> Iterable[str]:
    for rule, words in (("backprop", "plain backpropagation"), ("checkpointed", "checkpoints")):
        one = Series(TRANSFORMER, rule, REVERSE, DEPTH)
        together, temporary = (law(known, one, quantity) for quantity in (MEMORY, TEMPORARY))
        if together is not None and temporary is not None:
            yield (
                f"At the transformer's largest depth, the gradient with {words} holds {together.at_largest:,.1f} "
                f"times the bytes of the forward pass, and {temporary.at_largest:,.1f} times its temporary ones."
            )


def _who(priced: Sequence[GradientPrice], known: Sequence[Exponent]) -> Iterable[str]:
    """Say which rules have backpropagation scaling, on a classical computer and on quantum hardware."""
    entries = findings(priced, known)
    if not entries:
        return
    chosen = {
        "a classical computer": [entry for entry in entries if entry.simulated == HAS],
        "quantum hardware": [entry for entry in entries if entry.hardware == HAS],
    }
    for place, having in chosen.items():
        names = [f"{entry.paradigm} by {entry.differentiation}" for entry in having]
        yield (
            f"On {place}, backpropagation scaling (time and all memory within O(log N), for a gradient of fixed "
            f"accuracy: Abbas et al. 2023) was found of {', '.join(names) or 'no rule'}."
        )


def _batches(config: Config) -> str:
    if config.task is None:
        read = (
            f"transformer of {config.batch} × {config.tokens} tokens; spiking network of {config.batch} recordings of "
            f"{config.steps} steps"
        )
    else:
        read = f"transformer and spiking network of {config.batch} examples"
    return (
        f"{read}; circuits of {config.circuit_qubits} qubits (RY, RZ, RY and a ring of CZ), {config.circuit_batch} "
        "examples; executions are those of one example"
    )


def _own_data(config: Config) -> Iterable[str]:
    """Say whose examples are read, where they are not the study's own."""
    if config.task is None:
        return
    name = config.task.name if config.task.path is None else Path(config.task.path).name
    yield (
        f"examples have the shape of those of {name}, and predictions are of what it asks for: features and images are "
        f"shown to a spiking network for {config.steps} steps, and a circuit reads at most as many features as it has "
        "gate angles, of a recording a value per channel"
    )


def conditions(known: Sequence[Exponent], config: Config) -> tuple[str, ...]:
    """Compose the conditions under which the prices were measured, one sentence each.

    Args:
        known: The exponents, which hold the knees.
        config: The settings.
    """
    knees = dict.fromkeys(f"{one.paradigm} {one.knee:,}" for one in known if one.quantity == SECONDS)
    return (
        "operations are counted on the program, loops multiplied by their trip counts; they, bytes and circuits have "
        "no noise, so that intervals of their exponents speak of misfit (curvature), and those of seconds of noise too",
        f"the knee is the least N from which on the forward pass takes {config.knee_factor:g} times a call that does "
        f"nothing, {config.transformer_knee_factor:g} times in the transformer, whose small sizes are slow for the "
        f"operations between its products too: {', '.join(knees) or 'none was reached'}",
        f"seconds are medians of at least {config.timing_repeats} repeats of gradient and forward pass in turn, here: "
        "on one core, and with freed memory kept, where the device is a CPU and the system offers both",
        _batches(config),
        *_own_data(config),
        "memory is arguments, temporaries and the gradient itself by XLA's own analysis; temporaries alone leave out "
        "parameters and gradient",
        f"an estimate by SPSA or by a forward gradient costs a constant, but {ESTIMATES['spsa']} estimates by SPSA, or "
        f"{ESTIMATES['forward']} forward gradients, are needed for a root-mean-square error of the gradient's own norm",
        f"seconds on quantum hardware are projected, for an error of {config.error:g}: {FORMULAS[COMPONENT]}; those on "
        "this device follow the power law fitted above the knee",
    )
