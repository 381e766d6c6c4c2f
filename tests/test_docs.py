"""The documentation: its links lead somewhere, its settings and its examples are the code's, and the site is built."""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
import yaml

from eval.studies import NAMES
from paradigms.quantised import Config, build
from scripts.explanations.page import MARKER, settings_page
from training.tasks import TaskConfig, load_task

ROOT = Path(__file__).parents[1]
DOCS, CONF = ROOT / "docs", ROOT / "scripts" / "conf"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SNIPPET = re.compile(r'^--8<-- "([^":]+)(?::(\w+))?"$', re.M)
ELSEWHERE = ("http://", "https://", "mailto:")


@cache
def tables() -> str:
    """What the page of settings is filled with."""
    return settings_page(CONF, NAMES)


def prose(text: str) -> str:
    """A page without its code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)


def written(path: Path) -> str:
    """A page with what is put into it when the site is built."""

    def included(match: re.Match[str]) -> str:
        text = (ROOT / match[1]).read_text()
        return text if match[2] is None else re.split(rf"<!-- --8<-- \[(?:start|end):{match[2]}\] -->", text)[1]

    text = SNIPPET.sub(included, path.read_text())
    return text.replace(MARKER, tables()) if MARKER in text else text


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a page are found."""
    headings = re.findall(r"^#+ (.+?)\s*$", prose(written(path)), re.M)
    plain = (re.sub(r"[^\w\s-]", "", LINK.sub("", one)).strip().lower() for one in headings)
    return {re.sub(r"[-\s]+", "-", one) for one in plain}


def broken(path: Path, text: str) -> Iterator[str]:
    """The links of a page that lead to no file, or to no heading of one."""
    for target in LINK.findall(prose(text)):
        file, _, anchor = target.partition("#")
        if target.startswith(ELSEWHERE):
            continue
        found = (path.parent / file).resolve() if file else path
        if not found.exists():
            yield f"{path.relative_to(ROOT)}: {target} is no file"
        elif anchor and anchor not in anchors(found):
            yield f"{path.relative_to(ROOT)}: {target} is no heading"


def test_the_readme_is_short():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=lambda p: p.name
)
def test_links_of_a_file_lead_somewhere(path):
    assert list(broken(path, path.read_text())) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_links_of_a_page_lead_somewhere(path):
    # Beside what is put into it, a page is read where it lies.
    assert list(broken(path, path.read_text())) == []
    assert list(broken(path, written(path))) == []


def test_a_broken_link_is_found():
    text = "[a](start.md) [b](nowhere.md) [c](start.md#versions) [d](start.md#nowhere)\n```\n[e](code.md)\n```\n"
    assert list(broken(DOCS / "index.md", text)) == [
        "docs/index.md: nowhere.md is no file",
        "docs/index.md: start.md#nowhere is no heading",
    ]


def test_the_claims_of_the_readme_are_those_of_the_report():
    report = json.loads((DOCS / "results" / "report" / "report.json").read_text())
    readme = (ROOT / "README.md").read_text()
    for claim in report["claims"]:
        counts = " | ".join(str(claim["regimes"][one]) for one in ("holds", "fails", "undecided", "not measured"))
        assert f"| {claim['id']} {claim['title']} | {counts} |" in readme
    total, decided, speak, against = re.findall(r"\d+", report["answer"][1])[:4]
    said = (
        f"{total} statements, of which {decided} are decided. Of these, {speak} speak for the argument and {against} "
    )
    assert said in " ".join(readme.split())


def said(file: Path) -> Iterator[tuple[str, str]]:
    """Every setting of a file with what is said behind it, read line by line."""
    block = ""
    for line in file.read_text().splitlines():
        if match := re.match(r"(\w+):", line):
            block = match[1]
        # What Hydra works out is not for the user to set.
        if "${hydra:" in line:
            continue
        if block not in ("defaults", "hydra") and (found := re.match(r"\s*(?:- )?([\w.]+):?.*?\s# (.+)", line)):
            yield found[1], found[2].strip()


