"""snnTorch: what a NIR graph does when ``import_from_nir`` reads it.

snnTorch resets every neuron of a graph to zero and takes a step to be 1e-4 s. It makes an ``IF`` leak (by 0.9 a step),
and reads no ``LI`` or ``Threshold``. Of the gains ``r dt / tau`` of a layer it reads the smallest only.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import nir
import torch
from snntorch.import_nir import import_from_nir

PACKAGES = ("snntorch", "nir", "nirtorch", "torch")
DTYPE = "float32"


def compile(file, inputs):
    """The output at every step for ``inputs``, ``[time, ...]`` of one example, flat."""
    inputs = torch.tensor(inputs, dtype=torch.float32)

    def step():
        # Neurons keep their potentials in the module, so a new one starts at zero.
        network, state, outputs = import_from_nir(nir.read(file)), None, []
        with torch.no_grad():
            for x in inputs:
                y, state = network(x, state)
                outputs.append(y)
        return (torch.stack(outputs),)

    return step, None
