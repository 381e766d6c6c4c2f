"""Spiking networks in Equinox: LIF layers, surrogate gradients, encodings, unrolling over time."""

from paradigms.snn.config import Config
from paradigms.snn.model import SNN, build
from paradigms.snn.sizes import resized

__all__ = ["SMALLEST", "SNN", "Config", "build", "resized"]
SMALLEST = Config(hidden=(4,), time_steps=2)
"""A configuration whose gradient compiles in a few seconds."""
