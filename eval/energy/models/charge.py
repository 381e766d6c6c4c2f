"""Every energy model by its name: a number without the name of its model says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from eval.energy.activity import Activity
from eval.energy.bill import Bill
from eval.energy.mapping import Mapping as Layout
from eval.energy.models import bit_budget, compute_only, davidson_furber, neurobench, yan2024
from eval.energy.technology import HOROWITZ_45NM, YAN_22NM, Technology
from training.errors import BadInput

_Charge: TypeAlias = Callable[[Activity, Layout, Technology], Bill]

MODELS: Mapping[str, _Charge] = MappingProxyType(
    {
        "yan2024": lambda activity, mapping, prices: yan2024.bill(yan2024.load(activity), mapping, prices),
        "bit_budget": lambda activity, mapping, prices: bit_budget.bill(activity),
        "neurobench": lambda activity, mapping, prices: neurobench.bill(activity),
        "compute_only": lambda activity, mapping, prices: compute_only.bill(activity, prices),
        "davidson_furber": lambda activity, mapping, prices: davidson_furber.bill(activity),
    }
)
"""What charges a layer, by model. Three of them count, and know neither mapping nor technology."""
DEFAULT_TECHNOLOGY: Mapping[str, Technology] = MappingProxyType({"yan2024": YAN_22NM, "compute_only": HOROWITZ_45NM})
"""The technology of a model whose user names none."""
WITHOUT_A_BILL: Mapping[str, str] = MappingProxyType(
    {"yan2024_v1": "gives the sparsity at which VGG16 breaks even, and no bill of a network"}
)


def energy(
    layers: Sequence[Activity],
    model: str,
    mapping: Layout,
    technology: Technology | None = None,
    *,
    idle_watt: float | None = None,
    latency_seconds: float | None = None,
) -> Bill:
    """Charge a network's layers for one inference.

    Args:
        layers: What its layers did, all of one kind of network.
        model: The name of an energy model.
        mapping: How the network is laid out, for models that know of it.
        technology: What things cost, for models that have prices; the model's own where ``None``.
        idle_watt: Power that is drawn whether or not anything is computed.
        latency_seconds: How long an inference takes.

    Returns:
        The bill, with the names of model and technology in it; ``idle`` is ``None`` unless both power and latency are
        given.

    Raises:
        BadInput: An unknown model, one that charges no network, no layer, layers of two kinds of network or with two
            widths of weights on one side, a technology without the model's prices, or a negative power or latency.
    """
    if model in WITHOUT_A_BILL:
        raise BadInput(f"model={model} {WITHOUT_A_BILL[model]}; choose one of {', '.join(MODELS)}")
    if model not in MODELS:
        raise BadInput(f"model={model} is none of {', '.join((*MODELS, *WITHOUT_A_BILL))}")
    if len({one.kind for one in layers}) != 1:
        raise BadInput("layers of one network are all spiking or all quantised, and there is at least one")
    chosen = technology or DEFAULT_TECHNOLOGY.get(model, YAN_22NM)
    first, *others = (MODELS[model](one, mapping, chosen) for one in layers)
    total = sum(others, first)
    return replace(total, idle=_idle(total, idle_watt, latency_seconds))


def _idle(bill: Bill, watt: float | None, seconds: float | None) -> float | None:
    for name, value in (("idle_watt", watt), ("latency_seconds", seconds)):
        if value is not None and not value >= 0:
            raise BadInput(f"{name}={value:g} must be at least 0")
    if watt is None or seconds is None:
        return None
    if bill.unit != "pJ":
        raise BadInput(f"model={bill.model} counts {bill.unit}, to which idle power in watt cannot be added")
    return watt * seconds * 1e12
