"""The help of every command says what the YAML says of every setting, within 80 columns."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.studies import NAMES as STUDIES
from paradigms import NAMES as PARADIGMS
from scripts.explanations.declarations import allowed_settings
from scripts.explanations.layout import WIDTH
from scripts.explanations.yaml_comments import comments
from scripts.running.command import CONF


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in Path(CONF, group).glob("*.yaml"))


CALLS = [
    ("train", ()),
    *(
        ("train", (f"{group}={one}",))
        for group in ("task", "paradigm", "optimizer", "preset")
        for one in choices(group)
    ),
    ("train", (f"tracking=[{','.join(choices('tracking'))}]",)),
    ("compare", ()),
    *(("study", (f"study={one}", f"preset={preset}")) for one in STUDIES for preset in ("quick", "full")),
    ("report", ()),
    ("report", ("preset=quick",)),
    ("price", ()),
    *(("bench", (f"suite={one}",)) for one in choices("suite")),
]


@pytest.fixture
def shown(command):
    def show(name: str, *overrides: str) -> str:
        result = command(importlib.import_module(f"scripts.{name}").main, *overrides, "--help")
        assert (result.code, result.err) == (0, "")
        return result.out

    return show


def entries(text: str) -> dict[str, str]:
    """What is said of each setting, by its name; what is said of a section, by the section's."""
    found: dict[str, str] = {}
    name = ""
    for line in text.partition("Settings (KEY=VALUE)")[2].splitlines()[1:]:
        if head := re.match(r"(?:  )?([\w.]+)(?=[=: ]|$)", line):
            name = head[1]
            found[name] = line
        elif line:
            found[name] += f" {line}"
    return {name: " ".join(said.split()) for name, said in found.items()}


def files(group: str, choice: str) -> Iterator[tuple[str, ...]]:
    """The paths of the settings that a file of a group sets below the root of what is composed."""
    values = yaml.safe_load(Path(CONF, group, f"{choice}.yaml").read_text())
    own = {key: value for key, value in values.items() if key != "defaults"}
    return paths(own, () if "@package" in Path(CONF, group, f"{choice}.yaml").read_text() else (group,))


def paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from paths(value, (*above, key))
        else:
            yield (*above, key)


@pytest.mark.parametrize(("name", "overrides"), CALLS)
def test_every_setting_has_a_meaning_and_every_line_fits(shown, name, overrides):
    text = shown(name, *overrides)
    for line in text.splitlines():
        assert len(line) <= WIDTH, line
    said = entries(text)
    assert len(said) > 3
    for setting, about in said.items():
        if not re.fullmatch(r"Run|tracking|vqc|snn|transformer|quantised|settings", setting):
            assert len(about.split(maxsplit=1)) == 2, f"{setting} has no comment"
            assert not re.search(r"[^ ]*=[^ ]* (one|some) of: ", about), f"{setting} has no comment"


@pytest.mark.parametrize("name", ["train", "compare", "study", "report", "price", "bench"])
def test_what_the_command_s_yaml_says_is_shown(shown, name):
    text = shown(name)
    said, together = entries(text), " ".join(text.split())
    for path, comment in comments(Path(CONF, f"{name}.yaml").read_text()).items():
        if path == ("chosen",):  # Hydra works it out
            assert "chosen" not in said
        elif path != ("defaults", "_self_"):
            assert comment in (together if path[0] == "defaults" else said[".".join(path)]), path


@pytest.mark.parametrize(
    ("group", "choice"), [(group, one) for group in ("task", "paradigm", "optimizer") for one in choices(group)]
)
def test_what_a_choice_s_yaml_says_is_shown(shown, group, choice):
    said = entries(shown("train", f"{group}={choice}"))
    written = comments(Path(CONF, group, f"{choice}.yaml").read_text())
    for path in files(group, choice):
        comment = written[path if path in written else path[1:]]
        name = path[0] if path[-1] == "name" else ".".join(path)
        if path != ("optimizer", "learning_rate") or group == "paradigm":
            assert comment in said[name], path
    assert f"{group}={choice}: " in said[group]


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_the_comments_of_quick_explain_every_preset(shown, study, preset):
    said = entries(shown("study", f"study={study}", f"preset={preset}"))
    written = comments(Path(CONF, "settings", study, "quick.yaml").read_text())
    values = yaml.safe_load(Path(CONF, "settings", study, f"{preset}.yaml").read_text())
    assert set(values) == {path[0] for path in written if len(path) == 1}
    for setting in values:
        assert written[(setting,)] in said[f"settings.{setting}"]
    if preset == "full":
        assert comments(Path(CONF, "settings", study, "full.yaml").read_text()) == {}, "meanings stand in quick.yaml"


@pytest.mark.parametrize("suite", choices("suite"))
def test_what_a_suite_s_yaml_says_is_shown(shown, suite):
    together = " ".join(shown("bench", f"suite={suite}").split())
    for path, comment in comments(Path(CONF, "suite", f"{suite}.yaml").read_text()).items():
        assert (f"{path[0]}=" if len(path) == 1 else f"{path[1]}: ") in together or path == ("further",)
        assert comment in together


def composed(name: str, *overrides: str) -> dict[str, Any]:
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(CONF, version_base="1.3"):
        return OmegaConf.to_container(compose(name, list(overrides)))


@pytest.mark.parametrize("overrides", [(f"paradigm={one}",) for one in PARADIGMS])
def test_allowed_values_are_shown_and_no_comment_lists_them_again(shown, overrides):
    said = entries(shown("train", *overrides))
    allowed = allowed_settings("train", composed("train", *overrides))
    shown_ones = {path: one for path, one in allowed.items() if ".".join(path) in said}
    assert len(shown_ones) > 2
    for path, one in shown_ones.items():
        about, _, listed = said[".".join(path)].partition(" one of: ")
        assert listed == ", ".join(one.values)
        meaning = about.partition(" ")[2]
        names = [value for value in one.values if value not in ("true", "false", "null")]
        assert len(names) < 2 or not all(re.search(rf"\b{value}\b", meaning) for value in names), path


def test_a_comparison_shows_the_settings_of_all_paradigms(shown):
    said = entries(shown("compare"))
    for paradigm in PARADIGMS:
        assert said[paradigm].startswith(f"{paradigm}: ")
        assert f"{paradigm}.optimizer.learning_rate" in said
    assert said["snn.paradigm.reset"].endswith("one of: subtract, zero")


def test_an_override_is_shown_and_a_list_without_room_breaks_between_its_items(shown):
    assert "  paradigm.qubits=7 " in shown("train", "paradigm=vqc", "paradigm.qubits=7")
    long = ",".join(map(str, range(1000, 1030)))
    text = shown("study", "study=gradient_price", f"settings.widths=[{long}]")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert re.sub(r"\s+", "", text).count(f"settings.widths=[{long}]") == 1


def test_groups_are_listed_with_what_was_chosen(shown):
    text = " ".join(shown("train", "tracking=[wandb]").partition("Settings (KEY=VALUE)")[0].split())
    assert "optimizer=adamw what turns gradients into updates one of: adamw, sgd" in text
    assert "tracking=[wandb] " in text
    assert "some of: jsonl, progress, tensorboard, wandb" in text
    assert "preset=default" in text
    report = shown("report")
    assert "preset=null" in report
    assert "one of: full, quick" in report
