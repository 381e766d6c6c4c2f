"""The scripts of other libraries: each is where its suite looks for it, and stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from eval.bench import int8
from eval.bench.side_by_side.contender import PEERS
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS
from eval.bench.transformer.contenders import IMPLEMENTATIONS as TRANSFORMERS
from eval.bench.vqc.contenders import IMPLEMENTATIONS

OURS = {"paradigms", "training", "eval", "scripts"}
SCRIPTS = [PEERS / "worker.py", *(path for path in PEERS.glob("*/*.py") if path.name != "__init__.py")]


@pytest.mark.parametrize(
    ("suite", "contenders"),
    [
        ("snn", PEER_IMPLEMENTATIONS.values()),
        ("vqc", IMPLEMENTATIONS.values()),
        ("transformer", TRANSFORMERS.values()),
        ("int8", [kernel for kernels in int8.contenders.IMPLEMENTATIONS.values() for kernel in kernels]),
    ],
)
def test_a_suite_runs_every_script_of_its_folder(suite, contenders):
    peers = [contender for contender in contenders if contender.is_peer]
    used = {contender.file for contender in peers} | {contender.maker for contender in peers if contender.maker}
    assert used == {path for path in SCRIPTS if path.parent.name == suite}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(PEERS).as_posix())
def test_a_script_stands_alone(path: Path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".")[0])
    assert not imported & OURS
