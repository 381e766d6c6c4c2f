"""A study's points are measured once, whatever happens in between."""

import errno
import json
import os
import signal
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import toy_study
from toy_study import STUDY, Config, Number

from eval.claims import CLAIMS
from eval.recorder import Recorder
from eval.rows import Row, flat
from eval.study import require_sound, run_study
from training.errors import BadInput, Interrupted, NotWritten


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    toy_study.claimed(monkeypatch)
    toy_study.MEASURED.clear()
    return toy_study.MEASURED


def silent(sentence):
    pass


def test_everything_is_written(tmp_path):
    rows, (verdict,) = run_study(STUDY, Config(), tmp_path, silent)
    assert [row.index for row in rows] == [0, 0, 1, 1, 2, 2]
    assert [row.value for row in rows] == [0, 0, 1, 1, 4, 2]
    table = json.loads((tmp_path / "table.json").read_text())
    assert table == [flat(row) for row in rows]
    assert table[1] == {"part": "numbers", "index": 0, "value": 0, "random": None}
    own = json.loads((tmp_path / "numbers.json").read_text())
    assert [{"part": "numbers", **row} for row in own] == table
    assert "numbers.json" in STUDY.records
    (recorded,) = json.loads((tmp_path / "verdicts.json").read_text())
    (judgement,) = recorded["judgements"]
    assert (recorded["claim"], recorded["line"]) == ("C3", verdict.line) == ("C3", "The claim holds for a toy.")
    assert (judgement["outcome"], judgement["value"]) == ("holds", 8.0)
    assert json.loads((tmp_path / "environment.json").read_text())["packages"]["jax"]
    assert (tmp_path / "figure.png").read_text() == "6"


@pytest.mark.parametrize("torn", [b"", b'{"point": {"index": 2}, "ro'])
def test_an_interrupted_study_resumes_to_the_same_table(tmp_path, measured, torn):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    whole.mkdir()
    stopped.mkdir()
    expected = run_study(STUDY, Config(), whole, silent)
    with pytest.raises(RuntimeError, match="the lights went out"):
        run_study(STUDY, Config(fails_at=2), stopped, silent)
    with (stopped / "rows.jsonl").open("ab") as file:
        file.write(torn)
    measured.clear()
    assert run_study(STUDY, Config(), stopped, silent) == expected
    assert measured == [2], "what was on disk is not measured again"
    for name in ("rows.jsonl", "table.json", "verdicts.json"):
        assert (stopped / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system keeps no process to a core")
@pytest.mark.parametrize("steady", [False, True])
def test_a_study_that_asks_for_it_runs_on_one_core(tmp_path, steady):
    cores, seen = os.sched_getaffinity(0), []

    def run(config, recorder):
        seen.append(os.sched_getaffinity(0))
        return STUDY.run(config, recorder)

    run_study(replace(STUDY, run=run, steady=steady), Config(), tmp_path, silent)
    assert seen == [{max(cores)} if steady else cores]
    assert os.sched_getaffinity(0) == cores
    assert json.loads((tmp_path / "environment.json").read_text())["cpu_count"] == len(seen[0])


def test_a_signal_stops_it_between_two_points(tmp_path):
    def stop_after_the_first(sentence):
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Interrupted, match="stopped after 1 points and saved; resume=true continues"):
        run_study(STUDY, Config(), tmp_path, stop_after_the_first)
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drops_the_point_that_is_being_measured_and_no_other(tmp_path, number):
    def run(config, recorder):
        points = [recorder.measure({"index": index}, lambda index=index: measure(index)) for index in range(3)]
        return [row for rows in points for row in rows]

    def measure(index):
        measured.append(index)
        if measured == [0, 1]:
            signal.raise_signal(number)
        return Number(index=index, value=index)

    measured: list[int] = []
    study = replace(STUDY, run=run)
    with pytest.raises(Interrupted, match="stopped after 1 points and saved; resume=true continues"):
        run_study(study, Config(), tmp_path, silent)
    rows, _ = run_study(study, Config(), tmp_path, silent)
    assert measured == [0, 1, 1, 2]
    assert [row.value for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("name", ["rows.jsonl", "table.json", "figure.png"])
def test_a_file_that_finds_no_room_is_named_and_the_study_resumed(tmp_path, monkeypatch, name):
    path_open = Path.open

    def full(path, *arguments, **options):
        if path.name in (name, f"{name}.partial"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return path_open(path, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(NotWritten, match=rf"{tmp_path / name} could not be written \(No space left on device\); "):
            run_study(STUDY, Config(), tmp_path, silent)
    assert run_study(STUDY, Config(), tmp_path, silent)[0]


@pytest.mark.parametrize(
    ("name", "content"), [("rows.jsonl", b"\xff\n"), ("environment.json", b"{"), ("environment.json", b"{}")]
)
def test_a_damaged_file_is_refused_before_anything_is_written(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=rf"{name}.* is damaged.*or choose another run_dir$"):
        require_sound(STUDY, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: content}


def test_a_damaged_line_is_refused_with_its_number(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"point": {}, "rows": []}\nnonsense\n')
    with pytest.raises(
        BadInput, match=r"rows\.jsonl, line 2, is damaged; delete that line .*or choose another run_dir$"
    ):
        Recorder(path, STUDY.kinds, silent)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_not_recorded(tmp_path, value):
    recorder = Recorder(tmp_path / "rows.jsonl", STUDY.kinds, silent)
    with pytest.raises(ValueError, match="JSON"):
        recorder.measure({"index": 0}, lambda: Number(index=0, value=value))
    assert not (tmp_path / "rows.jsonl").exists()


@pytest.mark.parametrize(
    "row",
    [{"part": "numbers", "number": 1}, {"part": "digits", "index": 0}, {"index": 0, "value": 1, "random": None}],
)
def test_rows_of_another_version_are_refused_with_a_way_out(tmp_path, row):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"point": {"index": 0}, "rows": [row]}) + "\n")
    with pytest.raises(BadInput, match=r"line 1, was not measured by this version .*delete the file to measure again"):
        require_sound(STUDY, tmp_path)


