"""snnTorch: the NIR graph that ``export_to_nir`` makes of a network, and the spikes of the network itself.

The graph does not say how neurons reset: neither ``reset_mechanism`` nor ``reset_delay``, by default true, with which a
spike takes the threshold from what the decay leaves a step later, or drops the next step's input where it resets to
zero. Pools are written as unpadded.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import nir
import snntorch
import torch
from snntorch.export_nir import export_to_nir

PACKAGES = ("snntorch", "nir", "nirtorch", "torch")
DTYPE = "float32"


def compile(file, layers, inputs, ignore_dims=(0,)):
    """Write the graph of ``layers``, ``[name, settings]`` each, and return the output at every step, flat.

    Args:
        file: Where the graph is written.
        layers: Modules of ``torch.nn`` or of snnTorch, in sequence; ``gain`` multiplies a module's weights.
        inputs: ``[time, ...]`` of one example.
        ignore_dims: Axes of the inputs, the first of them of the batch, that the graph's shapes leave out.
    """
    torch.manual_seed(0)
    inputs = torch.tensor(inputs, dtype=torch.float32)[:, None]
    network = torch.nn.Sequential(*(_module(name, **settings) for name, settings in layers))
    with torch.no_grad():
        nir.write(file, export_to_nir(network, inputs[0], ignore_dims=list(ignore_dims)))

    def step():
        for module in network:
            if hasattr(module, "reset_mem"):
                module.reset_mem()
        with torch.no_grad():
            return (torch.stack([network(x) for x in inputs]),)

    return step, None


def _module(name, gain=1.0, neurons=None, **settings):
    if neurons is None:
        module = getattr(torch.nn, name)(**settings)
        for parameter in module.parameters():
            parameter.data *= gain
        return module
    # Of a number for all neurons nir 1.0.8 says that it is of no shape, and the export ends.
    each = {key: settings[key] for key in ("alpha", "beta", "V") if key in settings} | {
        "threshold": settings.get("threshold", 1.0)
    }
    each = {key: torch.tensor(value).broadcast_to(neurons).clone() for key, value in each.items()}
    return getattr(snntorch, name)(init_hidden=True, **settings | each)
