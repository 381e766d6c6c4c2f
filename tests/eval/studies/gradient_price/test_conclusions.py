"""Exponents, findings, projections and outcomes from tables made up, and whether two runs agree."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from typing import Any, get_args

import matplotlib.image
import numpy as np
import pytest
from scipy import stats
from statement_tables.gradient_price import SIZES, falling, misled, prices, root, table, unknown

from eval.judgement import Judgement, outcomes
from eval.rows import COLUMNS, Row, flat, of
from eval.statistics.laws import power_law
from eval.studies.gradient_price import STUDY
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import QUANTITIES, exponents, knee, logarithmic, value
from eval.studies.gradient_price.findings import concluded, findings, law, scaling, sentences
from eval.studies.gradient_price.names import AXES, DEPTH, LAYERS, OWN, RULES, SNN, STEPS, TRANSFORMER, VQC, WIDTH
from eval.studies.gradient_price.projection import COMPONENT, L2
from eval.studies.gradient_price.rows import (
    DeviceProjection,
    Exponent,
    Finding,
    GradientPrice,
    HardwareProjection,
    Quantity,
    Series,
    TargetPrice,
    UnavailableGradient,
)
from eval.study import run_study

PLAIN = Series(TRANSFORMER, "backprop", "reverse", WIDTH)


def exponent_of(ratios: list[float]) -> Exponent:
    """The exponent of ratios at ``SIZES``."""
    fitted = power_law(SIZES, ratios)
    return Exponent(
        **PLAIN._asdict(), quantity="cost/gradient_to_forward_flops", exponent=fitted.exponent, low=fitted.low,
        high=fitted.high, standard_error=fitted.error, factor=fitted.factor, log_exponent=logarithmic(SIZES),
        points=len(SIZES), smallest=SIZES[0], largest=SIZES[-1], at_largest=ratios[-1], most=max(ratios), knee=None,
    )  # fmt: skip


def test_a_logarithm_has_the_scaling_and_a_root_has_not():
    def judged(ratios):
        return scaling(exponent_of(ratios))

    assert judged([3.0] * 5) == "has it"
    assert judged([3 + 0.1 * float(np.log(size)) for size in SIZES]) == "has it"
    assert judged([size**0.5 for size in SIZES]) == "has it not"
    assert judged([3.0, 9.0, 2.0, 11.0, 4.0]) == "undecided"
    assert scaling(None) is None


def test_the_knee_is_where_calls_are_small_from_then_on():
    def row(size, seconds):
        return replace(prices()[0], axis=WIDTH, parameters=size, forward_seconds=seconds, call_seconds=1.0)

    rows = [row(10, 1.0), row(100, 12.0), row(1000, 9.0), row(10_000, 11.0), row(100_000, 50.0), row(7, None)]
    assert knee(rows, 10.0) == 10_000
    # The same forward pass timed twice: the better time counts.
    assert knee([*rows, row(10_000, 9.5)], 10.0) == 100_000
    assert knee(rows[:1], 10.0) is None
    assert knee([], 10.0) is None


def judged(rows: list[Row]) -> dict[str, Judgement]:
    (verdict,) = STUDY.judge(rows, Config())
    return {one.statement: one for one in verdict.judgements}


def test_the_transformer_has_a_knee_of_its_own_and_its_overhead_is_said():
    rows = table(seconds=lambda size: 1.5 if size < 10_000 else 1.0)
    plain = law(of(rows, Exponent), PLAIN, "time/gradient_to_forward")
    circuit = law(of(rows, Exponent), Series(VQC, "adjoint", "reverse", LAYERS), "time/gradient_to_forward")
    assert plain is not None
    assert circuit is not None
    assert (plain.knee, circuit.knee) == (10_000, 1000)
    assert plain.exponent == pytest.approx(0)
    assert judged(rows)["seconds"].outcome == "holds"
    (verdict,) = STUDY.judge(rows, Config())
    assert any("N = 10,000, overhead weighs, and the ratio of seconds is up to 4.50" in one for one in verdict.context)
    assert any("transformer 10,000" in condition for condition in verdict.conditions)


def test_a_raw_count_that_changes_changes_the_verdict_whatever_is_stored_beside_it():
    rows = table()
    tenfold = [
        replace(row, flops=10 * row.flops) if isinstance(row, GradientPrice) and row.flops is not None else row
        for row in rows
    ]
    before, after = judged(rows)["operations"], judged(tenfold)["operations"]
    assert (before.outcome, before.value) == ("holds", pytest.approx(3.0))
    assert (after.outcome, after.value) == ("fails", pytest.approx(30.0))


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({"flops": lambda size: 1.34}, {"operations"}),
        ({"flops_depth": lambda size: 1.34}, {"operations"}),
        ({"flops": lambda size: size**0.06 / 2}, {"growth"}),
        ({"flops": falling}, set()),
        ({"seconds": lambda size: 1.34}, {"seconds"}),
        ({"seconds": lambda size: size**0.06 / 2}, {"seconds"}),
        ({"seconds_depth": root}, set()),
        ({"memory": root}, {"memory"}),
        ({"temp": root}, {"temporaries"}),
        ({"memory": lambda size: 3 + 0.1 * np.log(size)}, set()),
        ({"adjoint_flops": root}, {"adjoint"}),
        ({"shift_seconds": falling}, {"parameter_shift"}),
        ({"shift_flops": root, "circuits": root, "kept": root}, set()),
    ],
)
def test_each_statement_rests_on_its_own_numbers(changes, fails):
    assert {name for name, one in judged(table(**changes)).items() if one.outcome == "fails"} == fails


def test_a_transformer_priced_along_one_axis_alone_is_undecided_unless_that_one_fails():
    wide = [row for row in table() if getattr(row, "axis", None) != DEPTH]
    found = judged(wide)
    assert {name: found[name].outcome for name in ("growth", "memory", "temporaries")} == dict.fromkeys(
        ("growth", "memory", "temporaries"), "undecided"
    )
    growing = [row for row in table(flops=root, memory=root, temp=root) if getattr(row, "axis", None) != DEPTH]
    assert {judged(growing)[name].outcome for name in ("growth", "memory", "temporaries")} == {"fails"}


def test_a_circuit_that_was_not_timed_is_undecided():
    found = judged(unknown(table(), "gradient_seconds", paradigm=VQC))
    assert (found["adjoint"].outcome, found["parameter_shift"].outcome) == ("undecided", "undecided")
    assert "timed at too few depths" in found["adjoint"].found


def test_the_mean_of_ratios_and_their_exponent_hold_together():
    ratios = {10_000: 3.3, 100_000: 2.8, 1_000_000: 3.1}
    rows = table(seconds=lambda size: ratios.get(size, 3.0) / 3.0)
    one = judged(rows)["seconds"]
    fit: Any = stats.linregress(np.log(list(ratios)), np.log(list(ratios.values())))
    half = stats.t.ppf(1 - 0.05 / 4, 1) * fit.stderr
    assert (one.value, one.low, one.high) == pytest.approx((fit.slope, fit.slope - half, fit.slope + half))
    assert f"{stats.gmean(list(ratios.values())):.2f} on average" in one.found


def test_circuits_that_are_not_2n_are_said():
    assert "exactly 2N circuits" in judged(table())["hardware"].found
    assert "takes not exactly 2N circuits" in judged(table(circuits=lambda size: 1.5))["hardware"].found


def test_who_has_the_scaling_is_said():
    (verdict,) = STUDY.judge(misled(table()), Config())
    classical, hardware = (
        next(one for one in verdict.context if f"On {place}" in one)
        for place in ("a classical computer", "quantum hardware")
    )
    assert "transformer by backprop" in classical
    assert "vqc by adjoint" in classical
    assert "parameter_shift" not in classical
    assert hardware.endswith("of no rule.")


def test_findings_tell_simulation_from_hardware():
    found = {(row.paradigm, row.differentiation, row.gradient): row for row in of(table(), Finding)}
    assert len(found) == 3 * sum(len(rules) for rules in RULES.values())
    transformer = found[TRANSFORMER, "backprop", "reverse"]
    assert (transformer.operations, transformer.simulated, transformer.hardware) == ("has it", "has it", "no circuit")
    adjoint, shift = found[VQC, "adjoint", "reverse"], found[VQC, "parameter_shift", "reverse"]
    assert (adjoint.simulated, adjoint.hardware) == ("has it", "cannot run")
    assert (shift.operations, shift.simulated, shift.hardware) == ("has it not",) * 3
    estimate = found[TRANSFORMER, "backprop", "spsa"]
    assert (estimate.operations, estimate.at_equal_error, estimate.simulated) == ("has it", "has it not", "has it not")
    assert found[VQC, "adjoint", "spsa"].hardware == "has it not"


def test_memory_is_judged_along_the_worst_axis():
    rows = table(memory_depth=lambda size: (size / SIZES[0]) ** 0.5)
    (entry,) = (row for row in of(rows, Finding) if row.series == PLAIN)
    assert (entry.memory, entry.simulated) == ("has it not", "has it not")
    spoken = [sentence for sentence in sentences(rows) if "of transformer, backprop, reverse" in sentence]
    assert len(spoken) == 1
    assert "memory: has it not" in spoken[0]


def unavailable(**changes: Any) -> list[Row]:
    """A table in which the adjoint rule has no forward mode, at any size."""
    absent = Series(VQC, "adjoint", "forward", LAYERS)
    rows = [row for row in table(**changes) if not (isinstance(row, (GradientPrice, Finding)) and row.series == absent)]
    return [UnavailableGradient(**absent._asdict(), size=size, reason="no forward mode") for size in SIZES[::-1]] + rows


def test_what_is_not_available_is_said_once():
    priced = of(unavailable(), GradientPrice)
    assert ("adjoint", "forward") not in {
        (entry.differentiation, entry.gradient) for entry in findings(priced, exponents(priced, 30.0))
    }
    spoken = [sentence for sentence in sentences(unavailable()) if "adjoint, forward" in sentence]
    assert spoken == ["vqc, adjoint, forward: none, no forward mode"]


def test_rules_and_estimators_are_told_in_their_order_whatever_that_of_the_rows():
    own = [
        replace(row, paradigm="transformer", axis=OWN, differentiation="as built")
        for row in of(table(), Finding)
        if row.series == PLAIN
    ]
    found = [(row.axis, row.differentiation, row.gradient) for row in concluded(own + unavailable()[::-1])]
    assert found == [
        (AXES[name][0], rule, estimator)
        for name, rules in RULES.items()
        for rule in rules
        for estimator in ("reverse", "spsa", "forward")
    ] + [(OWN, "as built", "reverse")]


def test_projections_are_the_printed_formulas():
    rows = table()
    hardware = {(row.parameters, row.shot_rate, row.error_of): row for row in of(rows, HardwareProjection)}
    # ε = 0.01: N/ε² = 10⁷ shots for a thousand parameters.
    assert hardware[1000, 1e3, COMPONENT].projected_seconds == pytest.approx(1e4)
    assert hardware[1000, 1e6, COMPONENT].projected_seconds == pytest.approx(10)
    assert hardware[1000, 1e6, L2].projected_seconds == pytest.approx(1e4)
    assert hardware[10**11, 1e6, COMPONENT].projected_seconds == pytest.approx(1e9)
    assert all(row.gradient_executions == 2 * row.parameters for row in hardware.values())
    assert all(row.projected_seconds * row.shot_rate == pytest.approx(row.shots_to_error) for row in hardware.values())
    assert "N/ε²" in hardware[1000, 1e3, COMPONENT].formula
    here = {row.parameters: row for row in of(rows, DeviceProjection) if row.paradigm == TRANSFORMER}
    assert sorted(here) == [10**power for power in range(3, 12)]
    assert here[10**11].projected_seconds == pytest.approx(3e-6 * 1e11 / 2)
    # The transformer is fitted from its knee, at 10⁴, to 10⁶.
    assert [here[10**power].extrapolated for power in (3, 4, 6, 7)] == [True, False, False, True]


def test_the_whole_table_is_json_and_comes_back_as_it_was():
    compiled = TargetPrice(
        **PLAIN._asdict(), size=4, parameters=10, target="h100", forward_flops=1, flops=3, forward_peak_bytes=100,
        peak_bytes=250, code_bytes=None, fits=True, forward_roofline_seconds=1e-6, roofline_seconds=3e-6,
        roofline_bound="memory", forward_compiler_seconds=None, compiler_seconds=None, compile_seconds=1.5,
        unavailable=None,
    )  # fmt: skip
    rows = [*unavailable(), compiled]
    assert {type(row) for row in rows} == set(STUDY.kinds)
    assert STUDY.read(json.loads(json.dumps([flat(row) for row in rows], allow_nan=False))) == rows


def test_quantities_that_are_metrics_bear_their_names():
    assert get_args(Quantity) == QUANTITIES
    assert {name for name in QUANTITIES if "/" in name} <= set(COLUMNS.values())
    assert {name for name in QUANTITIES if name in COLUMNS} == set()


def test_ratios_and_shares_by_hand():
    price = replace(
        prices()[0], flops=9, forward_flops=2, gradient_seconds=8.0, forward_seconds=4.0, total_bytes=7,
        forward_total_bytes=2, temp_bytes=9, forward_temp_bytes=6, residual_bytes=11, gradient_executions=12, batch=16,
    )  # fmt: skip
    assert [value(price, quantity) for quantity in QUANTITIES] == [4.5, 2.0, 3.5, 1.5, 11, 12, 0.5]
    none = replace(price, flops=None, forward_seconds=None, forward_temp_bytes=0, residual_bytes=None)
    assert [value(none, quantity) for quantity in QUANTITIES] == [None, None, 3.5, None, None, 12, 0.5]


def test_a_price_without_its_number_is_refused():
    price = replace(prices()[0], axis=LAYERS, size=3, gate_angles=None)
    with pytest.raises(ValueError, match="a price along layers needs a size, or gate angles"):
        _ = price.number
    assert replace(price, axis=STEPS).number == 3
    assert replace(price, axis=LAYERS, gate_angles=5).number == 5
    assert replace(price, axis=OWN, gate_angles=5).number == price.parameters


def test_kept_bytes_are_fitted_over_time():
    found = law(of(table(), Exponent), Series(SNN, "bptt", "reverse", STEPS), "memory/residual_bytes")
    assert found is not None
    assert (found.exponent, found.smallest, found.largest) == (pytest.approx(1.0), SIZES[0], SIZES[-1])


def test_the_figure_is_drawn(tmp_path):
    rows = unavailable(temp_depth=lambda size: size**0.5)
    path = STUDY.draw(rows, STUDY.judge(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.9, axis=-1)) < 0.6


def test_the_figure_is_drawn_of_nothing_but_operations(tmp_path):
    absent = ("forward_seconds", "gradient_seconds", "forward_total_bytes", "gradient_executions")
    rows: list[Row] = [replace(row, **dict.fromkeys(absent)) for row in of(table(), GradientPrice)]
    STUDY.draw(rows, [], tmp_path)
    assert (tmp_path / "figure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_two_quick_runs_agree(tmp_path):
    """Every exponent within 3 joint standard errors, and every outcome the same."""
    laws, found = [], []
    for seed in (0, 1):
        directory = tmp_path / str(seed)
        directory.mkdir()
        rows, verdicts = run_study(STUDY, dataclasses.replace(Config(), seed=seed), directory)
        found.append(outcomes(verdicts))
        laws.append({(row.series, row.quantity): row for row in of(rows, Exponent)})
    first, second = laws
    assert set(first) == set(second)
    apart = {
        name: abs(first[name].exponent - second[name].exponent)
        / (np.hypot(first[name].standard_error, second[name].standard_error) or np.finfo(float).tiny)
        for name in first
    }
    assert {name: joint for name, joint in apart.items() if joint >= 3} == {}
    assert found[0] == found[1]
