"""PennyLane's own device tests (``pl-device-test``) on ``scan.qubit``: every failure is expected, with a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import shared_context
from pennylane.devices.tests import get_device_tests

AUTOGRAD = "gradients through the simulation are JAX's; under autograd, parameter-shift is the rule"
SPARSE = "expectation values are of Pauli sums and of observables with a known eigenbasis, not of sparse matrices"
UNSUPPORTED = {
    "test_gradients_autograd.py::TestGradients::test_basic_grad[device_kwargs0-backprop]": AUTOGRAD,
    "test_gradients_autograd.py::TestGradients::test_backprop_state[device_kwargs0-backprop]": AUTOGRAD,
    "test_gradients_autograd.py::TestGradients::test_probs[device_kwargs0-backprop]": AUTOGRAD,
    "test_gradients_autograd.py::TestGradients::test_multi_meas[device_kwargs0-backprop]": AUTOGRAD,
    "test_gradients_autograd.py::TestGradients::test_hessian[device_kwargs0-backprop]": AUTOGRAD,
    "test_measurements.py::TestSupportedObservables::test_supported_observables_can_be_implemented"
    "[device_kwargs0-SparseHamiltonian]": SPARSE,
    "test_measurements.py::TestTensorExpval::test_sparse_hamiltonian_expval[device_kwargs0]": SPARSE,
}
SKIPS = {
    # What the suite may leave out, by a part of the reason that it gives itself.
    "old (device )?interface": "tests of PennyLane's former device interface",
    "torch|tensorflow": "another array library, which is not installed here",
    "analytic": "tests of the other mode, with or without shots",
    "Shots must be specified|If shots|when shots is not None": "tests of the other mode, with or without shots",
    "only works with (backprop|parameter-shift)": "a test of one rule, offered under every rule",
    "qutrit": "registers of three-level systems",
    "test_gates.py:374.*operation not supported": "QubitDensityMatrix, a mixed state: states here are pure",
}


@pytest.mark.device_suite
@pytest.mark.parametrize(("shots", "analytic"), [("None", "True"), ("200000", "False")])
def test_pennylanes_device_suite(shots, analytic, tmp_path):
    options = [f"--shots={shots}", f"--analytic={analytic}", "--device=scan.qubit", "--device-kwargs", "seed=0"]
    options += ["-q", "-rfEs", "-p", "no:cacheprovider", "-p", "shared_context"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", get_device_tests(), *options],
        env=shared_context.environment(),
        capture_output=True,
        text=True,
        timeout=1200,
        cwd=tmp_path,
    )
    failed = {
        f"{Path(name).name}::{case}"
        for name, case in re.findall(r"^(?:FAILED|ERROR) (\S+?\.py)::(\S+)", done.stdout, re.MULTILINE)
    }
    passed = int((re.findall(r"(\d+) passed", done.stdout) or ["0"])[-1])
    assert passed > 350, done.stdout[-3000:]
    assert failed == (set(UNSUPPORTED) if analytic == "True" else set()), done.stdout[-3000:]
    skipped = re.findall(r"^SKIPPED \[\d+\] \S*?(\w+\.py:.*)$", done.stdout, re.MULTILINE)
    unexplained = [line for line in skipped if not any(re.search(reason, line) for reason in SKIPS)]
    assert not unexplained
