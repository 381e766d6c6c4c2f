"""What is learned from training does not train by itself: ``training`` has the one loop over updates."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

EVAL = Path(__file__).parents[2] / "eval"
PRICED = {"studies/gradient_worth/costs.py"}
"""Files that take the training step apart to say what it costs; they run it on one batch again and again."""


def uses(source: str) -> set[str]:
    """Names by which parameters are updated: optax, its ``apply_updates``, an optimiser's ``update``, the step."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found |= {"optax" for module in modules if module.split(".")[0] == "optax"}
            found |= {alias.name for alias in node.names if alias.name in ("apply_updates", "make_step")}
        if isinstance(node, ast.Attribute):
            found |= {node.attr} & {"apply_updates", "make_step"}
            if node.attr == "update" and "optimi" in ast.unparse(node.value):
                found.add("optimizer.update")
    return found


def test_no_module_updates_parameters_by_itself():
    found = {}
    for path in EVAL.rglob("*.py"):
        place = path.relative_to(EVAL).as_posix()
        # Other libraries are trained as they are.
        if place.split("/")[0] != "peers" and (used := uses(path.read_text())):
            found[place] = used
    assert found == {place: {"make_step"} for place in PRICED}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import optax", {"optax"}),
        ("from optax.losses import safe", {"optax"}),
        ("optax.apply_updates(params, updates)", {"apply_updates"}),
        ("updates, state = self.optimizer.update(gradient, state)", {"optimizer.update"}),
        ("from training.step import make_step", {"make_step"}),
        ("row.update(values)", set()),
    ],
)
def test_such_uses_are_seen(source, found):
    assert uses(source) == found
