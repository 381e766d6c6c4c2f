"""The tutorials: notebooks whose outputs are there, small, and made by the present version of the present code."""

from __future__ import annotations

import ast
import base64
import importlib.util
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
NAMES = {"spiking_memory", "circuit_plateau", "own_model_and_data"}
LONGEST = 180
"""Seconds that a tutorial may take on two cores."""


@pytest.fixture(scope="module")
def notebooks() -> ModuleType:
    place = importlib.util.spec_from_file_location("notebooks", ROOT / "docs" / "hooks" / "notebooks.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_there_are_three_and_the_site_shows_them():
    assert {path.stem for path in TUTORIALS} == NAMES
    text = (ROOT / "mkdocs.yml").read_text()
    (pages,) = (group["Tutorials"] for group in yaml.safe_load(text)["nav"] if "Tutorials" in group)
    assert {page for one in pages for page in one.values()} == {f"tutorials/{path.stem}.md" for path in TUTORIALS}


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_its_outputs_are_those_of_the_present_code(path, notebooks):
    assert path.stat().st_size < 400_000
    notebook = json.loads(path.read_text())
    cells = code(notebook)
    for cell in cells:
        ast.parse("".join(cell["source"]))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 1
    assert sum(output["output_type"] == "stream" for output in outputs) >= 1
    made_by = {"gradient-cost": version("gradient-cost"), "sources": notebooks.sources(notebook)}
    assert notebook["metadata"]["made_by"] == made_by, f"python docs/hooks/notebooks.py {path.relative_to(ROOT)}"
    set_first = {node.id for node in ast.walk(ast.parse("".join(cells[0]["source"]))) if isinstance(node, ast.Name)}
    assert set(notebooks.short_numbers(notebook)) <= set_first
    for cell in cells:
        if any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            assert cell["metadata"]["alt"]


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_it_runs_and_puts_out_what_it_shows(path, notebooks):
    notebook = json.loads(path.read_text())
    start = time.perf_counter()
    again = notebooks.executed(notebook)
    assert time.perf_counter() - start < LONGEST
    for cell, other in zip(code(notebook), code(again), strict=True):
        assert [list(one) for one in cell["outputs"]] == [list(one) for one in other["outputs"]]


def execute(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Execute notebooks as a user does: in a process where nothing checks the types of every function."""
    command = [sys.executable, "docs/hooks/notebooks.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_all_cells_run_with_small_numbers():
    done = execute("--short", *(str(path) for path in TUTORIALS))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{path}: executed" for path in TUTORIALS]


TINY = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A title\n", "\n", "Words.\n"]},
        {
            "cell_type": "code", "metadata": {"short": {"COUNT": 0}}, "outputs": [], "execution_count": None,
            "source": ["COUNT = 3"],
        },
        {
            "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
            "source": ["print('all', COUNT)\n", "2 * COUNT"],
        },
        {
            "cell_type": "code", "metadata": {"alt": "A line"}, "outputs": [], "execution_count": None,
            "source": ["import matplotlib.pyplot as plt\n", "plt.plot([1, COUNT]);"],
        },
    ],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


def test_cells_are_run_and_shown_as_a_page(notebooks):
    done = notebooks.executed(TINY, COUNT=4)
    first, second, third = code(done)
    assert first["outputs"] == []
    assert second["outputs"][0]["text"] == ["all 4\n"]
    assert second["outputs"][1]["data"]["text/plain"] == ["8"]
    (picture,) = third["outputs"]
    png = base64.b64decode(picture["data"]["image/png"])
    assert png.startswith(b"\x89PNG")
    assert len(png) < 10_000
    page = notebooks.to_markdown(done, "tiny.ipynb")
    assert page.startswith("# A title\n\n[This page as a notebook](tiny.ipynb), executed as it stands.\n\nWords.")
    assert "```python\nCOUNT = 3\n```" in page
    assert "```text\nall 4\n```\n\n```text\n8\n```" in page
    assert "![A line](data:image/png;base64,iVBOR" in page
    assert TINY["cells"][2]["outputs"] == [], "what is given stays as it is"


def test_a_cell_that_fails_with_the_small_numbers_fails_the_check(tmp_path):
    failing = {**TINY, "cells": [*TINY["cells"], {**TINY["cells"][1], "source": ["1 / COUNT"]}]}
    for name, content in (("good", TINY), ("bad", failing)):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content))
    before = (tmp_path / "good.ipynb").read_text()
    good, bad = str(tmp_path / "good.ipynb"), str(tmp_path / "bad.ipynb")
    done = execute("--short", good, bad)
    assert done.returncode != 0
    assert done.stdout == f"{good}: executed\n"
    assert "ZeroDivisionError" in done.stderr
    assert f"while {bad} was executed" in done.stderr
    assert (tmp_path / "good.ipynb").read_text() == before, "an execution that only checks writes nothing"


def test_a_number_that_it_does_not_set_is_refused(notebooks):
    with pytest.raises(KeyError, match="sets no STEPS"):
        notebooks.executed(TINY, STEPS=1)


def test_nothing_of_a_run_stays_behind(notebooks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writing = {**TINY, "cells": [{**TINY["cells"][1], "source": ["open('left.txt', 'w').close()"]}]}
    notebooks.executed(writing)
    assert list(tmp_path.iterdir()) == []
    assert Path.cwd() == tmp_path
