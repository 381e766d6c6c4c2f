"""Spiking networks in Equinox: LIF layers, surrogate gradients, encodings, unrolling over time."""

from paradigms.snn.config import Config
from paradigms.snn.model import SNN, build

__all__ = ["SNN", "Config", "build"]
