"""Spikes per connection at which a spiking network breaks even, by Davidson and Furber (2021)."""

from __future__ import annotations

from eval.energy.activity import Activity
from eval.energy.bill import Bill
from eval.energy.price import Price

NAME = "davidson_furber"
UNIT = "spikes"
THRESHOLD = Price(
    1.72, "spikes/connection", "Davidson and Furber, Frontiers in Neuroscience 15, 651141 (2021)", "published"
)
"""Spikes per connection and inference up to which a spiking network costs no more than a conventional one."""


def bill(activity: Activity) -> Bill:
    """Charge a layer its spikes, and a conventional layer as many as it is worth: 1.72 per connection."""
    once = activity.kind == "quantised" or activity.constant_input
    spikes = THRESHOLD.value * activity.synapses if once else float(activity.operations.mean())
    return Bill(NAME, "", UNIT, compute=spikes)
