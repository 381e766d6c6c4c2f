"""``python -m eval.energy``: every published number beside what the reconstructed model gives, and what it predicts."""

from __future__ import annotations

from eval.energy.leave_one_out import leave_one_out
from eval.energy.published import published

for one in published():
    fitted = ", which it was fitted to" if one.fitted else ""
    found = f"{one.modelled:.4g} modelled ({one.difference:+.1%}, {'reached' if one.reached else 'missed'})"
    print(f"{one.name}: {one.published:g} published{fitted}, {found}")
    if one.note:
        print(f"    {one.note}")
print("\nWithout the number itself, constants fitted to the others:")
for one in leave_one_out():
    constants = f"weight {one.weight:.4f} pJ, multiply_share {one.multiply_share:.4f} pJ"
    print(f"{one.name}: {one.published:g} published, {one.predicted:.4g} predicted ({one.error:+.2%}; {constants})")
