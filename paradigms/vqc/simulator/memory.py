"""How much memory a circuit's gradient will take, known before anything is allocated."""

from __future__ import annotations

from paradigms.capacity import capacity_bytes
from paradigms.interface import Unsupported
from paradigms.vqc.circuit.windows import WIDTH, windows
from paradigms.vqc.config import Config

AMPLITUDE_BYTES = 8
"""One ``complex64``."""
MOST_PREPARED, LEAST_PREPARED = 32, 8
"""Layers whose matrices are made at a time: enough to make them well, few enough for memory not to grow with depth."""


def gradient_bytes(config: Config) -> int:
    """Predict the bytes that the gradient of one example keeps at once.

    ``adjoint`` works on a fixed number of states (ket, cotangent and their temporaries) and keeps the matrices of a few
    layers; ``backprop`` keeps the matrices of all layers, and the states between a layer's products besides;
    ``parameter_shift`` holds some states for every circuit of one chunk. The constants were fitted to XLA's own account
    from 12 to 18 qubits and 4 to 80 layers.

    Args:
        config: The circuit.

    Returns:
        Bytes, within 20% of what XLA allocates on a CPU.
    """
    state = AMPLITUDE_BYTES * 2**config.qubits
    found = windows(config.qubits, 3 if config.embedding == "reuploading" else WIDTH)
    # Fused hardware-efficient layers are complex; strongly entangling ones are real, with tables of phases beside.
    parts, states, tables, kept = (4, 6.6, 0, 1.12) if config.ansatz == "hardware_efficient" else (1, 5.0, 100, 2.25)
    matrices = sum(4 ** len(window) for window in found) * 4 * parts * 3.1
    held = config.layers if config.differentiation == "backprop" else min(config.layers, MOST_PREPARED)
    layers = held * (matrices + tables * 2 ** (config.qubits / 2))
    if config.differentiation == "parameter_shift":
        circuits = 2 * min(config.shift_chunk, config.gate_angles)
        return round(4 * state * circuits)
    if config.differentiation == "backprop":
        states += kept * config.layers * len(found)
    return round(state * states + layers)


def require_memory(config: Config) -> None:
    """Refuse a circuit whose gradient for one example exceeds the memory of the machine's devices together.

    Args:
        config: The circuit.

    Raises:
        Unsupported: If it does; the sentence has both numbers.
    """
    needed, available = gradient_bytes(config), capacity_bytes()
    if needed > available:
        raise Unsupported(
            f"paradigm.qubits={config.qubits} with paradigm.layers={config.layers} needs {needed / 2**30:,.1f} GiB for "
            f"the gradient of one example and the machine has {available / 2**30:,.1f} GiB; use fewer qubits or "
            "layers, or a machine with more devices, over which mesh.model=4 splits the state"
        )
