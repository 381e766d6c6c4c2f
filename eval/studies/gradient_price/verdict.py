"""What the prices say of the claim that one reverse pass gives a deep network all derivatives at a constant cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import (
    CIRCUITS,
    FLOPS,
    KEPT,
    MEMORY,
    SECONDS,
    TEMPORARY,
    Series,
    number,
    series,
    value,
)
from eval.studies.gradient_price.findings import ESTIMATES, FINDING, HAS, HAS_NOT, law, scaling
from eval.studies.gradient_price.pricing import REVERSE
from eval.studies.gradient_price.projection import FORMULAS, SHOT_RATES
from eval.studies.gradient_price.subjects import DEPTH, LAYERS, SHIFT, SNN, STEPS, TRANSFORMER, VQC, WIDTH

Finding = Literal["supported", "refuted", "conditional"]
BACKPROP = Series(TRANSFORMER, "backprop", REVERSE, WIDTH)
CHECKPOINTED = Series(TRANSFORMER, "checkpointed", REVERSE, WIDTH)
ADJOINT, SHIFTED = (Series(VQC, rule, REVERSE, LAYERS) for rule in ("adjoint", SHIFT))
_LIMITS = CLAIMS["C1"].thresholds


def equivalent(found: Row | None, expected: float) -> bool | None:
    """Whether the whole interval of an exponent is within the tolerance of ``expected``.

    ``False`` where the whole interval is outside; ``None`` where it is neither, or nothing was fitted.
    """
    tolerance = _LIMITS["exponent_tolerance"]
    if found is None:
        return None
    if expected - tolerance <= found["low"] <= found["high"] <= expected + tolerance:
        return True
    return False if found["low"] > expected + tolerance or found["high"] < expected - tolerance else None


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Whether the transformer's reverse mode is cheap.

    ``refuted`` where its operations are not at most ω times those of the forward pass, or their ratio grows, or where
    seconds and memory both disagree. ``supported`` where operations, seconds and memory agree; else ``conditional``.
    """
    operations, seconds = law(rows, BACKPROP, FLOPS), law(rows, BACKPROP, SECONDS)
    if operations is None:
        raise ValueError("the table holds no exponent of the transformer's operations")
    finding: Finding = "conditional"
    if _too_dear(operations) or (_too_dear(seconds) and HAS_NOT in _memory(rows, MEMORY).values()):
        finding = "refuted"
    elif equivalent(operations, 0.0) and not _too_dear(seconds) and not _memory_disagrees(rows):
        finding = "supported"
    parts = (
        _operations(operations),
        _seconds(rows, seconds),
        _in_memory(rows),
        _simulated(rows),
        _on_hardware(rows),
        _over_time(rows),
        _who(rows),
    )
    return [
        Verdict(
            claim="C1",
            verdict=finding,
            statement="\n".join(part for part in parts if part),
            effect=operations["exponent"],
            low=operations["low"],
            high=operations["high"],
            quantity="exponent in N of the FLOPs of gradient ÷ forward, transformer, reverse mode",
            conditions=_conditions(rows, config),
        )
    ]


def _too_dear(found: Row | None) -> bool:
    """Whether a ratio exceeds ω where N is largest, or grows beyond the tolerance by its whole interval."""
    if found is None:
        return False
    return found["at_largest"] > _LIMITS["omega"] or found["low"] > _LIMITS["exponent_tolerance"]


def _memory(rows: Sequence[Row], quantity: str) -> dict[str, str | None]:
    """Whether plain backpropagation's memory has the scaling, along the transformer's width and depth."""
    return {axis: scaling(law(rows, BACKPROP._replace(axis=axis), quantity)) for axis in (WIDTH, DEPTH)}


def _memory_disagrees(rows: Sequence[Row]) -> bool:
    return HAS_NOT in (*_memory(rows, MEMORY).values(), *_memory(rows, TEMPORARY).values())


