"""Exponents, findings, projections and verdicts from tables made up, and whether two runs agree."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from eval.recorder import Row
from eval.statistics.laws import power_law
from eval.studies.gradient_price import STUDY
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import Series, exponents, knee, logarithmic
from eval.studies.gradient_price.findings import findings, law, scaling, sentences
from eval.studies.gradient_price.pricing import COLUMNS
from eval.studies.gradient_price.projection import COMPONENT, HARDWARE, HERE, L2, projections
from eval.studies.gradient_price.repeatability import differences, disagreements
from eval.studies.gradient_price.subjects import AXES, DEPTH, RULES, SNN, STEPS, TRANSFORMER, VQC, WIDTH
from eval.studies.gradient_price.verdict import verdicts
from eval.study import run_study

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)


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


RATIOS = {"flops": 3.0, "seconds": 3.0, "memory": 2.5, "temp": 2.0}


def made_up(**changes: Any) -> list[Row]:
    """A table in which every ratio is flat, but for parameter shift; ``changes`` are factors ``N -> number`` of the
    transformer's reverse mode, by the names of ``RATIOS``, with ``_depth`` after them along its depth."""
    rows: list[Row] = []
    for paradigm, axes in AXES.items():
        for axis in axes:
            for rule in RULES[paradigm]:
                for estimator in ("reverse", "spsa", "forward") if axis == axes[0] else ("reverse",):
                    rows += [_row(paradigm, axis, rule, estimator, size, changes) for size in SIZES]
    rows += exponents(rows, 30.0, {TRANSFORMER: 500.0})
    rows += findings(rows)
    rows += projections(rows, Config())
    return [dict.fromkeys(COLUMNS) | row for row in rows]


def _row(paradigm: str, axis: str, rule: str, estimator: str, size: int, changes: dict[str, Any]) -> Row:
    ratios = dict(RATIOS)
    if paradigm == TRANSFORMER and rule == "backprop" and estimator == "reverse":
        suffix = "_depth" if axis == DEPTH else ""
        ratios = {name: ratio * changes.get(name + suffix, lambda n: 1.0)(size) for name, ratio in ratios.items()}
    shift = rule == "parameter_shift" and estimator == "reverse"
    if shift:
        ratios |= {"flops": 2.0 * size, "seconds": 2.0 * size}
    circuit = paradigm == VQC
    return dict.fromkeys(COLUMNS) | {
        "part": "price",
        "paradigm": paradigm,
        "axis": axis,
        "size": size,
        "differentiation": rule,
        "gradient": estimator,
        "parameters": size,
        "gate_angles": size if circuit else None,
        "executions_forward": 1 if circuit else None,
        "executions": 2 * size if shift else 2 if circuit and estimator == "spsa" else None,
        "flops_forward": 10.0 * size,
        "flops_gradient": 10.0 * size * ratios["flops"],
        "seconds_forward": 1e-6 * size,
        "seconds_call": 1e-5,
        "seconds_gradient": 1e-6 * size * ratios["seconds"],
        "residual_bytes": 40 * size if estimator == "reverse" else None,
        "temp_bytes": 100 * ratios["temp"],
        "temp_bytes_forward": 100,
        "memory_forward_bytes": 10 * size,
        "memory_gradient_bytes": 10 * size * ratios["memory"],
        "argument_bytes": 4 * size,
        "batch": 2,
    }


def test_the_transformer_has_a_knee_of_its_own_and_its_overhead_is_said():
    rows = made_up(seconds=lambda size: 1.5 if size < 10_000 else 1.0)
    plain = law(rows, Series(TRANSFORMER, "backprop", "reverse", WIDTH), "seconds_ratio")
    circuit = law(rows, Series(VQC, "adjoint", "reverse", AXES[VQC][0]), "seconds_ratio")
    assert plain is not None
    assert circuit is not None
    assert (plain["knee"], circuit["knee"]) == (10_000, 1000)
    assert plain["exponent"] == pytest.approx(0)
    (verdict,) = verdicts(rows, Config())
    assert "flat within ±0.05 (below the knee, where overhead weighs, it is up to 4.50)" in verdict.statement


def test_the_verdict_follows_the_numbers():
    def judged(**changes: Any) -> tuple[str, str]:
        (verdict,) = verdicts(made_up(**changes), Config())
        return verdict.verdict, verdict.statement

    def root(size: float) -> float:
        return (size / SIZES[0]) ** 0.5

    found, statement = judged()
    assert found == "supported"
    assert "at most 3.00 times the operations" in statement
    assert "exactly 2N circuits" in statement
    assert "N^1.000 [1.000, 1.000], one power more: yes" in statement
    assert "T^1.000" in statement
    # Operations that grow, or are too many, refute; memory or seconds alone make it conditional, both refute.
    assert judged(flops=root)[0] == "refuted"
    assert judged(flops=lambda size: 1.5)[0] == "refuted"
    assert judged(temp_depth=root)[0] == "conditional"
    assert judged(memory=root)[0] == "conditional"
    assert judged(seconds=root)[0] == "conditional"
    assert judged(seconds=lambda size: 2.0)[0] == "conditional"
    assert judged(seconds=root, memory_depth=root)[0] == "refuted"
    # Neither flat nor growing beyond doubt.
    assert judged(flops=lambda size: 1.0 + 0.3 * (size == SIZES[2]))[0] == "conditional"


