"""Rules of differentiation: how the gradient of a spiking network is found through its time steps.

A rule is an object with the methods of :class:`paradigms.snn.rules.rule.Rule`, and a line in ``RULES``, which is what
``Config.differentiation`` chooses from. Every architecture, neuron and encoding then works with it.

================  ==============================================================  ============  ============
rule              kept from the forward to the reverse pass                       gradient      forward mode
================  ==============================================================  ============  ============
``bptt``          what each step's derivative needs: O(T)                         exact         yes
``packed``        potentials of LIF and IF neurons, a byte per spike: O(T)        exact         yes
``checkpointed``  the states before each segment, and one segment's residuals:    exact         yes
                  O(√T)
``compact``       the states before each of many short blocks: O(T), tens of      exact         no
                  times less
``sltt``          nothing but the arguments: O(1)                                 of each step  no
``ottt``          nothing but the arguments: O(1)                                 from traces   no
================  ==============================================================  ============  ============
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from paradigms.snn.rules.backpropagation import BPTT, Checkpointed
from paradigms.snn.rules.online import OTTT, SLTT
from paradigms.snn.rules.packed import Compact, Packed
from paradigms.snn.rules.rule import Rule

__all__ = ["RULES", "Rule"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for rule in (BPTT(), Packed(), Checkpointed(), Compact(), SLTT(), OTTT())}
)
"""The rules by name."""
