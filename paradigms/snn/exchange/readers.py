"""What other libraries are known to read otherwise than NIR defines, for the user of a file to be told.

Read in the source of their importers. Graphs were also loaded into snnTorch 1.0.0, norse 1.1.0 and spyx 1.0.0: what is
said to be read right is, and most of what is not is refused or comes out otherwise (``tests/eval/peers/test_nir.py``).
"""

from __future__ import annotations

from typing import Literal

from paradigms.snn.connections import Convolution
from paradigms.snn.layers import Spiking
from paradigms.snn.network import Network
from paradigms.snn.neurons import IF, LIF, Recurrent, Reset, SynapticLIF

Readout = Literal["integrator", "none"]
Gain = Literal["weights", "neurons"]


def read_otherwise(network: Network, reset: Reset, readout: Readout, gain: Gain) -> list[str]:
    """One sentence for each of them."""
    layers = [layer for layer in network.hidden if isinstance(layer, Spiking)]
    recurrent = [layer.neuron for layer in layers if isinstance(layer.neuron, Recurrent)]
    neurons = [one.neuron for one in recurrent] + [layer.neuron for layer in layers]
    convolutions = [layer.connection for layer in layers if isinstance(layer.connection, Convolution)]
    leaky = any(isinstance(neuron, LIF) for neuron in neurons)
    found = ["Every layer of spyx 1.0.0 fires a step later than NIR's neurons, and a bias does not wait for it."]
    if leaky:
        found.append("spyx 1.0.0 subtracts the threshold of a LIF from what the decay leaves.")
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
        if any(isinstance(one.neuron, IF) for one in recurrent):
            found.append("spyx 1.0.0 never ends with a recurrent IF.")
    if convolutions:
        found.append(
            "spyx 1.0.0 flattens images with their channels last, where the weights after them have them first; "
            "snnTorch 1.0.0 and norse 1.1.0 flatten the batch too, and want one example without its axis."
        )
        if any(isinstance(neuron, SynapticLIF) for neuron in neurons):
            found.append("spyx 1.0.0 runs no CubaLIF of images.")
    if any(connection.dilation != (1, 1) for connection in convolutions):
        found.append("spyx 1.0.0 reads no dilation.")
    if any(connection.groups > 1 for connection in convolutions):
        found.append(
            "Convolutions in groups are written with the zeros between groups, for nir 1.0 checks no shapes of groups; "
            "who trains them trains the zeros, here too."
        )
    if any(layer.sums is not None and layer.sums.padding != (0, 0) for layer in layers):
        found.append(
            "snnTorch 1.0.0 and norse 1.1.0 leave out the padding of a SumPool2d, and spyx 1.0.0 pads by a rule of its "
            "own."
        )
    if any(layer.pool > 1 for layer in layers):
        found.append(
            "snnTorch 1.0.0 reads no Threshold, norse 1.1.0 runs what follows one on what enters the network, and spyx "
            "1.0.0 leaves it out."
        )
    if readout == "integrator":
        found.append(
            "The read-out is an LI, which snnTorch 1.0.0 and spyx 1.0.0 refuse and norse 1.1.0 leaves out: export with "
            "readout=none for them, and integrate the current."
        )
    return found
