"""Windows of neighbouring qubits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paradigms.vqc.circuit.windows import windows


@given(st.integers(1, 40))
def test_windows_cover_the_register_in_order(qubits):
    found = windows(qubits)
    assert [wire for window in found for wire in window] == list(range(qubits))
    assert max(map(len, found)) <= 5
    assert len(found) <= qubits / 3 + 1