def test_a_row_of_a_kind_that_the_study_does_not_have_is_written_nowhere(tmp_path):
    @dataclass(frozen=True, kw_only=True)
    class Stranger(Row):
        part: ClassVar[str] = "strangers"

    with pytest.raises(ValueError, match="part='strangers' is none of numbers"):
        run_study(replace(STUDY, run=lambda config, recorder: [Stranger()]), Config(), tmp_path, silent)
    assert not (tmp_path / "table.json").exists()


def test_a_study_must_judge_every_statement_that_is_its_own(tmp_path):
    study = replace(STUDY, verdicts=lambda rows, config: [replace(STUDY.verdicts(rows, config)[0], judgements=())])
    with pytest.raises(ValueError, match=r"study toy judged the statements \[\] of C3, not \['sum'\]"):
        run_study(study, Config(), tmp_path, silent)
    assert not (tmp_path / "verdicts.json").exists()


def test_every_claim_says_what_is_claimed_and_where():
    for name, claim in CLAIMS.items():
        assert name[0] == "C"
        assert all((claim.text, claim.source, claim.statistic, claim.title, claim.question, claim.literature))
        assert bool(claim.thresholds) == bool(claim.statements) == (claim.study is not None)


class Clock:
    """A clock that moves by what a study says its points take."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in ("eval.study", "eval.recorder"):
        monkeypatch.setattr(f"{module}.time", clock)
    return clock


def test_seconds_add_up_over_sittings_and_the_end_is_in_utc(tmp_path, clock):
    def run(config, recorder):
        def measure():
            clock.now += 30
            return Number(index=0, value=1)

        first = recorder.measure({"index": 0}, measure)
        clock.now += 4
        if clock.now < 1040:
            raise RuntimeError("the lights went out")
        return first

    study = replace(STUDY, run=run)
    with pytest.raises(RuntimeError, match="the lights went out"):
        run_study(study, Config(), tmp_path, silent)
    stopped = json.loads((tmp_path / "environment.json").read_text())
    assert stopped["seconds"] == 34
    assert "finished" not in stopped
    clock.now += 1000
    before = datetime.now(UTC).replace(microsecond=0)
    run_study(study, Config(), tmp_path, silent)
    ended = json.loads((tmp_path / "environment.json").read_text())
    assert ended["seconds"] == 38
    finished = datetime.fromisoformat(ended["finished"])
    assert finished.utcoffset() == timedelta(0)
    assert before <= finished <= datetime.now(UTC)


def test_what_a_killed_sitting_leaves_counts_as_nothing(tmp_path, clock):
    """A process that is killed leaves the environment as it was written at the start, with what was known then."""
    seen = []

    def run(config, recorder):
        seen.append(json.loads((tmp_path / "environment.json").read_text())["seconds"])
        clock.now += 5
        return STUDY.run(config, recorder)

    for _ in range(2):
        run_study(replace(STUDY, run=run), Config(), tmp_path, silent)
    assert seen == [0, 5]


def test_a_study_judges_by_its_configuration_and_draws_what_was_judged(tmp_path):
    given = {}

    def verdicts(rows, config):
        given["config"] = config
        return STUDY.verdicts(rows, config)

    def draw(rows, found, directory):
        given["found"] = found
        return STUDY.draw(rows, found, directory)

    _, found = run_study(replace(STUDY, verdicts=verdicts, draw=draw), Config(points=2), tmp_path, silent)
    assert given == {"config": Config(points=2), "found": found}


def test_every_point_is_announced_with_its_time_and_what_is_kept_is_counted(tmp_path, clock):
    def measure():
        clock.now += 2.25
        return Number(index=0, value=1)

    said: list[str] = []
    recorder = Recorder(tmp_path / "rows.jsonl", STUDY.kinds, said.append)
    recorder.measure({"model": "a", "qubits": 4}, measure)
    recorder.measure({"model": "b", "qubits": 4}, measure)
    assert said == ["   1     2.2 s  model a, qubits 4", "   2     2.2 s  model b, qubits 4"]
    again: list[str] = []
    Recorder(tmp_path / "rows.jsonl", STUDY.kinds, again.append)
    assert again == ["2 points were measured before and are kept"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_table_holds_json_alone(tmp_path, value):
    with pytest.raises(ValueError, match="JSON"):
        run_study(
            replace(STUDY, run=lambda config, recorder: [Number(index=0, value=value)]), Config(), tmp_path, silent
        )
    assert not (tmp_path / "table.json").exists()
