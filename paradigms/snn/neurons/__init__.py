"""Neurons: pure step functions ``(current, state) -> (output, state)``, and thin modules that hold their parameters.

A new neuron is a file with its step function and its module, which has ``initial_state`` and ``__call__``, and a line
in ``NEURONS`` (``populations.py``). Arrays may have any leading batch axes; parameters run over the
last axis, which is a dense layer's neurons or a convolution's channels.
"""

from paradigms.snn.neurons.adaptive import AdaptiveLIF, adaptive_lif_step
from paradigms.snn.neurons.firing import THRESHOLD, Firing, Reset, Values
from paradigms.snn.neurons.integrator import LeakyIntegrator, leaky_integrator_step
from paradigms.snn.neurons.leak import Leak, decay_logit
from paradigms.snn.neurons.lif import IF, LIF, if_step, lif_step
from paradigms.snn.neurons.neuron import Neuron
from paradigms.snn.neurons.recurrent import Recurrent
from paradigms.snn.neurons.synaptic import SynapticLIF, synaptic_lif_step

__all__ = [
    "IF",
    "LIF",
    "THRESHOLD",
    "AdaptiveLIF",
    "Firing",
    "Leak",
    "LeakyIntegrator",
    "Neuron",
    "Recurrent",
    "Reset",
    "SynapticLIF",
    "Values",
    "adaptive_lif_step",
    "decay_logit",
    "if_step",
    "leaky_integrator_step",
    "lif_step",
    "synaptic_lif_step",
]