@pytest.mark.parametrize("file", sorted(CONF.rglob("*.yaml")), ids=lambda file: str(file.relative_to(CONF)))
def test_every_meaning_stands_on_the_page_of_settings(file):
    shown = html.unescape(tables().replace("\\*", "*").replace("\\|", "|")).lower()
    for name, meaning in said(file):
        assert name.lower() in shown
        assert meaning.rstrip(".").lower() in shown


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_both_presets_of_a_study(name):
    section = tables().split(f"### `study={name}`\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    quick, full = (yaml.safe_load((CONF / "settings" / name / f"{one}.yaml").read_text()) for one in ("quick", "full"))
    row = {
        line.split(" | ")[0].strip("| `"): line.split(" | ") for line in section.splitlines() if "`settings." in line
    }
    assert {path.split(".")[1] for path in row} == set(quick)
    whole = [key for key, value in quick.items() if isinstance(value, int) and isinstance(full.get(key), int)]
    for key in whole:
        shown = [yaml.safe_load(cell.strip("`")) for cell in row[f"settings.{key}"][1:3]]
        assert shown == [quick[key], full[key]]


def test_the_page_of_settings_has_one_place_for_them():
    assert (DOCS / "settings.md").read_text().count(MARKER) == 1


def blocks(page: str) -> list[str]:
    """The fenced Python of a page."""
    return re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.S | re.M)


ELSEWHERE_RUN = {
    "own_model.md": "tests/eval/studies/gradient_price/test_own_model.py and tests/training/test_many.py",
    "inference.md": "tests/eval/inference/test_documented_example.py",
}
"""Pages whose examples other tests run."""
RUN_HERE = ("own_data.md", "circuits.md", "spiking.md", "quantised.md", "energy.md")


def test_every_example_is_run():
    with_examples = {str(path.relative_to(DOCS)) for path in PAGES if "```python" in path.read_text()}
    assert with_examples == {*ELSEWHERE_RUN, *RUN_HERE}


def test_the_example_of_own_data_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("own_data.md")
    exec(example.replace("steps=100", "steps=4"), {})
    assert (tmp_path / "runs" / "linear" / "summary.json").is_file()


def test_the_examples_of_circuits_run(capsys):
    device, diagnosis = blocks("circuits.md")
    small = device.replace("wires=16", "wires=4").replace("range(16)", "range(4)").replace("(200, 16, 2)", "(3, 4, 2)")
    names: dict = {}
    exec(small, names)
    weights = jax.random.uniform(jax.random.key(0), (3, 4, 2))
    circuit = jax.jit(names["circuit"])
    value, gradient = jax.value_and_grad(circuit)(weights)
    nudge = 1e-3 * jnp.zeros_like(weights).at[1, 2, 0].set(1.0)
    slope = (circuit(weights + nudge) - circuit(weights - nudge)) / 2e-3
    assert abs(float(value)) <= 1
    assert float(gradient[1, 2, 0]) == pytest.approx(float(slope), abs=1e-3)
    capsys.readouterr()
    exec(diagnosis.replace("(2, 4, 3)))", "(2, 4, 3)), samples=16)"), {})
    printed = capsys.readouterr().out
    # The table of the page names every line that is printed.
    page = (DOCS / "circuits.md").read_text()
    labels = [
        re.split(r"\s{2,}", line)[0] for line in printed.strip().splitlines()[1:] if re.search(r"\S\s{2,}\S", line)
    ]
    assert labels
    assert [label for label in labels if f"| {label} |" not in page] == []


def test_the_example_of_nir_runs():
    (example,) = blocks("spiking.md")
    names: dict = {}
    exec(example, names)
    again, params = names["again"].params, names["params"]
    assert all(bool(jnp.array_equal(again[name], params[name])) for name in params)


