"""Technologies: what an operation, a bit fetched and a bit moved cost in one process, every number with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from eval.energy.price import Price
from training.errors import BadInput

_V4 = "Yan et al., arXiv 2409.08290v4"
_FITTED = (
    "inferred by this project from the break-even rates of Yan et al., arXiv 2409.08290v4, so that agreement with them "
    "is a fit and no confirmation"
)
_V1 = "Yan et al., arXiv 2409.08290v1, and its authors' plotting script"
_HOROWITZ = "Horowitz, ISSCC 2014, figure 1.1.9"
_LOIHI = "Davies et al., IEEE Micro 38, 82 (2018), table 2: SDF and SPICE simulation before there was silicon"


@dataclass(frozen=True)
class Technology:
    """Prices by name.

    Attributes:
        name: The name under which a bill mentions it.
        prices: What there is a price of.
    """

    name: str
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> float:
        """Return the value of a price.

        Raises:
            BadInput: This technology does not have it.
        """
        if name not in self.prices:
            raise BadInput(f"technology={self.name} has no price of {name}; it has {', '.join(self.prices)}")
        return self.prices[name].value

    def with_values(self, **values: float) -> Technology:
        """Return the technology with other values of some prices, whose bands are then unknown.

        Raises:
            BadInput: It has no such price.
        """
        for name in values:
            _ = self[name]
        changed = {name: replace(self.prices[name], value=value, low=None, high=None) for name, value in values.items()}
        return replace(self, prices=MappingProxyType({**self.prices, **changed}))


def _technology(name: str, **prices: Price) -> Technology:
    return Technology(name, MappingProxyType(prices))


YAN_22NM = _technology(
    "yan_22nm",
    accumulate=Price(0.05448, "pJ", _V4, "published"),
    compare=Price(0.05448, "pJ", _V4, "published"),
    subtract=Price(0.05448, "pJ", _V4, "published"),
    sparse_movement=Price(3.0, "pJ/bit/hop", _V4, "published"),
    dense_movement=Price(0.25, "pJ/bit/hop", _V4, "published"),
    sparse_dram=Price(1300.0, "pJ/bit", _V4, "published"),
    dense_dram=Price(20.3, "pJ/bit", _V4, "published"),
    weight=Price(0.0385, "pJ/bit", _FITTED, "inferred", 0.0376, 0.0392),
    multiply_share=Price(0.0162, "pJ", _FITTED, "inferred", 0.009, 0.020),
    multiply=Price(
        0.06, "pJ", f"{_FITTED}; multiply_share at an assumed share of 0.27 of nonzero activations", "inferred",
        0.033, 0.075,
    ),
    state_bits=Price(8.0, "bit", _FITTED, "inferred"),
)  # fmt: skip
"""At 22 nm. ``multiply_share`` is the energy of a multiplication times the share of activations that are not zero."""

YAN_V1_45NM = _technology(
    "yan_v1_45nm",
    add=Price(0.03, "pJ", _V1, "published"),
    multiply=Price(0.2, "pJ", _V1, "published"),
    sram=Price(20.0, "pJ", _V1, "published"),
    hop=Price(10.0, "pJ", _V1, "published"),
    dram=Price(2000.0, "pJ", _V1, "published"),
)
"""At 45 nm, of 8-bit numbers."""

HOROWITZ_45NM = _technology(
    "horowitz_45nm",
    int8_add=Price(0.03, "pJ", _HOROWITZ, "published"),
    int8_multiply=Price(0.2, "pJ", _HOROWITZ, "published"),
    int32_add=Price(0.1, "pJ", _HOROWITZ, "published"),
    int32_multiply=Price(3.1, "pJ", _HOROWITZ, "published"),
    float32_add=Price(0.9, "pJ", _HOROWITZ, "published"),
    float32_multiply=Price(3.7, "pJ", _HOROWITZ, "published"),
)
"""At 45 nm, of arithmetic alone: whence the usual 0.9 pJ of an accumulation and 4.6 pJ of a multiplication with it."""

LOIHI_1 = _technology("loihi_1", synaptic_operation=Price(23.6, "pJ", _LOIHI, "simulated"))
"""At 14 nm. A number that is often called measured, and is not."""

TECHNOLOGIES: Mapping[str, Technology] = MappingProxyType(
    {one.name: one for one in (YAN_22NM, YAN_V1_45NM, HOROWITZ_45NM, LOIHI_1)}
)
"""Every technology, by name."""


def technology(name: str) -> Technology:
    """Return a technology by name.

    Raises:
        BadInput: There is none of this name.
    """
    if name not in TECHNOLOGIES:
        raise BadInput(f"technology={name} is none of {', '.join(TECHNOLOGIES)}")
    return TECHNOLOGIES[name]
