"""Arithmetic alone, as most tools charge it: so much per accumulation, so much per multiplication, and no memory."""

from __future__ import annotations

from eval.energy.activity import Activity
from eval.energy.bill import Bill
from eval.energy.technology import HOROWITZ_45NM, Technology

NAME = "compute_only"


def bill(activity: Activity, technology: Technology = HOROWITZ_45NM) -> Bill:
    """Charge a layer 32-bit floating-point arithmetic, whatever its number of bits: 0.9 and 4.6 pJ at 45 nm.

    Raises:
        BadInput: The technology lacks these prices.
    """
    add, multiply = technology["float32_add"], technology["float32_multiply"]
    once = activity.kind == "quantised" or activity.constant_input
    price = add + multiply if once else add
    return Bill(NAME, technology.name, "pJ", compute=float(activity.operations.mean()) * price)