def test_the_examples_of_quantised_networks_and_energy_run():
    task = load_task(TaskConfig("digits"))
    (quantised,), (energy,) = blocks("quantised.md"), blocks("energy.md")
    config = Config(weight_bits=4, activation_bits=3, activity_penalty=1.0)
    params, state = build(config, task.spec).init(jax.random.key(0))
    names = {
        "task": task,
        "params": params,
        "state": state,
        "images": jnp.asarray(task.test.inputs[:8], jnp.float32) / 255,
    }
    exec(quantised, names)
    exec(energy, names)
    assert (names["bill"].unit, names["bill"].model) == ("pJ", "yan2024")
    assert names["bill"].total > 0
    (comment,) = re.findall(r"# (0\.\d+) spikes", energy)
    setting = names["Setting"](steps=5, weight_bits=4)
    assert names["break_even"](setting) == pytest.approx(float(comment), abs=5e-5)


DOCSTRING = """See :func:`training.pricing.price` and :class:`~eval.rows.Row`.

Example::

    one = 1

    two = 2

========  =====
here      there
========  =====
``if``    an IF
          of NIR
========  =====

>>> 1 + 1
2
"""
SHOWN = """See `price` and `Row`.

Example:

```python
one = 1

two = 2
```

| here | there |
| --- | --- |
| ``if`` | an IF of NIR |

```pycon
>>> 1 + 1
2

```"""


def test_docstrings_are_shown_as_markdown():
    pytest.importorskip("griffe", reason='pip install -e ".[docs]" brings griffe')
    place = importlib.util.spec_from_file_location("docstrings", DOCS / "hooks" / "docstrings.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    assert module.to_markdown(DOCSTRING) == SHOWN


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as it is published: a warning is an error."""
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None:
        pytest.skip('the site is not built: pip install -e ".[docs]" brings mkdocs')
    place = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(place)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return place


def test_every_page_is_built(site):
    for path in PAGES:
        place = path.relative_to(DOCS).with_suffix(".html")
        assert (site / (place.with_name("index.html") if place.name == "README.html" else place)).is_file()


def test_every_tutorial_is_a_page_with_its_figures_and_can_be_fetched(site):
    for path in (DOCS / "tutorials").glob("*.ipynb"):
        shown = (site / "tutorials" / f"{path.stem}.html").read_text()
        assert shown.count('src="data:image/png;base64,') == path.read_text().count('"image/png"')
        assert (site / "tutorials" / path.name).read_bytes() == path.read_bytes()


def test_the_site_fetches_nothing(site):
    loaded = r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"?(https?:)?//"
    for page in site.rglob("*.html"):
        assert re.findall(loaded, page.read_text()) == [], page
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:@import|url\()[\"' ]*(?:https?:)?//", sheet.read_text()) == [], sheet


def test_the_site_shows_the_settings_and_the_public_modules(site):
    text = re.sub(r"<[^>]+>", "", (site / "settings.html").read_text())
    assert "paradigm.surrogate_width" in text
    assert "usage: python -m scripts.doctor" in text
    for page in (DOCS / "api").glob("*.md"):
        shown = (site / "api" / f"{page.stem}.html").read_text()
        modules = re.findall(r"^::: ([\w.]+)$", page.read_text(), re.M)
        assert modules
        assert [module for module in modules if f'id="{module}"' not in shown] == []
        assert re.findall(r":(?:func|class|meth|mod|data|attr):`", shown) == []


def test_every_fault_names_tests_that_exist():
    """In every line of the tables of faults, those that are slow after the word."""
    lines = [line for line in (DOCS / "reliability.md").read_text().splitlines() if line.startswith("| ")]
    lines = [line for line in lines if not line.startswith(("| fault |", "|---"))]
    assert len(lines) > 20
    for line in lines:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", line)
        assert named, line
        for file, name in named:
            source = (ROOT / "tests" / file).read_text()
            found = re.search(rf"((?:^@.*\n(?:^[ \])].*\n)*)*)^def {name}\(", source, re.MULTILINE)
            assert found, f"{file}::{name}"
            assert ("mark.slow" in (found[1] or "")) == ("*slow*" in line[: line.index(f"::{name}")]), name