def _operations(found: Row) -> str:
    return (
        f"A reverse pass through a transformer took at most {found['most']:.2f} times the operations of the forward "
        f"pass alone from N = {found['smallest']:,} to {found['largest']:,} parameters (cheap-gradient principle: at "
        f"most {_LIMITS['omega']:g}, in practice 2 to 3), a ratio that grows as {power(found)}: "
        f"{_flat(found)}."
    )


def _seconds(rows: Sequence[Row], found: Row | None) -> str:
    if found is None:
        return "Too few sizes above the knee were timed to say the same of seconds."
    return (
        f"In seconds, from the knee at N = {found['knee']:,} on, the ratio is {found['at_largest']:.2f} at N = "
        f"{found['largest']:,} and grows as {power(found)}: {_flat(found)}{_below(rows, found['knee'])}."
    )


def _below(rows: Sequence[Row], knee: int) -> str:
    ratios = [ratio for row in series(rows)[BACKPROP] if number(row) < knee and (ratio := value(row, SECONDS))]
    return f" (below the knee, where overhead weighs, it is up to {max(ratios):.2f})" if ratios else ""


def _flat(found: Row) -> str:
    tolerance, flat = _LIMITS["exponent_tolerance"], equivalent(found, 0.0)
    if flat:
        return f"flat within ±{tolerance:g}"
    if found["high"] <= tolerance:
        return "falling" if flat is False else f"not growing beyond {tolerance:g}; flat or falling is not decided"
    return f"growing beyond {tolerance:g}" if flat is False else f"flat within ±{tolerance:g} or not is not decided"


def _in_memory(rows: Sequence[Row]) -> str:
    parts = []
    for axis in (WIDTH, DEPTH):
        for one in (BACKPROP, CHECKPOINTED):
            whole, temporary = (law(rows, one._replace(axis=axis), quantity) for quantity in (MEMORY, TEMPORARY))
            if whole is not None and temporary is not None:
                parts.append(
                    f"along {axis} with {one.differentiation} {whole['at_largest']:.2f} times ({power(whole)}), of "
                    f"temporaries alone {temporary['at_largest']:.2g} times ({power(temporary)})"
                )
    if not parts:
        return ""
    return (
        f"Arguments, temporaries and gradient together {_stays(rows, MEMORY)} within O(log N) of what the forward pass "
        f"holds, temporaries alone {_stays(rows, TEMPORARY)}: together, {'; '.join(parts)}."
    )


def _stays(rows: Sequence[Row], quantity: str) -> str:
    """Under plain backpropagation, along width and depth."""
    judged = set(_memory(rows, quantity).values())
    return "do not stay" if HAS_NOT in judged else "stay" if judged == {HAS} else "are not decided to stay"


def _simulated(rows: Sequence[Row]) -> str:
    """What a simulator takes for the gradient of a circuit."""
    adjoint, shift = law(rows, ADJOINT, FLOPS), law(rows, SHIFTED, FLOPS)
    parts = []
    if adjoint is not None:
        parts.append(
            f"a circuit's adjoint gradient takes {adjoint['at_largest']:.2f} times the "
            f"operations of the forward pass ({power(adjoint)}, {_flat(adjoint)}"
            f"{_also_seconds(rows, ADJOINT, 0.0)})"
        )
    if shift is not None:
        parts.append(
            f"parameter shift takes {shift['at_largest']:,.0f} times ({power(shift)}, one power more: "
            f"{_yes(equivalent(shift, _LIMITS['shift_exponent']))}"
            f"{_also_seconds(rows, SHIFTED, _LIMITS['shift_exponent'])})"
        )
    return f"SIMULATED on this computer, {'; '.join(parts)}." if parts else ""


def _on_hardware(rows: Sequence[Row]) -> str:
    circuits = law(rows, SHIFTED, CIRCUITS)
    if circuits is None:
        return ""
    return (
        f"ON QUANTUM HARDWARE no adjoint or backpropagated gradient can run, and parameter shift takes "
        f"{'exactly 2N' if all_exact(rows) else 'not exactly 2N'} circuits for N gate angles ({power(circuits)}), each "
        "as often as the wanted error asks for."
    )


