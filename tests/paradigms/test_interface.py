"""What the interface itself refuses, where nothing else checks types: in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import jax
from paradigms.interface import Spec, Unsupported
for kind, outputs in [("Regression", 3), (None, 3), ("regression", 0), ("regression", 3.0), ("regression", True)]:
    try:
        Spec(jax.ShapeDtypeStruct((4,), "float32"), kind, outputs)
    except Unsupported as refusal:
        print(refusal)
"""
KINDS = "of a Spec is unknown: choose one of classification, language, regression"
WHOLE = "of a Spec must be a whole number of at least 1"


def test_a_spec_of_an_unknown_kind_or_of_no_whole_number_of_outputs_is_refused():
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert said.stdout.splitlines() == [
        f"kind='Regression' {KINDS}", f"kind=None {KINDS}",
        f"outputs=0 {WHOLE}", f"outputs=3.0 {WHOLE}", f"outputs=True {WHOLE}",
    ], said.stderr  # fmt: skip
