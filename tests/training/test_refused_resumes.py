"""What cannot be gone on with is refused in one sentence, and left as it was, to the byte."""

import json
import shutil

import pytest
from toy_runs import rows_of, settings
from toys import Perceptron, blobs

from training.config import ProbesConfig
from training.errors import BadInput
from training.run.lock import LOCK
from training.run.run_directory import CONFIG
from training.trainer import RECORDS, Trainer


def contents(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def trainer(**changes):
    probes = ProbesConfig(every=0, timing_repeats=0)
    return Trainer(Perceptron(), blobs(), settings(probes=probes, **changes))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("finished") / "run"
    trainer().run(run_dir)
    return run_dir


@pytest.fixture(scope="module")
def again():
    return trainer()


@pytest.fixture(scope="module")
def longer():
    return trainer(steps=14)


def in_each_checkpoint(damage):
    def apply(run_dir):
        for checkpoint in (run_dir / "checkpoints").iterdir():
            damage(checkpoint)

    return apply


def halve_the_arrays(checkpoint):
    for path in (checkpoint / "state").glob("**/d/*"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def move_the_data_on(checkpoint):
    (path,) = (checkpoint / "meta").glob("metadata")
    meta = json.loads(path.read_text())
    meta["clock"]["step"] += 1
    path.write_text(json.dumps(meta))


def overwrite(name, content):
    def apply(run_dir):
        (run_dir / name).write_bytes(content)

    return apply


def overwrite_line(number):
    def apply(run_dir):
        lines = (run_dir / "metrics.jsonl").read_bytes().splitlines(keepends=True)
        lines[number] = b"nonsense\n"
        (run_dir / "metrics.jsonl").write_bytes(b"".join(lines))

    return apply


def without(*names):
    def apply(run_dir):
        for name in names:
            path = run_dir / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return apply


def put_a_folder(name):
    def apply(run_dir):
        (run_dir / name).unlink()
        (run_dir / name).mkdir()

    return apply


NO_CONFIG = "but no config.yaml that says which; put config.yaml back"
NO_CHECKPOINT = r"checkpoints holds no checkpoint that can be read, and the run had come to step 12 .*resume=restart"
DAMAGED = {
    "a configuration that is no YAML": (overwrite(CONFIG, b"seed: [1"), r"config\.yaml cannot be read \(it is no YAML"),
    "a configuration of bytes": (overwrite(CONFIG, b"\xff\xfe\x00"), r"config\.yaml cannot be read"),
    "an empty configuration": (overwrite(CONFIG, b""), r"config\.yaml cannot be read \(it holds no settings\)"),
    "a configuration that is a list": (overwrite(CONFIG, b"- 1\n"), r"config\.yaml cannot be read \(it holds no"),
    "no configuration": (without(CONFIG), NO_CONFIG),
    "nothing but checkpoints": (without(CONFIG, "metrics.jsonl", "summary.json", "curves.png"), NO_CONFIG),
    "nothing but rows": (without(CONFIG, "checkpoints", "summary.json", "curves.png"), NO_CONFIG),
    "the first row damaged": (overwrite_line(0), r"metrics\.jsonl, line 1, is not a row of metrics"),
    "a row damaged": (overwrite_line(3), r"metrics\.jsonl, line 4, is not a row of metrics"),
    "rows that are a folder": (put_a_folder("metrics.jsonl"), r"metrics\.jsonl cannot be read \(Is a directory\)"),
    "every checkpoint torn": (in_each_checkpoint(halve_the_arrays), NO_CHECKPOINT),
    "every checkpoint altered": (in_each_checkpoint(move_the_data_on), NO_CHECKPOINT + "|checksum of meta"),
    "every checkpoint without a state": (in_each_checkpoint(lambda one: shutil.rmtree(one / "state")), NO_CHECKPOINT),
    "every checkpoint without its data": (in_each_checkpoint(lambda one: shutil.rmtree(one / "meta")), NO_CHECKPOINT),
    "in use elsewhere": (
        overwrite(LOCK, b'{"host": "elsewhere", "process": 7, "started": null}'),
        r"is in use by process 7 on elsewhere, .*lock\.json, else choose another run_dir",
    ),
    "no checkpoint": (without("checkpoints"), NO_CHECKPOINT),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_damaged_is_refused_and_left_alone(tmp_path, finished, again, damage):
    apply, sentence = DAMAGED[damage]
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    apply(run_dir)
    before = contents(run_dir)
    with pytest.raises(BadInput, match=sentence) as refused:
        again.run(run_dir, resume=True)
    assert str(run_dir) in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(BadInput, match=f"already holds a run|is in use|{NO_CONFIG}"):
        again.run(run_dir)
    assert contents(run_dir) == before


def test_another_configuration_is_refused_and_the_run_left_alone(tmp_path, finished):
    before = contents(finished)
    with pytest.raises(BadInput, match=r"seed was 0 and is now 1"):
        trainer(seed=1).run(finished, resume=True)
    assert contents(finished) == before


@pytest.mark.parametrize("damage", ["every checkpoint torn", "a configuration that is no YAML", "no configuration"])
def test_a_restart_sets_the_run_aside_and_says_so(tmp_path, finished, again, damage):
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    DAMAGED[damage][0](run_dir)
    (run_dir / "notes.txt").write_text("the user's own")
    before = contents(run_dir)
    summary = again.run(run_dir, resume="restart")
    aside = run_dir / "replaced-1"
    assert f"started over; what {run_dir} held before is in {aside}" in summary["notes"]
    assert summary["status"] == "completed"
    assert rows_of(run_dir) == rows_of(finished)
    del before[(run_dir / "notes.txt").relative_to(run_dir)]
    assert contents(aside) == before
    assert {path.name for path in aside.iterdir()} <= {CONFIG, *RECORDS}
    # And once more: nothing is overwritten.
    again.run(run_dir, resume="restart")
    assert contents(aside) == before
    assert (run_dir / "replaced-2").is_dir()


def test_one_damaged_checkpoint_is_set_aside_and_the_one_before_gone_on_from(tmp_path, finished, again):
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    halve_the_arrays(run_dir / "checkpoints" / "12")
    # What was being saved when the process was killed.
    (run_dir / "checkpoints" / "12.orbax-checkpoint-tmp").mkdir()
    summary = again.run(run_dir, resume=True)
    (note,) = (note for note in summary["notes"] if note.startswith("checkpoint 12 is damaged"))
    assert "damaged-checkpoints" in note
    assert rows_of(run_dir) == rows_of(finished)
    assert {path.name for path in (run_dir / "checkpoints").iterdir()} == {"4", "8", "12"}


@pytest.mark.parametrize("left", [0, 1, 4, 5])
def test_rows_that_are_gone_are_told_of_as_long_as_the_run_lives(tmp_path, finished, longer, left):
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    lines = (run_dir / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 5
    (run_dir / "metrics.jsonl").write_bytes(b"".join(lines[:left]))
    sentence = (
        f"{run_dir / 'metrics.jsonl'} holds {left} rows up to step 12 where the run has written 5: best values, curves "
        "and signal-to-noise are of those that are left"
    )
    told = [sentence] if left < 5 else []
    notes = longer.run(run_dir, resume=True)["notes"]
    assert [note for note in notes if "metrics.jsonl" in note] == told
    later = longer.run(run_dir, resume=True)["notes"]
    more = [sentence.replace(f"{left} rows up to step 12", f"{left + 1} rows up to step 14").replace("5:", "6:")]
    assert [note for note in later if "metrics.jsonl" in note] == (more if told else [])
