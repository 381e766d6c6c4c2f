"""Layers: connections that drive populations of spiking neurons, a block of time steps at a time.

Within a block a layer is run at all steps before the next layer is: its connection is one product over time and batch,
and only the neurons are stepped. A layer takes ``(inputs, state, fan_out, block)`` with ``inputs`` of shape
``[time, batch, *shape]`` and returns a :class:`Pass`; it offers ``initial_state``, ``fan_out`` (of each connection) and
``populations`` (what it consists of), all in the same order.
"""

from paradigms.snn.layers.chain import Chain
from paradigms.snn.layers.delayed import Delayed
from paradigms.snn.layers.layer import Activity, FanOut, Pass, Population, TimeBlock
from paradigms.snn.layers.self_attention import SelfAttention
from paradigms.snn.layers.spiking import Spiking

__all__ = [
    "Activity",
    "Chain",
    "Delayed",
    "FanOut",
    "Pass",
    "Population",
    "SelfAttention",
    "Spiking",
    "TimeBlock",
]
