"""Which directories count, which are passed over and why, and that the table alone decides a verdict."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import pytest
import report_runs
from report_runs import EXECUTIONS, PLATEAUS, PRESETS, STUDIES, convert, execution_rows, plateau_rows, write_run

from eval.claims import CLAIMS
from eval.report import content
from eval.report.content import compose
from eval.report.gather import Gathered, gather
from eval.report.sections import ClaimSection, Report, StatementSection

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"


def found(root: Path) -> Gathered:
    return gather(root, STUDIES, PRESETS, convert)


def composed(root: Path, preferred: str | None = None) -> Report:
    return compose(found(root), STUDIES, PRESETS, preferred)[0]


def section(report: Report, claim: str) -> ClaimSection:
    (found,) = [one for one in report.claims if one.id == claim]
    return found


def statement(report: Report, claim: str, name: str) -> StatementSection:
    (found,) = [one for one in section(report, claim).statements if one.name == name]
    return found


def outcome(report: Report, claim: str) -> set[str]:
    """The outcomes of all statements of a claim."""
    return {one.outcome for one in section(report, claim).statements}


def test_an_outcome_flips_when_its_table_is_altered_to_contradict_it(tmp_path):
    run = write_run(tmp_path / "run", EXECUTIONS, execution_rows(each=2))
    before = composed(tmp_path)
    growth = statement(before, "C2", "growth")
    assert (growth.outcome, growth.value, growth.speaks) == ("holds", pytest.approx(1), "for")
    rows = json.loads((run / "table.json").read_text())
    for row in rows:
        if row["part"] == "circuit_counts":
            row["gradient_executions"] = row["parameters"] ** 2
    (run / "table.json").write_text(json.dumps(rows))
    after = composed(tmp_path)
    growth = statement(after, "C2", "growth")
    assert (growth.outcome, growth.value, growth.speaks) == ("fails", pytest.approx(2), "against")
    assert "It fails for the growth" in section(after, "C2").line.replace("; ", ". It fails ")
    assert section(after, "C2").regimes["fails"] > section(before, "C2").regimes["fails"]
    (study,) = after.studies
    assert "C2.growth as holds where the table gives fails" in study.disagreement
    assert study.disagreement.endswith(": the table decides")
    assert before.studies[0].disagreement is None


def test_verdicts_of_a_version_without_statements_are_the_table_s_to_judge(tmp_path):
    run = write_run(tmp_path / "run", EXECUTIONS, execution_rows())
    (run / "verdicts.json").write_text('[{"claim": "C2", "verdict": "conditional", "statement": "It depends."}]')
    report = composed(tmp_path)
    assert statement(report, "C2", "growth").outcome == "holds"
    assert report.studies[0].disagreement == (
        "verdicts.json is of a version that knew no statements: the table decides"
    )


def test_what_has_not_run_is_not_measured_with_its_command(tmp_path):
    report = composed(tmp_path)
    sections = {one.id: one for one in report.claims}
    assert list(sections) == sorted(sections, key=lambda name: int(name[1:]))
    assert {one.outcome for found in sections.values() for one in found.statements} == {"not measured"}
    assert sections["C2"].commands == ("python -m scripts.study study=executions preset=quick",)
    for one in sections["C2"].statements:
        assert one.found == "No finished run of study=executions was found."
        assert one.needed == "python -m scripts.study study=executions preset=quick"
        assert one.speaks is None
    assert [missing.study for missing in report.missing] == list(STUDIES)
    assert report.missing[2].command == "python -m scripts.study study=surrogates preset=quick"


def test_a_claim_without_a_study_says_why(tmp_path, monkeypatch):
    reason = "this version has no study of search"
    without = dataclasses.replace(
        CLAIMS["C11"], study=None, unmeasured=reason, statements=MappingProxyType({}), thresholds=MappingProxyType({})
    )
    monkeypatch.setattr(content, "CLAIMS", {**CLAIMS, "C11": without})
    report = composed(tmp_path)
    found = section(report, "C11")
    assert found.commands == ()
    assert found.unmeasured == reason
    assert "Nothing in this version measures C11." in report.answer[-1]


def test_the_answer_counts_what_was_decided_and_on_which_side(tmp_path):
    nothing = composed(tmp_path / "none").answer[-1]
    assert "of which 0 are decided here. Of these, 0 speak for the argument and 0 against it." in nothing
    write_run(tmp_path / "run", EXECUTIONS, execution_rows())
    report = composed(tmp_path)
    sides = [one.speaks for one in section(report, "C2").statements]
    assert f"of which {len(sides)} are decided here." in report.answer[-1]
    assert f"{sides.count('for')} speak for the argument and {sides.count('against')} against it." in report.answer[-1]


def test_the_newest_run_of_a_preset_counts_and_full_stands_before_quick(tmp_path):
    write_run(tmp_path / "a", PLATEAUS, plateau_rows(0.04), finished=LATE)
    write_run(tmp_path / "b", PLATEAUS, plateau_rows(0.08), finished=EARLY)
    write_run(tmp_path / "c", PLATEAUS, plateau_rows(9.0), finished=EARLY, size=9)
    write_run(tmp_path / "d", PLATEAUS, plateau_rows(0.02), finished=LATE, size=5)
    gathered = found(tmp_path)
    assert [(run.preset, run.directory.name) for run in gathered.runs] == [
        ("full", "c"),
        ("quick", "a"),
        ("custom", "d"),
    ]
    assert [run.directory.name for run in gathered.older] == ["b"]
    report = composed(tmp_path)
    assert {one.preset for one in section(report, "C3").statements} == {"full"}
    assert outcome(report, "C3") == {"fails"}
    beside = section(report, "C3").beside
    assert [(one.preset, set(one.outcomes.values())) for one in beside] == [("quick", {"holds"}), ("custom", {"holds"})]
    assert any("older than the run that is shown" in sentence for sentence in report.others)
    assert {one.preset for one in section(composed(tmp_path, "quick"), "C3").statements} == {"quick"}


def test_a_seed_makes_no_other_preset_and_a_command_repeats_any_run(tmp_path):
    write_run(tmp_path / "run", PLATEAUS, plateau_rows(), seed=3)
    (study,) = composed(tmp_path).studies
    assert (study.preset, study.command) == (
        "quick", "python -m scripts.study study=barren_plateaus preset=quick seed=3",
    )  # fmt: skip
    write_run(tmp_path / "other", EXECUTIONS, execution_rows(), layers=(1, 2, 3))
    assert composed(tmp_path).studies[1].command == (
        "python -m scripts.study study=executions preset=quick 'settings.layers=[1,2,3]'"
    )


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("table.json", "[{", "damaged: "),
        ("table.json", '[{"variance": NaN}]', "holds NaN, which is no JSON value"),
        ("table.json", '{"a": 1}', "table.json is no list of rows"),
        ("table.json", '[{"other": 1}]', "is none of computed_variances, words; commit 0123456789 can read it"),
        ("table.json", "[]", "rows are missing from table.json: ZeroDivisionError: division by zero; running it again"),
        ("verdicts.json", "{", "damaged"),
        ("config.yaml", "study: [", "config.yaml cannot be read"),
        ("config.yaml", "study: alchemy\nsettings: {}", "there is no study named alchemy in this version"),
        ("config.yaml", "study: barren_plateaus\nsettings: {depth: 3}", "settings.depth is not a setting"),
        ("config.yaml", "study: barren_plateaus", "its settings are those of another version"),
        ("figure.png", None, "unfinished: it has no figure.png; resume=true continues it"),
        ("table.json", None, "unfinished: it has no table.json"),
    ],
)
def test_a_damaged_or_unfinished_directory_is_named_and_passed_over(tmp_path, file, content, reason):
    run = write_run(tmp_path / "broken", PLATEAUS, plateau_rows())
    write_run(tmp_path / "whole", EXECUTIONS, execution_rows())
    if content is None:
        (run / file).unlink()
    else:
        (run / file).write_text(content)
    report = composed(tmp_path)
    (sentence,) = report.skipped
    assert sentence.startswith(f"{run}: ")
    assert reason in sentence
    assert [study.name for study in report.studies] == ["executions"]


def test_runs_of_other_commands_are_nobody_s_business(tmp_path):
    (tmp_path / "training" / "checkpoints").mkdir(parents=True)
    (tmp_path / "training" / "config.yaml").write_text("paradigm: snn\n")
    write_run(tmp_path / "training" / "checkpoints" / "inner", PLATEAUS, plateau_rows())
    gathered = found(tmp_path)
    assert (gathered.runs, gathered.skipped) == ((), ())


def test_the_report_is_json_as_documented(tmp_path):
    report = composed(report_runs.write_all(tmp_path))
    again = json.loads(json.dumps(asdict(report), allow_nan=False))
    assert set(again) == {
        "title", "answer", "created", "version", "claims", "studies", "missing", "others", "skipped",
    }  # fmt: skip
    (surrogates,) = [study for study in again["studies"] if study["name"] == "surrogates"]
    assert surrogates["findings"] == ["6 networks were trained."]
    assert (surrogates["home"], surrogates["seconds"]) == (None, 83.2)
    (accuracy,) = surrogates["panels"][1]["curves"]
    assert accuracy["points"][0]["y"] == pytest.approx(0.905)
    # Student's interval of two values half a hundredth from their mean: t(0.975, 1) = 12.706.
    assert accuracy["points"][0]["high"] == pytest.approx(0.905 + 12.7062 * 0.005, abs=1e-6)
