"""Variational quantum circuits in PennyLane, simulated and differentiated in JAX.

The device is a PennyLane plugin: ``qml.device("scan.qubit", wires=n)``.

Arrows point one way, and import-linter holds them there: ``model`` → ``qnode`` → ``device`` and ``gradients`` →
``measurement`` → ``simulator`` → ``circuit`` → ``config``. Neither the device nor the gradients know each other.
"""

from paradigms.vqc import removed_jax_names
from paradigms.vqc.config import Config
from paradigms.vqc.model import VQC, build
from paradigms.vqc.sizes import resized

# Nothing imported so far imports PennyLane, which calls the names that JAX removed.
removed_jax_names.restore()

__all__ = ["SMALLEST", "VQC", "Config", "build", "resized"]
SMALLEST = Config(qubits=4, layers=1)
"""A configuration whose gradient compiles in a few seconds."""
