"""PennyLane's own tests of its JAX interface, with ``scan.qubit`` in the place of ``default.qubit``.

Its wheel holds them (``tests/workflow/interfaces/qnode``), with ``default.qubit`` by name; where one does not, this is
skipped. ``test_jax_interface.py`` checks the same in tests of ours.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import shared_context

TRACED_MATRIX = "nobody sees under jit whether a matrix is unitary, as the adjoint rule asks: refused in a sentence"
COUNTS = "counts under jit are refused in other words than those of PennyLane's interface"
ASKED = "PennyLane's Hadamard rule asks of its own evolution, a second time, whether a traced factor is 0"
NO_SEED = "shots under jit without a seed would be the same in every call: refused in a sentence"
ROUNDING = "a second difference of steps of 1e-7 leaves about one digit: rounding decides whether it is near enough"
COMPLEX_ANGLES = "these tests make angles complex, which an angle of the adjoint rule is not: refused in a sentence"
UNSUPPORTED = {
    "test_jax_qnode.py": {r"test_diff_expval_probs_sub_argnums\[.*adjoint": COMPLEX_ANGLES},
    "test_jax_jit_qnode.py": {
        r"test_matrix_parameter\[.*adjoint": TRACED_MATRIX,
        r"TestQubitIntegration::test_counts\[": COUNTS,
        r"test_second_derivative\[.*finite-diff": ROUNDING,
        r"test_hessian(_vector_valued_postprocessing)?\[.*hadamard": ASKED,
        r"test_complex64_return\[adjoint": COMPLEX_ANGLES,
        r"test_int32_return": NO_SEED,
    },
}
CONFTEST = '''
import pytest


@pytest.fixture
def seed():
    return 42


@pytest.fixture(scope="session")
def tol():
    return 1e-4


@pytest.fixture
def enable_graph_decomposition():
    yield


@pytest.fixture
def enable_disable_plxpr():
    yield


@pytest.fixture
def enable_and_disable_graph_decomp():
    yield


def pytest_collection_modifyitems(items, config):
    """Leave out other devices, the interface "auto", which is JAX's here as well, and what compiles for many minutes.

    The Hadamard rule makes circuits of different gates from a chain of two circuits. JAX compiles all of these into one
    program, which takes several minutes.
    """
    others = ("lightning", "reference.qubit", "param_shift.qubit", "auto")
    left_out = [item for item in items if any(other in item.name for other in others)]
    left_out += [item for item in items if "test_chained_qnodes" in item.name and "hadamard" in item.name]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
'''


@pytest.mark.slow
@pytest.mark.parametrize("name", UNSUPPORTED)
def test_pennylanes_tests_of_the_jax_interface(name, tmp_path):
    held = {path.name: Path(str(path.locate())) for path in distribution("pennylane").files or ()}
    if name not in held:
        pytest.skip(f"this wheel of PennyLane does not hold {name}")
    (tmp_path / name).write_text(held[name].read_text().replace("default.qubit", "scan.qubit"))
    # A device that one of the files imports, and whose cases are left out.
    (tmp_path / "param_shift_dev.py").write_text(held["param_shift_dev.py"].read_text())
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = jax\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", name, "-q", "-rfE", "-p", "no:cacheprovider", "-p", "shared_context"],
        env=shared_context.environment(),
        capture_output=True,
        text=True,
        timeout=3600,
        cwd=tmp_path,
    )
    failed = re.findall(r"^(?:FAILED|ERROR) \S+?\.py::(.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    passed = int((re.findall(r"(\d+) passed", done.stdout) or ["0"])[-1])
    assert passed > 300, done.stdout[-3000:]
    unexplained = [case for case in failed if not any(re.search(pattern, case) for pattern in UNSUPPORTED[name])]
    assert unexplained == [], done.stdout[-6000:]
    certain = [pattern for pattern, reason in UNSUPPORTED[name].items() if reason != ROUNDING]
    unneeded = [pattern for pattern in certain if not any(re.search(pattern, case) for case in failed)]
    assert unneeded == []
