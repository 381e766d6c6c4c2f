"""What other libraries are known to read otherwise than NIR defines, for the user of a file to be told.

Read in the source of their importers. Graphs were also loaded into snnTorch 1.0.0 and norse 1.1.0, where what is said
to be read right is (``tests/eval/peers/test_nir.py``), and not into spyx 1.0.0.
"""

from __future__ import annotations

from typing import Literal

from paradigms.snn.layers import Spiking
from paradigms.snn.network import Network
from paradigms.snn.neurons import IF, LIF, Recurrent, Reset

Readout = Literal["integrator", "none"]
Gain = Literal["weights", "neurons"]


def losses(network: Network, reset: Reset, readout: Readout, gain: Gain) -> list[str]:
    """One sentence for each of them."""
    layers = [layer for layer in network.hidden if isinstance(layer, Spiking)]
    recurrent = [layer.neuron for layer in layers if isinstance(layer.neuron, Recurrent)]
    neurons = [one.neuron for one in recurrent] + [layer.neuron for layer in layers]
    leaky = any(isinstance(neuron, LIF) for neuron in neurons)
    found = ["spyx 1.0.0 fires a step later than NIR's neurons, and resets after the decay, in every layer."]
    if reset == "subtract":
        found.append(
            "A spike subtracts the threshold here; snnTorch 1.0.0 resets to zero whatever the graph says, and norse "
            "1.1.0 does so unless it is told otherwise, which it can be for CubaLIF alone: train with "
            "paradigm.reset=zero for them."
        )
    else:
        found.append("A spike resets to zero here; spyx 1.0.0 subtracts the threshold whatever the graph says.")
    if leaky and gain == "weights":
        found.append(
            "LIF neurons have r = 1; spyx 1.0.0 ignores r and drives them tau / dt times too strongly, and snnTorch "
            "1.0.0 reads them right only where all of a layer have one time constant: export with gain=neurons for "
            "them."
        )
    if leaky and gain == "neurons":
        found.append("LIF neurons have r = tau / dt; norse 1.1.0 ignores r: export with gain=weights for it.")
    if any(isinstance(neuron, IF) for neuron in neurons):
        found.append("snnTorch 1.0.0 reads no IF whose r is not 1, and makes those that it reads leak.")
    if recurrent:
        found.append("snnTorch 1.0.0 does not run recurrent graphs under nirtorch 2.6.")
    if any(layer.sums is not None for layer in layers):
        found.append("snnTorch 1.0.0 reads no SumPool2d.")
    if any(layer.pool > 1 for layer in layers):
        found.append("snnTorch 1.0.0 reads no SumPool2d, and neither it nor norse 1.1.0 reads a Threshold.")
    if readout == "integrator":
        found.append(
            "The read-out is an LI, which snnTorch 1.0.0, norse 1.1.0 and spyx 1.0.0 do not read: export with "
            "readout=none for them, and integrate the current."
        )
    return found
