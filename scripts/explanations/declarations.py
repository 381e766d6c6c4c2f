"""Which dataclass each group of settings fills, by name: importing one would import JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.explanations.allowed_values import Allowed, allowed_values

_GROUPS = {
    "trainer": ("training.config", "TrainerConfig"),
    "optimizer": ("training.config", "OptimizerConfig"),
    "probes": ("training.config", "ProbesConfig"),
    "mesh": ("training.config", "MeshConfig"),
    "distributed": ("training.config", "DistributedConfig"),
    "task": ("training.tasks", "TaskConfig"),
}
_RUN_SETTINGS = {
    "train": [("scripts.configuration.run_config", "RunConfig")],
    "price": [("scripts.configuration.run_config", "RunConfig")],
    "compare": [("eval.compare.config", "CompareConfig"), ("scripts.compare", "Places")],
    "study": [("scripts.study", "StudyPlace")],
    "report": [("scripts.report", "ReportPlace")],
}


def declarations(command: str, values: Mapping[str, Any]) -> Mapping[tuple[str, ...], list[tuple[str, str]]]:
    """Name the dataclasses that a command's settings fill.

    Args:
        command: The name of the command.
        values: Its composed settings.

    Returns:
        The modules and names of the dataclasses, by the keys that lead to the settings of each.
    """
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {(): _RUN_SETTINGS.get(command, [])}
    if "suite" in values:
        found[()] = [(f"eval.bench.{values['suite']}", "Config")]
    if "settings" in values:
        found[("settings",)] = [(f"eval.studies.{values.get('study')}.config", "Config")]
    for group, place in _GROUPS.items():
        found[(group,)] = [place]
    # A comparison has one paradigm below the name of each.
    for path, held in (((), values), *(((name,), one) for name, one in values.items())):
        if isinstance(held, Mapping) and isinstance(chosen := held.get("paradigm"), Mapping) and "name" in chosen:
            found[(*path, "paradigm")] = [(f"paradigms.{chosen['name']}.config", "Config")]
    return found


def allowed_settings(command: str, values: Mapping[str, Any]) -> Mapping[tuple[str, ...], Allowed]:
    """Find the settings of a command that take one of a few values, by the keys that lead to them."""
    return {
        (*path, field): allowed
        for path, classes in declarations(command, values).items()
        for module, name in classes
        for field, allowed in allowed_values(module, name).items()
    }
