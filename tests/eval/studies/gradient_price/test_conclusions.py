"""Exponents, findings, projections and outcomes from tables made up, and whether two runs agree."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from scipy import stats
from statement_tables.gradient_price import SIZES, falling, misled, root, table, unknown

from eval.judgement import Judgement, outcomes
from eval.recorder import Row
from eval.statistics.laws import power_law
from eval.studies.gradient_price import STUDY
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import Series, exponents, knee, logarithmic
from eval.studies.gradient_price.findings import findings, law, scaling, sentences
from eval.studies.gradient_price.projection import COMPONENT, HARDWARE, HERE, L2
from eval.studies.gradient_price.subjects import AXES, DEPTH, RULES, SNN, STEPS, TRANSFORMER, VQC, WIDTH
from eval.study import run_study


def test_a_logarithm_has_the_scaling_and_a_root_has_not():
    def judged(ratios):
        return scaling({**asdict(power_law(SIZES, ratios)), "log_exponent": logarithmic(SIZES)})

    assert judged([3.0] * 5) == "has it"
    assert judged([3 + 0.1 * np.log(size) for size in SIZES]) == "has it"
    assert judged([size**0.5 for size in SIZES]) == "has it not"
    assert judged([3.0, 9.0, 2.0, 11.0, 4.0]) == "undecided"
    assert scaling(None) is None


def test_the_knee_is_where_calls_are_small_from_then_on():
    def row(size, seconds):
        return {"axis": WIDTH, "parameters": size, "seconds_forward": seconds, "seconds_call": 1.0}

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
    plain = law(rows, Series(TRANSFORMER, "backprop", "reverse", WIDTH), "seconds_ratio")
    circuit = law(rows, Series(VQC, "adjoint", "reverse", AXES[VQC][0]), "seconds_ratio")
    assert plain is not None
    assert circuit is not None
    assert (plain["knee"], circuit["knee"]) == (10_000, 1000)
    assert plain["exponent"] == pytest.approx(0)
    assert judged(rows)["seconds"].outcome == "holds"
    (verdict,) = STUDY.judge(rows, Config())
    assert any("N = 10,000, overhead weighs, and the ratio of seconds is up to 4.50" in one for one in verdict.context)
    assert any("transformer 10,000" in condition for condition in verdict.conditions)


def test_a_raw_count_that_changes_changes_the_verdict_whatever_is_stored_beside_it():
    rows = table()
    tenfold = [row | {"flops_gradient": 10 * row["flops_gradient"]} if row["part"] == "price" else row for row in rows]
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
    wide = [row for row in table() if row.get("axis") != DEPTH]
    found = judged(wide)
    assert {name: found[name].outcome for name in ("growth", "memory", "temporaries")} == dict.fromkeys(
        ("growth", "memory", "temporaries"), "undecided"
    )
    growing = [row for row in table(flops=root, memory=root, temp=root) if row.get("axis") != DEPTH]
    assert {judged(growing)[name].outcome for name in ("growth", "memory", "temporaries")} == {"fails"}


def test_a_circuit_that_was_not_timed_is_undecided():
    found = judged(unknown(table(), "seconds_gradient", paradigm=VQC))
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
    found = {
        (row["paradigm"], row["differentiation"], row["gradient"]): row for row in table() if row["part"] == "finding"
    }
    assert len(found) == 3 * sum(len(rules) for rules in RULES.values())
    transformer = found[TRANSFORMER, "backprop", "reverse"]
    assert (transformer["operations"], transformer["simulated"], transformer["hardware"]) == (
        "has it", "has it", "no circuit",
    )  # fmt: skip
    adjoint, shift = found[VQC, "adjoint", "reverse"], found[VQC, "parameter_shift", "reverse"]
    assert (adjoint["simulated"], adjoint["hardware"]) == ("has it", "cannot run")
    assert (shift["operations"], shift["simulated"], shift["hardware"]) == ("has it not",) * 3
    estimate = found[TRANSFORMER, "backprop", "spsa"]
    assert (estimate["operations"], estimate["at_equal_error"], estimate["simulated"]) == (
        "has it", "has it not", "has it not",
    )  # fmt: skip
    assert found[VQC, "adjoint", "spsa"]["hardware"] == "has it not"


def test_memory_is_judged_along_the_worst_axis():
    rows = table(memory_depth=lambda size: (size / SIZES[0]) ** 0.5)
    (entry,) = (
        row
        for row in rows
        if row["part"] == "finding"
        and (row["paradigm"], row["differentiation"], row["gradient"]) == (TRANSFORMER, "backprop", "reverse")
    )
    assert (entry["memory"], entry["simulated"]) == ("has it not", "has it not")
    spoken = [sentence for sentence in sentences(rows) if "of transformer, backprop, reverse" in sentence]
    assert len(spoken) == 1
    assert "memory: has it not" in spoken[0]


def test_what_is_not_available_is_said():
    rows = [row for row in table() if row["part"] == "price"]
    for row in rows:
        if (row["differentiation"], row["gradient"]) == ("adjoint", "forward"):
            row |= {"flops_gradient": None, "unavailable": "no forward mode"}
    (entry,) = (row for row in findings(rows + exponents(rows, 30.0)) if row.get("unavailable"))
    assert (entry["differentiation"], entry["gradient"], entry.get("operations")) == ("adjoint", "forward", None)


def test_projections_are_the_printed_formulas():
    rows = [row for row in table() if row["part"] == "projection"]
    hardware = {(row["parameters"], row["shot_rate"], row["error_of"]): row for row in rows if row["where"] == HARDWARE}
    # ε = 0.01: N/ε² = 10⁷ shots for a thousand parameters.
    assert hardware[1000, 1e3, COMPONENT]["projected_seconds"] == pytest.approx(1e4)
    assert hardware[1000, 1e6, COMPONENT]["projected_seconds"] == pytest.approx(10)
    assert hardware[1000, 1e6, L2]["projected_seconds"] == pytest.approx(1e4)
    assert hardware[10**11, 1e6, COMPONENT]["projected_seconds"] == pytest.approx(1e9)
    assert all(row["executions"] == 2 * row["gate_angles"] == 2 * row["parameters"] for row in hardware.values())
    assert "N/ε²" in hardware[1000, 1e3, COMPONENT]["formula"]
    here = {row["parameters"]: row for row in rows if row["where"] == HERE and row["paradigm"] == TRANSFORMER}
    assert sorted(here) == [10**power for power in range(3, 12)]
    assert here[10**11]["projected_seconds"] == pytest.approx(3e-6 * 1e11 / 2)
    # The transformer is fitted from its knee, at 10⁴, to 10⁶.
    assert [here[10**power]["extrapolated"] for power in (3, 4, 6, 7)] == [True, False, False, True]


def test_no_part_of_the_table_lacks_a_column_or_is_no_json():
    rows = table()
    assert {row["part"] for row in rows} == {"price", "exponent", "finding", "projection"}
    named = "paradigm differentiation gradient parameters gate_angles executions flops_forward flops_gradient "
    named += "seconds_forward seconds_gradient residual_bytes temp_bytes argument_bytes"
    assert all(set(named.split()) <= set(row) for row in rows)
    json.dumps(rows, allow_nan=False)


def test_kept_bytes_are_fitted_over_time():
    found = law(table(), Series(SNN, "bptt", "reverse", STEPS), "residual_bytes")
    assert found is not None
    assert (found["exponent"], found["smallest"], found["largest"]) == (pytest.approx(1.0), SIZES[0], SIZES[-1])


def test_the_figure_is_drawn(tmp_path):
    rows = table(temp_depth=lambda size: size**0.5)
    path = STUDY.draw(rows, STUDY.judge(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.9, axis=-1)) < 0.6


def test_the_figure_is_drawn_of_nothing_but_operations(tmp_path):
    rows = [row for row in table() if row["part"] == "price"]
    for row in rows:
        row |= {"seconds_forward": None, "seconds_gradient": None, "memory_forward_bytes": None, "executions": None}
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
        names = (*Series._fields, "quantity")
        laws.append({tuple(row[name] for name in names): row for row in rows if row["part"] == "exponent"})
    first, second = laws
    assert set(first) == set(second)
    apart = {
        name: abs(first[name]["exponent"] - second[name]["exponent"])
        / (np.hypot(first[name]["error"], second[name]["error"]) or np.finfo(float).tiny)
        for name in first
    }
    assert {name: joint for name, joint in apart.items() if joint >= 3} == {}
    assert found[0] == found[1]
