"""SpikingJelly in multi-step mode: every layer takes the whole sequence, neurons on PyTorch's own operations.

Aligned, its input current being kept from decaying (``decay_input=False``). The read-out neuron divides its current by
the time constant; its mean potential is multiplied by it again.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate

PACKAGES = ("spikingjelly", "torch")
DTYPE = "float32"


def linear(weight):
    connection = layer.Linear(*weight.shape, bias=False, step_mode="m")
    connection.weight.data = torch.from_numpy(weight.T.copy())
    return connection


def compile(inputs, labels, weights, decay):
    *hidden, readout = weights
    tau = 1 / (1 - decay)
    layers = []
    for weight in hidden:
        layers += [
            linear(weight),
            neuron.LIFNode(
                tau=tau,
                decay_input=False,
                v_reset=None,
                surrogate_function=surrogate.ATan(alpha=2.0),
                detach_reset=True,
                step_mode="m",
            ),
        ]
    network = torch.nn.Sequential(*layers, linear(readout), neuron.NonSpikingLIFNode(tau=tau, decode="mean-mem"))
    inputs, labels = torch.from_numpy(inputs).float(), torch.from_numpy(labels).long()

    def step():
        network.zero_grad()
        loss = torch.nn.functional.cross_entropy(tau * network(inputs), labels)
        loss.backward()
        functional.reset_net(network)
        return loss.detach(), *(parameter.grad.T for parameter in network.parameters())

    return step, None
