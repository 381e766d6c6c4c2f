"""norse: what a NIR graph does when ``from_nir`` reads it.

norse takes the gain of an ``IF`` to be one a step and that of a ``LIF`` to be ``dt / tau`` whatever the graph says. It
lets the reset be chosen for ``CubaLIF`` alone, and leaves out an ``LI`` or ``Threshold``.
"""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import nir
import torch
from norse.torch.functional.reset import reset_subtract, reset_value
from norse.torch.utils.import_nir import from_nir

PACKAGES = ("norse", "nir", "nirtorch", "torch")
DTYPE = "float32"
RESETS = {"subtract": reset_subtract, "zero": reset_value}


def compile(file, inputs, reset, dt):
    """The output at every step for ``inputs``, ``[time, ...]`` of one example, flat."""
    inputs = torch.tensor(inputs, dtype=torch.float32)
    network = from_nir(nir.read(file), ignore_warnings=True, reset_method=RESETS[reset], dt=dt)

    def step():
        state, outputs = None, []
        with torch.no_grad():
            for x in inputs:
                y, state = network(x, state)
                outputs.append(y)
        return (torch.stack(outputs),)

    return step, None
