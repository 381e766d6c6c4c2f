"""``python -m scripts.report``: what it writes and says, what it runs, how it fails, and how it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import report_runs
import toy_study
from report_runs import EXECUTIONS, PLATEAUS, execution_rows, plateau_rows, write_all, write_run

from scripts import report
from scripts.running import study_processes
from scripts.running.study_processes import LOG, Todo, run_studies, study_command
from scripts.study import STUDIES
from training.errors import BadInput, Interrupted


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Three studies that are read and never run, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "load_studies", lambda: report_runs.STUDIES)
    monkeypatch.setattr(report, "load_presets", lambda studies: report_runs.PRESETS)


def values(**changes):
    return {"runs": "runs", "run_dir": "out", "jobs": None, "chosen": None, "trainer": None, **changes}


def test_it_writes_three_files_and_points_on(few, tmp_path, capsys):
    write_all(tmp_path / "runs")
    page = report.report(values())
    out = capsys.readouterr().out
    for name in ("report.html", "report.md", "report.json"):
        assert (page.parent / name).is_file()
        assert str(page.parent / name) in out
    assert "C3  Barren plateaus" in out
    assert out.splitlines()[-1] == "next: open the page in a browser"


def test_without_a_preset_nothing_is_run_and_the_way_on_is_said(few, monkeypatch, capsys):
    monkeypatch.setattr(study_processes, "run_studies", lambda *_: pytest.fail("something was run"))
    report.report(values())
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "next: python -m scripts.report preset=quick runs what is missing (barren_plateaus, executions, surrogates)"
    )


def test_damaged_directories_are_named(few, tmp_path, capsys):
    run = write_run(tmp_path / "runs" / "broken", PLATEAUS, plateau_rows())
    (run / "table.json").write_text("[")
    report.report(values())
    assert "passed over runs/broken: damaged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"chosen": "default"}, "preset=default is not one of full, quick; leave it out to run nothing"),
        ({"jobs": 0}, "jobs=0 must be at least 1"),
        ({"runs": "nowhere"}, "runs=nowhere is no directory"),
        ({"typo": 1}, "typo is not a setting"),
        ({"trainer": {"steps": 3}}, "trainer is not a setting"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(few, tmp_path, changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        report.report(values(**changes))
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_takes_a_preset_by_name(few, command, monkeypatch):
    taken = []
    monkeypatch.setattr(report, "report", taken.append)
    assert command(report.main).code == 0
    assert command(report.main, "preset=quick", "jobs=1", "runs=elsewhere").code == 0
    assert [(one["chosen"], one["runs"], one["jobs"]) for one in taken] == [
        (None, "runs", None), ("quick", "elsewhere", 1),
    ]  # fmt: skip
    assert "preset=thorough is not one of" in command(report.main, "preset=thorough").error


def test_presets_are_those_of_the_yaml():
    studies = report.load_studies()
    assert tuple(studies) == STUDIES
    for name, presets in report.load_presets(studies).items():
        assert presets["quick"] == studies[name].config()
        assert presets["full"] != presets["quick"]


def planned(root: Path, preset: str = "quick") -> dict[str, Todo]:
    gathered = report.gather_studies(root, report_runs.STUDIES, report_runs.PRESETS)
    return {todo.study: todo for todo in report.plan(gathered, preset, root, report_runs.STUDIES)}


def test_what_is_finished_is_not_run_again_and_what_was_begun_goes_on(tmp_path):
    write_run(tmp_path / "done", EXECUTIONS, execution_rows())
    begun = write_run(tmp_path / "begun", PLATEAUS, plateau_rows(), seed=5)
    (begun / "table.json").unlink()
    todos = planned(tmp_path)
    assert list(todos) == ["barren_plateaus", "surrogates"]
    assert todos["barren_plateaus"].directory == begun
    assert {"resume=true", "seed=5", "preset=quick"} <= set(todos["barren_plateaus"].command)
    assert todos["surrogates"].directory.parent == tmp_path
    assert todos["surrogates"].directory.name.startswith("surrogates-quick-")
    assert "resume=false" in todos["surrogates"].command
    everything = planned(tmp_path, "full")
    assert {todo.study: todo.alone for todo in everything.values()} == {
        "barren_plateaus": False, "executions": True, "surrogates": False,
    }  # fmt: skip


def python(directory: Path, name: str, program: str, alone: bool = False) -> Todo:
    return Todo(name, directory / name, (sys.executable, "-c", program), alone)


SPAN = """
import os, pathlib, sys, time
start = time.time()
time.sleep(0.6)
pathlib.Path({path!r}).write_text(f"{{start}} {{time.time()}} {{len(os.sched_getaffinity(0))}}")
"""


def test_what_times_itself_runs_alone_and_others_beside_each_other(tmp_path, capsys):
    names = ("one", "two", "timed")
    todos = [
        python(tmp_path, name, SPAN.format(path=str(tmp_path / f"{name}.txt")), alone=name == "timed") for name in names
    ]
    assert run_studies(todos, jobs=2) == []
    spans = {name: [float(word) for word in (tmp_path / f"{name}.txt").read_text().split()] for name in names}
    assert spans["timed"][1] <= min(spans["one"][0], spans["two"][0])
    assert max(spans["one"][0], spans["two"][0]) < min(spans["one"][1], spans["two"][1])
    assert spans["timed"][2] == len(os.sched_getaffinity(0)), "it has every core"
    out = capsys.readouterr().out
    assert all(f"{name}: done in" in out for name in names)


def test_one_that_fails_is_named_and_others_go_on(tmp_path):
    program = "import sys; print('error: no such data; put it there', file=sys.stderr); print('hint'); sys.exit(2)"
    todos = [python(tmp_path, "bad", program), python(tmp_path, "good", "print('fine')")]
    (failure,) = run_studies(todos, jobs=1)
    log = tmp_path / "bad" / LOG
    assert failure == f"bad ended with 2: error: no such data; put it there ({log})"
    assert "fine" in (tmp_path / "good" / LOG).read_text()


def test_a_failure_makes_the_command_fail_after_the_page_is_written(few, monkeypatch, tmp_path):
    monkeypatch.setattr(study_processes, "run_studies", lambda todos, jobs: ["surrogates ended with 1: ..."])
    with pytest.raises(RuntimeError, match="1 of the studies failed: surrogates ended with 1"):
        report.report(values(chosen="quick"))
    assert (tmp_path / "out" / "report.html").is_file()


STOPPABLE = """
import pathlib, signal, sys, time
def stop(number, frame):
    pathlib.Path({path!r}).write_text("saved")
    sys.exit(75)
