"""Which directories count, which are passed over and why, and that the table alone decides a verdict."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import report_runs
from report_runs import EXECUTIONS, PLATEAUS, PRESETS, STUDIES, convert, execution_rows, plateau_rows, write_run

from eval.report.content import Report, compose
from eval.report.gather import Gathered, gather

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"


def found(root: Path) -> Gathered:
    return gather(root, STUDIES, PRESETS, convert)


def composed(root: Path, preferred: str | None = None) -> Report:
    return compose(found(root), STUDIES, PRESETS, preferred)[0]


def finding(report: Report, claim: str):
    (section,) = [section for section in report.claims if section.id == claim]
    return section.finding


def test_a_verdict_flips_when_its_table_is_altered_to_contradict_it(tmp_path):
    run = write_run(tmp_path / "run", EXECUTIONS, execution_rows(each=2))
    before = composed(tmp_path)
    assert finding(before, "C2").verdict == "supported"
    assert finding(before, "C2").effect == pytest.approx(1)
    rows = json.loads((run / "table.json").read_text())
    for row in rows:
        if row["part"] == "executions":
            row["gradient_executions"] = row["parameters"] ** 2
    (run / "table.json").write_text(json.dumps(rows))
    after = composed(tmp_path)
    assert finding(after, "C2").verdict == "refuted"
    assert finding(after, "C2").effect == pytest.approx(2)
    assert "C2" in "".join(after.answer).split("refuted")[1].split("not measured")[0]
    (study,) = after.studies
    assert study.disagreement == "verdicts.json has C2 as supported where the table gives refuted: the table decides"
    assert before.studies[0].disagreement is None


def test_what_has_not_run_is_not_measured_here_with_its_command(tmp_path):
    report = composed(tmp_path)
    sections = {section.id: section for section in report.claims}
    assert list(sections) == sorted(sections, key=lambda name: int(name[1:]))
    assert {section.finding.verdict for section in report.claims} == {"not measured here"}
    assert sections["C2"].command == "python -m scripts.study study=executions preset=quick"
    assert sections["C2"].finding.statement == "No finished run of study=executions was found."
    assert sections["C7"].command is None
    assert "no study of energy" in sections["C7"].finding.statement
    assert [missing.study for missing in report.missing] == list(STUDIES)
    assert report.missing[2].command == "python -m scripts.study study=surrogates preset=quick"


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
    assert (finding(report, "C3").preset, finding(report, "C3").verdict) == ("full", "refuted")
    (c3,) = [section for section in report.claims if section.id == "C3"]
    assert [(one.preset, one.verdict) for one in c3.beside] == [("quick", "supported"), ("custom", "supported")]
    assert any("older than the run that is shown" in sentence for sentence in report.others)
    assert finding(composed(tmp_path, "quick"), "C3").preset == "quick"


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
        ("table.json", "[{", "damaged, or of another version"),
        ("table.json", '[{"variance": NaN}]', "holds NaN, which is no JSON value"),
        ("table.json", '{"a": 1}', "table.json is no list of rows"),
        ("table.json", '[{"other": 1}]', "KeyError: 'variance'; run it again"),
        ("verdicts.json", "{", "damaged"),
        ("config.yaml", "study: [", "config.yaml cannot be read"),
        ("config.yaml", "study: alchemy\nsettings: {}", "there is no study named alchemy in this version"),
        ("config.yaml", "study: barren_plateaus\nsettings: {depth: 3}", "settings.depth is not a setting"),
        ("config.yaml", "study: barren_plateaus", "its settings are not those of this version"),
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


def test_several_studies_on_one_claim_stand_beside_each_other(tmp_path, monkeypatch):
    def also(rows, config):
        return [*report_runs.plateaus(rows, config), *EXECUTIONS.verdicts(execution_rows(4), EXECUTIONS.config())]

    study = report_runs.Study("other", "?", ("C3", "C2"), report_runs.Config, PLATEAUS.run, also, PLATEAUS.draw)
    studies, presets = {**STUDIES, "other": study}, {**PRESETS, "other": PRESETS["barren_plateaus"]}
    write_run(tmp_path / "other", study, plateau_rows())
    write_run(tmp_path / "executions", EXECUTIONS, execution_rows())
    report, _ = compose(gather(tmp_path, studies, presets, convert), studies, presets)
    sections = {section.id: section for section in report.claims}
    assert sections["C2"].finding.verdict == "supported", "the claim's own study decides"
    assert [(one.study, one.verdict) for one in sections["C2"].beside] == [("other", "refuted")]
    assert sections["C3"].finding.verdict == "not measured here"
    assert [one.study for one in sections["C3"].beside] == ["other"]
    assert sections["C2"].studies == ("executions", "other")


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
