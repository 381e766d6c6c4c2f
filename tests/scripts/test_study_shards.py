"""A study that several processes share leaves what a single one would have left."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import toy_study
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.recorder import Recorder
from eval.shards import Shard, measure_shard, require_divisible
from eval.studies import NAMES
from scripts import report, study
from training.errors import BadInput
from training.run.lock import LOCK

SAME = ("rows.jsonl", "table.json", "numbers.json", "verdicts.json", "figure.png")
"""What does not say when and where a study was measured."""
NOT_DIVISIBLE = {"executions", "gradient_price", "gradient_worth", "surrogates_of_circuits", "unfolding_memory"}


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    toy_study.claimed(monkeypatch)
    toy_study.MEASURED.clear()
    monkeypatch.setattr(study, "STUDIES", ("toy",))
    monkeypatch.setitem(sys.modules, "eval.studies.toy", toy_study)
    # Asking git and the devices at every call would take most of the time here.
    monkeypatch.setattr("eval.study.environment", lambda: {"processor": "this one", "command": ["study"]})


@pytest.fixture
def run(tmp_path):
    """Runs the toy of 10 points, or one shard of it."""

    def call(name="shared", points=10, **given):
        place = {"study": "toy", "seed": 0, "run_dir": str(tmp_path / name), "resume": False}
        return study.study({**place, "settings": {"points": points}, **given})

    return call


def dying(at):
    """The toy, whose process dies at a point."""

    def died(config, recorder):
        return toy_study.run(replace(config, fails_at=at), recorder)

    return replace(toy_study.STUDY, run=died)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 0, 1)])
def test_four_shards_one_of_them_killed_give_the_table_of_a_single_process(run, monkeypatch, order, capsys):
    whole = run("whole")
    with monkeypatch.context() as patched:
        patched.setattr(toy_study, "STUDY", dying(at=4 + order[1]))
        with pytest.raises(RuntimeError, match="the lights went out"):
            run(shard=order[1], shards=4)
    killed = whole.parent / "shared" / f"shard-{order[1]}-of-4"
    with (killed / "rows.jsonl").open("ab") as file:
        file.write(b'{"point": {"ind')
    for number in (order[0], *order[2:]):
        run(shard=number, shards=4)
    assert not (whole.parent / "shared" / "table.json").exists()
    assert f"shard {order[1]} of 4 is unfinished after 1 points: the last to finish" in capsys.readouterr().out
    toy_study.MEASURED.clear()
    shared = run(shard=order[1], shards=4, resume=True)
    assert [index % 4 for index in toy_study.MEASURED] == [order[1]] * (2 if order[1] < 2 else 1)
    assert min(toy_study.MEASURED) > 3, "what was on disk is not measured again"
    for name in SAME:
        assert (shared / name).read_bytes() == (whole / name).read_bytes(), name
    assert yaml.safe_load((shared / "config.yaml").read_text()) == {
        **yaml.safe_load((whole / "config.yaml").read_text()),
        "run_dir": str(shared),
    }
    assert "The claim holds for a toy." in capsys.readouterr().out


def test_the_points_are_dealt_out_and_each_is_measured_once(run):
    measured = []
    for number in (2, 0, 1):
        toy_study.MEASURED.clear()
        run(points=7, shard=number, shards=3)
        measured.append(list(toy_study.MEASURED))
    assert measured == [[2, 5], [0, 3, 6], [1, 4]]


def test_what_was_shared_goes_on_as_a_run_of_one_process(run):
    for number in (0, 1):
        shared = run(shard=number, shards=2)
    toy_study.MEASURED.clear()
    table = (shared / "table.json").read_bytes()
    assert (run(resume=True) / "table.json").read_bytes() == table
    assert toy_study.MEASURED == []


def test_the_record_adds_up_the_seconds_and_says_what_was_another_machine(run):
    run(shard=0, shards=2)
    place = run(shard=1, shards=2) / "shard-0-of-2" / "environment.json"
    elsewhere = json.loads(place.read_text()) | {"seconds": 1000.0, "processor": "another"}
    place.write_text(json.dumps(elsewhere))
    shared = run(shards=2, merge=True, resume=True)
    recorded = json.loads((shared / "environment.json").read_text())
    assert 1000 < recorded["seconds"] < 1010
    other, same = recorded["shards"]
    assert other == {"processor": "another", "seconds": 1000.0, "finished": elsewhere["finished"]}
    assert set(same) == {"seconds", "finished"}


def test_a_shard_that_is_run_again_measures_nothing_and_leaves_the_same_table(run):
    for number in (0, 1):
        shared = run(shard=number, shards=2)
    table = (shared / "table.json").read_bytes()
    toy_study.MEASURED.clear()
    with pytest.raises(BadInput, match="already holds a run; resume=true continues it"):
        run(shard=0, shards=2)
    assert (run(shard=0, shards=2, resume=True) / "table.json").read_bytes() == table
    assert toy_study.MEASURED == []


def test_more_shards_than_points_leave_some_without_any(run):
    whole = run("whole", points=2)
    for number in range(3):
        shared = run(points=2, shard=number, shards=3)
    assert (shared / "table.json").read_bytes() == (whole / "table.json").read_bytes()


def test_a_study_that_grows_goes_on_shard_by_shard(run, monkeypatch):
    monkeypatch.setattr(toy_study, "STUDY", replace(toy_study.STUDY, grows="points"))
    for number in (0, 1):
        run(points=4, shard=number, shards=2)
    toy_study.MEASURED.clear()
    shared = run(points=7, shard=0, shards=2, resume=True)
    assert len(json.loads((shared / "table.json").read_text())) == 8, "of the other shard some are still to come"
    run(points=7, shard=1, shards=2, resume=True)
    assert toy_study.MEASURED == [4, 6, 5]
    assert (shared / "table.json").read_bytes() == (run("whole", points=7) / "table.json").read_bytes()


def test_points_that_depend_on_each_other_are_one_shard_s(tmp_path):
    def measure(config, recorder):
        points = [(task, seed, what) for seed in range(3) for task in "ab" for what in ("train", "answer")]
        for task, seed, what in points:
            recorder.measure({"task": task, "seed": seed, "what": what}, lambda: toy_study.Number(index=0, value=0))
        return []

    together = replace(toy_study.STUDY, run=measure, together=("task", "seed"))
    of_shards = []
    for number in range(4):
        place = tmp_path / str(number)
        place.mkdir()
        measure_shard(together, toy_study.Config(), place, Shard(number, 4), lambda sentence: None)
        points = [json.loads(line)["point"] for line in (place / "rows.jsonl").read_text().splitlines()]
        of_shards.append([(point["task"], point["seed"]) for point in points])
    assert of_shards == [
        [("a", 0), ("a", 0), ("a", 2), ("a", 2)],
        [("b", 0), ("b", 0), ("b", 2), ("b", 2)],
        [("a", 1), ("a", 1)],
        [("b", 1), ("b", 1)],
    ]


class _Counting(Recorder):
    """Counts points and has no rows, as for all points of other shards."""

    def __init__(self, path, kinds):
        super().__init__(path, kinds, lambda sentence: None)
        self.points: list[str] = []

    def measure(self, point, function):
        self.points.append(json.dumps(point))
        return []


@pytest.mark.parametrize("name", sorted(set(NAMES) - NOT_DIVISIBLE))
def test_every_study_that_can_be_shared_lists_its_points_without_the_rows_of_others(name, tmp_path):
    chosen = importlib.import_module(f"eval.studies.{name}").STUDY
    require_divisible(chosen)
    recorder = _Counting(tmp_path / "rows.jsonl", chosen.kinds)
    chosen.run(chosen.config(), recorder)
    assert len(recorder.points) == len(set(recorder.points)) > 1
    for point in recorder.points:
        assert set(chosen.together) <= json.loads(point).keys()


@pytest.mark.parametrize("name", sorted(NOT_DIVISIBLE))
def test_a_study_that_compares_seconds_is_not_shared(name):
    chosen = importlib.import_module(f"eval.studies.{name}").STUDY
    with pytest.raises(BadInput, match=rf"study={name} compares the seconds of its points"):
        require_divisible(chosen)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"shard": 4, "shards": 4}, r"shard=4 must be one of 0 … 3, since shards=4"),
        ({"shard": -1, "shards": 4}, r"shard=-1 must be one of 0 … 3"),
        ({"shard": 0, "shards": 0}, "shards=0 must be at least 1"),
        ({"merge": True, "shards": 0}, "shards=0 must be at least 1"),
        ({"shard": 0}, "shard=0 is of a study that is shared: say by how many"),
        ({"merge": True}, "merge=true is of a study that is shared: say by how many"),
        ({"shards": 4}, "shards=4 share a study: say which one this is"),
        ({"shard": 0, "shards": 4, "merge": True}, "merge=true puts shards together and measures none"),
        ({"shard": 0, "shards": 4, "run_dir": None}, "shard=0 needs the run_dir that all shards share"),
        ({"shard": 0, "shards": 4, "resume": "restart"}, "resume=restart is not for shard=0"),
        ({"shard": 1.5, "shards": 4}, "shard=1.5 must be a whole number"),
        ({"merge": True, "shards": 2}, "shard 0 of 2 is missing; shard 1 of 2 is missing; run each with shard=NUMBER"),
    ],
)
def test_what_makes_no_shard_is_refused_before_anything_is_written(run, tmp_path, given, sentence):
    with pytest.raises(BadInput, match=sentence):
        run(**given)
    assert not (tmp_path / "shared").exists()


def test_a_timed_study_is_refused_with_its_name(run, monkeypatch, tmp_path):
    monkeypatch.setattr(toy_study, "STUDY", replace(toy_study.STUDY, timed=True))
    for asked in ({"shard": 0}, {"merge": True}):
        with pytest.raises(BadInput, match="study=toy compares the seconds of its points"):
            run(**asked, shards=2)
    assert not (tmp_path / "shared").exists()


def test_shards_of_other_settings_or_of_another_number_are_refused(run):
    run(shard=0, shards=4)
    with pytest.raises(BadInput, match=r"shard-0-of-4 holds a run of another configuration \(settings.points was 10"):
        run(points=11, shard=1, shards=4)
    with pytest.raises(BadInput, match=r"settings\.seed was 0 and is now 1"):
        run(shard=1, shards=4, seed=1)
    with pytest.raises(BadInput, match=r"holds shard-0-of-4, and shards=2 was asked for"):
        run(shard=1, shards=2)
    with pytest.raises(BadInput, match=r"holds shard-0-of-4, and shards=2 was asked for"):
        run(merge=True, shards=2)


def test_what_is_lacking_at_a_merge_is_named(run, tmp_path):
    for number in (0, 3):
        run(shard=number, shards=4)
    (tmp_path / "shared" / "shard-3-of-4" / "environment.json").unlink()
    with pytest.raises(
        BadInput,
        match="shard 1 of 4 is missing; shard 2 of 4 is missing; shard 3 of 4 is unfinished after 2 points; run each "
        "with shard=NUMBER shards=4 resume=true",
    ):
        run(merge=True, shards=4)
    assert not (tmp_path / "shared" / "config.yaml").exists()


def test_a_point_that_is_gone_is_named_with_its_shard(run):
    for number in (0, 1):
        shared = run(points=4, shard=number, shards=2)
    rows = shared / "shard-1-of-2" / "rows.jsonl"
    rows.write_text("".join(rows.read_text().splitlines(keepends=True)[:1]))
    (shared / "rows.jsonl").unlink()
    with pytest.raises(BadInput, match="the point of index 3 is missing, which is shard 1's of 2: run shard=1 again"):
        run(points=4, merge=True, shards=2, resume=True)


def test_a_shard_in_use_and_a_merge_elsewhere_are_told_apart(run, capsys):
    shared = run(points=2, shard=0, shards=2)
    other = {"host": "elsewhere", "process": 7, "started": None}
    (shared / LOCK).write_text(json.dumps(other))
    run(points=2, shard=1, shards=2)
    assert "all shards are finished and are put together elsewhere: " in capsys.readouterr().out
    (shared / LOCK).unlink()
    (shared / "shard-0-of-2" / LOCK).write_text(json.dumps(other))
    with pytest.raises(BadInput, match="shard-0-of-2 is in use by process 7 on elsewhere"):
        run(points=2, shard=0, shards=2, resume=True)


def test_a_report_does_not_take_a_shard_for_a_study(run, monkeypatch, tmp_path):
    shared = run(shard=0, shards=2)
    studies = {"toy": toy_study.STUDY}
    gathered = report.gather_studies(tmp_path, studies, {"toy": {"quick": toy_study.Config(points=10)}})
    (skipped,) = gathered.skipped
    assert skipped.reason == "shard 0 of 2; merge=true puts all together"
    assert not skipped.unfinished
    run(shard=1, shards=2)
    gathered = report.gather_studies(tmp_path, studies, {"toy": {"quick": toy_study.Config(points=10)}})
    assert [one.directory for one in gathered.runs] == [shared]
    assert gathered.skipped == ()


@settings(max_examples=6)
@given(points=st.integers(1, 12), count=st.integers(1, 5), seed=st.integers(0, 99), data=st.data())
def test_any_number_of_shards_in_any_order_gives_the_same(points, count, seed, data, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("any")
    place = {"study": "toy", "seed": seed, "resume": False, "settings": {"points": points}}
    whole = study.study({**place, "run_dir": str(tmp_path / "whole")})
    for number in data.draw(st.permutations(range(count))):
        shared = study.study({**place, "run_dir": str(tmp_path / "shared"), "shard": number, "shards": count})
    for name in SAME:
        assert (shared / name).read_bytes() == (whole / name).read_bytes()
    shutil.rmtree(tmp_path)


def test_the_command_runs_all_shards_of_a_multirun(command, tmp_path, monkeypatch):
    def five(config, recorder):
        return toy_study.run(toy_study.Config(seed=config.seed, points=5), recorder)

    bandwidth = importlib.import_module("eval.studies.bandwidth").STUDY
    chosen = replace(toy_study.STUDY, config=bandwidth.config, run=five)
    monkeypatch.setitem(sys.modules, "eval.studies.bandwidth", SimpleNamespace(STUDY=chosen))
    monkeypatch.setattr(study, "STUDIES", ("bandwidth",))
    shared_by = ("study=bandwidth", "run_dir=auto", "resume=true", "shards=3")
    result = command(study.main, "-m", "shard=0,1,2,3", *shared_by)
    assert (result.code, result.error) == (2, "error: shard=3 must be one of 0 … 2, since shards=3")
    assert "The claim holds for a toy." in result.out
    (shared,) = (path for path in (tmp_path / "runs").iterdir() if path.name.startswith("bandwidth-"))
    assert len(json.loads((shared / "table.json").read_text())) == 10
