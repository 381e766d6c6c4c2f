"""norse: the NIR graph that ``to_nir`` makes of a network, and the output of the network itself.

norse writes ``tau`` times its step where NIR has ``tau`` in seconds, and ``r = 1`` for an ``IF`` whose current enters
whole at every step. It infers no shapes, without which a convolution cannot be written to a file, and knows no pooling
and no ``Flatten``.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import nir
import norse.torch as norse
import torch
from norse.torch.utils.export_nir import to_nir

PACKAGES = ("norse", "nir", "nirtorch", "torch")
DTYPE = "float32"


def compile(file, layers, inputs, dt):
    """Write the graph of ``layers``, ``[name, settings]`` each; the output at every step, flat.

    Args:
        file: Where the graph is written.
        layers: Modules of ``torch.nn`` or cells of norse, in sequence; ``gain`` multiplies a module's weights.
        inputs: ``[time, ...]`` of one example.
        dt: Length of a step in seconds.
    """
    torch.manual_seed(0)
    inputs = torch.tensor(inputs, dtype=torch.float32)
    network = norse.SequentialState(*(_module(name, dt, **settings) for name, settings in layers))
    with torch.no_grad():
        graph = to_nir(network, inputs[0], dt=dt)
        graph.infer_types()
        nir.write(file, graph)

    def step():
        state, outputs = None, []
        with torch.no_grad():
            for x in inputs:
                y, state = network(x, state)
                outputs.append(y)
        return (torch.stack(outputs),)

    return step, None


def _module(name, dt, gain=1.0, **settings):
    if hasattr(torch.nn, name):
        module = getattr(torch.nn, name)(**settings)
        for parameter in module.parameters():
            parameter.data *= gain
        return module
    parameters = getattr(norse, name.removesuffix("Cell") + "Parameters")
    return getattr(norse, name)(parameters(**{key: torch.tensor(value) for key, value in settings.items()}), dt=dt)