def all_exact(rows: Sequence[Row]) -> bool:
    """Whether every priced gradient by parameter shift takes 2N circuits for its N gate angles, and some was priced."""
    priced = [row for one, part in series(rows).items() if one[:3] == SHIFTED[:3] for row in part]
    return bool(priced) and all(row["executions"] == 2 * row["gate_angles"] for row in priced)


def _also_seconds(rows: Sequence[Row], one: Series, expected: float) -> str:
    found = law(rows, one, SECONDS)
    if found is None:
        return ""
    return (
        f"; in seconds {power(found)} from N = {found['knee']:,}, within the band: {_yes(equivalent(found, expected))}"
    )


def _yes(found: bool | None) -> str:
    return {True: "yes", False: "no", None: "not decided"}[found]


def _over_time(rows: Sequence[Row]) -> str:
    found = law(rows, Series(SNN, "bptt", REVERSE, STEPS), KEPT)
    if found is None:
        return ""
    return (
        f"A spiking network keeps bytes for its reverse pass that grow with time as {power(found, 'T')} under plain "
        f"backpropagation through time (in proportion: {_yes(equivalent(found, _LIMITS['time_exponent']))})."
    )


def _who(rows: Sequence[Row]) -> str:
    entries = [row for row in rows if row["part"] == FINDING and row["unavailable"] is None]
    if not entries:
        return ""

    def named(column: str, value: str) -> str:
        chosen = [row for row in entries if row[column] == value]
        return ", ".join(f"{row['paradigm']} by {row['differentiation']}" for row in chosen) or "none"

    return (
        "Backpropagation scaling (Abbas et al. 2023: time and all memory within O(log N), for a gradient of fixed "
        f"accuracy) on a classical computer: {named('simulated', HAS)}; on quantum hardware: {named('hardware', HAS)}."
    )


def power(found: Row, base: str = "N") -> str:
    """An exponent with its interval."""
    # Not to show a zero with a sign.
    exponent, low, high = (round(found[name], 3) + 0.0 for name in ("exponent", "low", "high"))
    return f"{base}^{exponent:.3f} [{low:.3f}, {high:.3f}]"


def _conditions(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    knees = dict.fromkeys(
        f"{row['paradigm']} {row['knee']:,}" for row in rows if row["part"] == "exponent" and row["quantity"] == SECONDS
    )
    rates = f"{SHOT_RATES[0]:,.0f} to {SHOT_RATES[-1]:,.0f} shots a second"
    return (
        "operations are counted on the program, loops multiplied by their trip counts; they, bytes and circuits have "
        "no noise, so that intervals of their exponents speak of misfit (curvature), and those of seconds of noise too",
        f"the knee is the least N from which on the forward pass takes {config.knee_factor:g} times a call that does "
        f"nothing, {config.transformer_knee_factor:g} times in the transformer, whose small sizes are slow for the "
        f"operations between its products too: {', '.join(knees) or 'none'}",
        "the knees' factors and the sizes that are timed were chosen after pilot runs; the thresholds were not",
        f"seconds are medians of at least {config.timing_repeats} repeats of gradient and forward pass in turn, here: "
        "on one core, and with freed memory kept, where the device is a CPU and the system offers both",
        f"transformer of {config.batch} × {config.tokens} tokens; spiking network of {config.batch} recordings of "
        f"{config.steps} steps; circuits of {config.circuit_qubits} qubits (RY, RZ, RY and a ring of CZ), "
        f"{config.circuit_batch} examples; executions are those of one example",
        "memory is arguments, temporaries and the gradient itself by XLA's own analysis; temporaries alone leave out "
        "parameters and gradient",
        f"SPSA costs a constant an estimate, but {ESTIMATES['spsa']} estimates for a root-mean-square error of the "
        f"gradient's own norm; forward gradients {ESTIMATES['forward']}",
        f"projected seconds on quantum hardware, {rates}, error {config.error:g}: "
        + "; ".join(f"of {norm} {formula}" for norm, formula in FORMULAS.items())
        + "; on this device a power law fitted above the knee and extrapolated",
    )
