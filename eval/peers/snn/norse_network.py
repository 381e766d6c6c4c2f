"""norse: a ``SequentialState`` of dense layers and ``LIFBoxCell`` neurons, lifted over time.

Not aligned: norse has no arctan, so the surrogate is its SuperSpike, ``1 / (1 + |x|)^2``. The loss is ours, the
gradient is not. A cell multiplies its current by 1 - decay, so hidden weights are divided by it, and the mean potential
of the read-out afterwards. The reset is given to the cell, for norse's own, which subtracts too, is not detached.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import torch
from norse.torch import LIBoxCell, LIBoxParameters, LIFBoxCell, LIFBoxParameters, Lift, SequentialState

PACKAGES = ("norse", "torch")
DTYPE = "float32"


def linear(weight):
    layer = torch.nn.Linear(*weight.shape, bias=False)
    layer.weight.data = torch.from_numpy(weight.T.copy())
    return layer


def subtract(spikes, potential, reset, threshold):
    return potential - threshold * spikes.detach()


def compile(inputs, labels, weights, decay):
    *hidden, readout = weights
    rate = torch.as_tensor(1 - decay)
    neuron = LIFBoxParameters(tau_mem_inv=rate, method="super", alpha=torch.as_tensor(1.0), reset_method=subtract)
    layers = []
    for weight in hidden:
        layers += [linear(weight / (1 - decay)), LIFBoxCell(neuron, dt=1.0)]
    layers += [linear(readout), LIBoxCell(LIBoxParameters(tau_mem_inv=rate), dt=1.0)]
    network = Lift(SequentialState(*layers))
    inputs, labels = torch.from_numpy(inputs).float(), torch.from_numpy(labels).long()

    def step():
        network.zero_grad()
        potentials, _ = network(inputs)
        loss = torch.nn.functional.cross_entropy(potentials.mean(0) / (1 - decay), labels)
        loss.backward()
        return loss.detach(), *(parameter.grad.T for parameter in network.parameters())

    return step, None
