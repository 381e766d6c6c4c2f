from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import scripts
from scripts import cli

# As a console script is started: without the working directory on the path.
CONSOLE = [sys.executable, "-P", "-c", "import sys; from scripts.cli import main; sys.exit(main())"]


def gradient_cost(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CONSOLE, *arguments], cwd=directory, capture_output=True, text=True)


def test_the_commands_are_listed_and_each_has_a_main(command):
    result = command(cli.main, "--help")
    assert (result.code, result.err) == (0, "")
    assert command(cli.main).out == result.out
    for name, purpose in cli.COMMANDS.items():
        assert f"{name}" in result.out
        assert purpose in " ".join(result.out.split())
        assert callable(import_module(f"scripts.{name}").main)
    usages = [getattr(import_module(f"scripts.{name}"), "USAGE", "") for name in cli.COMMANDS]
    assert max(len(line) for text in (result.out, *usages) for line in text.splitlines()) <= 80


def test_what_lies_beside_them_in_no_folder_of_its_own_is_a_command():
    files = {path.stem for path in Path(scripts.__file__).parent.glob("*.py")}
    assert files == {*cli.COMMANDS, "cli", "__init__"}


def test_the_console_script_is_this_one():
    root = Path(scripts.__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["scripts"]["gradient-cost"] == "scripts.cli:main"


def test_an_unknown_command_is_refused_with_the_known_ones(command):
    result = command(cli.main, "trian")
    assert result.code == 2
    known = "train, compare, study, report, gather, diagnose, generate, spikes, price, bench, doctor"
    assert result.error == f"error: trian is not a command; the commands are {known}"


def test_a_user_s_own_folders_do_not_shadow_ours(tmp_path):
    for name in ("scripts", "training"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    (tmp_path / "eval.py").write_text("raise SystemExit('the wrong module')\n")
    result = gradient_cost(tmp_path, "train", "trainer.steps=0")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        f"note: gradient-cost uses its own training, eval, scripts, not what {tmp_path} holds",
        "error: trainer.steps=0 must be at least 1",
    ]


@pytest.mark.parametrize("form", ["folder", "package", "module"])
@pytest.mark.parametrize("name", ["paradigms", "training", "eval"])
def test_what_hides_ours_is_named_before_anything_is_imported(tmp_path, name, form):
    place = tmp_path / (f"{name}.py" if form == "module" else name)
    if form == "module":
        place.write_text("raise SystemExit('the wrong module')\n")
    else:
        place.mkdir()
        (place / "mine.py").write_text("")
    if form == "package":
        (place / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    command = [sys.executable, "-m", "scripts.train", "trainer.steps=0"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {place} hides gradient-cost's {name}: rename it, or run `gradient-cost train ...`")
    if form != "package":
        return
    # The way out is one.
    assert gradient_cost(tmp_path, "train", "trainer.steps=0").stderr.endswith("trainer.steps=0 must be at least 1\n")


def test_from_python_what_hides_ours_is_an_import_error(tmp_path):
    (tmp_path / "eval").mkdir()
    code = [sys.executable, "-c", "import scripts.configuration.run_config"]
    result = subprocess.run(code, cwd=tmp_path, capture_output=True, text=True)
    assert result.stderr.splitlines()[-1].startswith(f"ImportError: {tmp_path / 'eval'} hides gradient-cost's eval")


def test_a_user_s_own_modules_can_be_imported_and_come_last(tmp_path, monkeypatch, command):
    monkeypatch.setattr(sys, "path", ["/somewhere", *sys.path])
    before = list(sys.path)
    assert command(cli.main, "doctor", "--help").code == 0
    assert sys.path == [*before, str(tmp_path)]


def test_our_own_checkout_is_no_clash(monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", list(sys.path))
    cli._offer_working_directory(Path(scripts.__file__).parents[1])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_explains_itself(command, name):
    result = command(cli.main, name, "--help")
    assert result.code == 0
    assert f"python -m scripts.{name}" in result.out
