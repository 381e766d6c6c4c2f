"""Connections: what turns the spikes of one population into the current of the next, the same at every step.

A connection offers ``__call__`` over any leading time and batch axes, the shapes of one input and one output, and
``fan_out``: how many connections of non-zero weight leave each input.
"""

from paradigms.snn.connections.convolution import Convolution
from paradigms.snn.connections.dense import Dense

__all__ = ["Connection", "Convolution", "Dense"]

Connection = Dense | Convolution
