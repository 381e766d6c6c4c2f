"""snnTorch: ``snntorch.Leaky`` in a Python loop over time, as its tutorials train.

Not aligned: the reset is subtracted a step later, after the decay, and so not decayed with the potential (the default,
``reset_delay=True``). The reset is detached and the surrogate is ours.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import snntorch
import torch
from snntorch import surrogate

PACKAGES = ("snntorch", "torch")
DTYPE = "float32"


class Network(torch.nn.Module):
    def __init__(self, weights, decay):
        super().__init__()
        self.connections = torch.nn.ModuleList(linear(weight) for weight in weights)
        self.neurons = torch.nn.ModuleList(
            [
                *(snntorch.Leaky(decay, spike_grad=surrogate.atan(alpha=2.0)) for _ in weights[:-1]),
                snntorch.Leaky(decay, reset_mechanism="none"),
            ]
        )

    def forward(self, inputs):
        states = [neuron.reset_mem() for neuron in self.neurons]
        potentials = []
        for spikes in inputs:
            for index, (connection, neuron) in enumerate(zip(self.connections, self.neurons, strict=True)):
                spikes, states[index] = neuron(connection(spikes), states[index])
            potentials.append(states[-1])
        return torch.stack(potentials).mean(0)


def linear(weight):
    layer = torch.nn.Linear(*weight.shape, bias=False)
    layer.weight.data = torch.from_numpy(weight.T.copy())
    return layer


def compile(inputs, labels, weights, decay):
    network = Network(weights, decay)
    inputs, labels = torch.from_numpy(inputs).float(), torch.from_numpy(labels).long()

    def step():
        network.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(inputs), labels)
        loss.backward()
        return loss.detach(), *(connection.weight.grad.T for connection in network.connections)

    return step, None
