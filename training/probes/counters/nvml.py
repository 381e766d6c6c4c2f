"""The energy counter of an NVIDIA GPU, read through NVML."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from training.probes.counters.counter import NoCounter


class Nvml:
    """The one GPU of this machine, from Volta on."""

    name = "the GPU's own counter (NVML)"

    def start(self) -> Callable[[], float]:
        """Begin to count; see :class:`training.probes.counters.counter.Counter`.

        Raises:
            NoCounter: ``nvidia-ml-py`` is not installed, the GPU keeps no count (before Volta), or the machine has
                several, of which NVML does not say which is JAX's.
        """
        before = _joules()
        return lambda: _joules() - before


def _joules() -> float:
    """What the GPU has drawn since its driver was loaded."""
    try:
        pynvml = importlib.import_module("pynvml")
    except ImportError:
        raise NoCounter("nvidia-ml-py is not installed (pip install nvidia-ml-py)") from None
    try:
        pynvml.nvmlInit()
        try:
            count = pynvml.nvmlDeviceGetCount()
            if count != 1:
                raise NoCounter(f"NVML lists {count} GPUs and does not say which of them is JAX's")
            return pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0)) / 1e3
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError as error:
        raise NoCounter(f"NVML reads no energy of this GPU, as of one before Volta ({error})") from error
