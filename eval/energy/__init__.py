"""What an activity costs: counts of events, times a layout, times the prices of a technology, under a named model.

::

    bill = energy(layers, "yan2024", Mapping(hops=1.0))
    bill.total, bill.unit, bill.movement, bill.model, bill.technology

    break_even(Setting(steps=5, weight_bits=4))  # 0.0573 spikes per neuron and step
"""

from eval.energy.activity import Activity
from eval.energy.bill import PARTS, Bill
from eval.energy.bits import bits_of
from eval.energy.break_even import Band, Setting, band, break_even, most_hops, most_steps
from eval.energy.mapping import Mapping
from eval.energy.models import MODELS, energy
from eval.energy.price import Price
from eval.energy.published import Published, published
from eval.energy.technology import TECHNOLOGIES, Technology, technology

__all__ = [
    "MODELS",
    "PARTS",
    "TECHNOLOGIES",
    "Activity",
    "Band",
    "Bill",
    "Mapping",
    "Price",
    "Published",
    "Setting",
    "Technology",
    "band",
    "bits_of",
    "break_even",
    "energy",
    "most_hops",
    "most_steps",
    "published",
    "technology",
]