def test_the_effect_is_the_exponent_of_operations():
    (verdict,) = verdicts(made_up(flops=lambda size: size**0.02), Config())
    assert verdict.effect == pytest.approx(0.02)
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low <= 0.02 <= verdict.high + 1e-12


def test_findings_tell_simulation_from_hardware():
    found = {
        (row["paradigm"], row["differentiation"], row["gradient"]): row for row in made_up() if row["part"] == "finding"
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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("together stay", "alone stay")),
        ({"temp_depth": lambda size: size**0.9}, ("together stay", "alone do not stay")),
        ({"memory": lambda size: size**0.9}, ("together do not stay", "alone stay")),
        ({"memory": lambda size: 10 ** ((size * 7919) % 13)}, ("together are not decided to stay", "alone stay")),
    ],
)
def test_what_stays_of_memory_is_said_of_both_kinds(changes: dict[str, Any], words: tuple[str, str]):
    (verdict,) = verdicts(made_up(**changes), Config())
    assert all(word in verdict.statement for word in words), verdict.statement


def test_memory_is_judged_along_the_worst_axis():
    rows = made_up(memory_depth=lambda size: (size / SIZES[0]) ** 0.5)
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
    rows = [row for row in made_up() if row["part"] == "price"]
    for row in rows:
        if (row["differentiation"], row["gradient"]) == ("adjoint", "forward"):
            row |= {"flops_gradient": None, "unavailable": "no forward mode"}
    (entry,) = (row for row in findings(rows + exponents(rows, 30.0)) if row.get("unavailable"))
    assert (entry["differentiation"], entry["gradient"], entry.get("operations")) == ("adjoint", "forward", None)


def test_projections_are_the_printed_formulas():
    rows = [row for row in made_up() if row["part"] == "projection"]
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
    rows = made_up()
    assert {row["part"] for row in rows} == {"price", "exponent", "finding", "projection"}
    named = "paradigm differentiation gradient parameters gate_angles executions flops_forward flops_gradient "
    named += "seconds_forward seconds_gradient residual_bytes temp_bytes argument_bytes"
    assert all(set(named.split()) <= set(row) for row in rows)
    json.dumps(rows, allow_nan=False)


def test_kept_bytes_are_fitted_over_time():
    found = law(made_up(), Series(SNN, "bptt", "reverse", STEPS), "residual_bytes")
    assert found is not None
    assert (found["exponent"], found["smallest"], found["largest"]) == (pytest.approx(1.0), SIZES[0], SIZES[-1])


def test_two_runs_are_compared_by_their_joint_errors():
    first = made_up(seconds=lambda size: 1.0 + 0.1 * (size == SIZES[2]))
    second = made_up(seconds=lambda size: 1.0 - 0.1 * (size == SIZES[3]))
    assert all(row["difference"] == 0 for row in differences(first, first))
    (one,) = (
        row
        for row in differences(first, second)
        if (row["paradigm"], row["axis"], row["differentiation"], row["gradient"], row["quantity"])
        == (TRANSFORMER, WIDTH, "backprop", "reverse", "seconds_ratio")
    )
    laws = [law(rows, Series(TRANSFORMER, "backprop", "reverse", WIDTH), "seconds_ratio") for rows in (first, second)]
    errors = [found["error"] for found in laws if found is not None]
    assert one["difference"] == pytest.approx(abs(one["first"] - one["second"]) / np.hypot(*errors))
    assert not disagreements((first, verdicts(first, Config())), (second, verdicts(second, Config())))
    other = made_up(flops=lambda size: size**0.2)
    said = disagreements((first, verdicts(first, Config())), (other, verdicts(other, Config())))
    assert any("flops_ratio of transformer, backprop, reverse, width" in sentence for sentence in said)
    assert "C1: supported and refuted" in said


def test_the_figure_is_drawn(tmp_path):
    rows = made_up(temp_depth=lambda size: size**0.5)
    path = STUDY.draw(rows, verdicts(rows, Config()), tmp_path)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert path == tmp_path / "figure.png"
    assert 0.005 < np.mean(np.any(pixels < 0.9, axis=-1)) < 0.6


def test_the_figure_is_drawn_of_nothing_but_operations(tmp_path):
    rows = [row for row in made_up() if row["part"] == "price"]
    for row in rows:
        row |= {"seconds_forward": None, "seconds_gradient": None, "memory_forward_bytes": None, "executions": None}
    STUDY.draw(rows, [], tmp_path)
    assert (tmp_path / "figure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_two_quick_runs_agree(tmp_path):
    runs = []
    for seed in (0, 1):
        directory = tmp_path / str(seed)
        directory.mkdir()
        runs.append(run_study(STUDY, dataclasses.replace(Config(), seed=seed), directory))
    assert disagreements(*runs) == []
