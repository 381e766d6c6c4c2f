"""Variational quantum circuits in PennyLane, simulated and differentiated in JAX.

The device is a PennyLane plugin: ``qml.device("scan.qubit", wires=n)``.
"""

from paradigms.vqc import shims
from paradigms.vqc.config import Config
from paradigms.vqc.model import VQC, build
from paradigms.vqc.sizes import resized

# Nothing imported so far imports PennyLane, which calls the names that the shims supply.
shims.apply()

__all__ = ["SMALLEST", "VQC", "Config", "build", "resized"]
SMALLEST = Config(qubits=4, layers=1)
"""A configuration whose gradient compiles in a few seconds."""
