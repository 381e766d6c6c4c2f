"""The sparsity that a spiking network needs by the first version of Yan et al. (arXiv 2409.08290v1).

The first version is another model than the later ones: 8-bit numbers, 45 nm, VGG16, a best-case deep network. Its
formulas and constants are those of its authors' plotting script, whose numbers alone were taken.
"""

from __future__ import annotations

from eval.energy.bits import bits_of

NAME = "yan2024_v1"
FAN_IN, FAN_OUT = 2395, 216
"""Mean number of connections into and out of a neuron of VGG16, as the script has them."""
_ACTIVE = 0.45
"""The share of activations of the deep network that are not 0."""


def spatial_sparsity(steps: int) -> float:
    """Return the least share of silent neurons per step on a spatial-dataflow architecture.

    Args:
        steps: T, the time steps.

    Raises:
        BadInput: There is no step.
    """
    bits_of(steps)
    return 1 - (_ACTIVE * 20.23 - 40.06 * steps / FAN_IN) / (20.03 * steps)


def classical_sparsity(steps: int) -> float:
    """Return the least share of silent neurons per step on a classical architecture.

    Args:
        steps: T, the time steps.

    Raises:
        BadInput: There is no step.
    """
    bits_of(steps)
    kept = _ACTIVE * 80.23 + 2020 / FAN_OUT - 4040 * steps / (FAN_OUT * (1 + steps)) - 0.026868 * steps
    return 1 - kept / (64.32 * steps + 0.03 * steps / FAN_IN)