signal.signal(signal.SIGTERM, stop)
pathlib.Path({path!r}).write_text("started")
time.sleep(60)
"""


def test_a_signal_stops_what_runs_and_lets_it_save(tmp_path, few):
    path = tmp_path / "state.txt"
    todos = [python(tmp_path, "long", STOPPABLE.format(path=str(path))), python(tmp_path, "never", "1", alone=False)]

    def interrupt_once_it_runs() -> None:
        while not path.exists() or path.read_text() != "started":
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt_once_it_runs)
    thread.start()
    with pytest.raises(Interrupted, match="the same command continues"):
        run_studies(todos, jobs=1)
    thread.join()
    assert path.read_text() == "saved"
    assert not (tmp_path / "never").exists()


def test_a_study_is_run_from_our_own_modules_wherever_one_is(tmp_path, monkeypatch):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    monkeypatch.chdir(tmp_path)
    directory = tmp_path / "it's here"
    todo = Todo("alchemy", directory, study_command("executions", "thorough", 0, directory, False), alone=True)
    (failure,) = run_studies([todo], jobs=1)
    assert "settings/executions=thorough is not" in failure or "preset=thorough is not" in failure


def last_line(text: str) -> str:
    return text.splitlines()[-1]


def test_train_points_to_compare(command, monkeypatch):
    from scripts import train

    monkeypatch.setattr(train, "train", lambda config: {"metrics": {}, "unavailable": {}, "config": {}})
    out = command(train.main).out
    assert last_line(out) == "next: python -m scripts.compare trains all three paradigms on the same data"
    out = command(train.main, "task=arrays", 'path="my data.npz"', "task.kind=regression", "trainer.steps=5").out
    assert last_line(out) == (
        "next: python -m scripts.compare task=arrays 'path=\"my data.npz\"' task.kind=regression trains all three "
        "paradigms on the same data"
    )


def test_train_points_to_generate_where_a_language_was_trained(command, monkeypatch):
    from scripts import train

    told = {"metrics": {}, "unavailable": {}, "config": {"run_dir": "runs/my towers"}}
    monkeypatch.setattr(train, "train", lambda config: told)
    out = command(train.main, "task=hanoi", "paradigm=transformer").out
    assert last_line(out) == (
        "next: python -m scripts.generate run_dir='runs/my towers' prompt=... writes with the model; --help has prompts"
    )


def test_compare_points_to_study_and_report(command, monkeypatch):
    import eval.compare
    from eval.compare import table
    from scripts import compare

    monkeypatch.setattr(eval.compare, "compare", lambda *_, **__: [SimpleNamespace(run="matched-snn")])
    monkeypatch.setattr(table, "print_comparison", lambda rows: None)
    assert last_line(command(compare.main).out) == (
        "next: python -m scripts.study study=executions measures a claim, "
        "python -m scripts.report preset=quick all of them"
    )


def test_study_points_to_report_by_the_name_the_user_called_it(monkeypatch, tmp_path, capsys):
    from scripts import study

    toy_study.claimed(monkeypatch)
    monkeypatch.setattr(study, "STUDIES", ("toy",))
    monkeypatch.setitem(sys.modules, "eval.studies.toy", toy_study)
    monkeypatch.setattr(sys, "argv", ["gradient-cost study"])
    study.study(
        {"study": "toy", "seed": 0, "run_dir": str(tmp_path / "run"), "resume": False, "settings": {"points": 1}}
    )
    assert last_line(capsys.readouterr().out) == "next: gradient-cost report gathers every study on disk into one page"
