"""``python -m eval.energy``: every published number beside what the reconstructed model gives."""

from __future__ import annotations

from eval.energy.published import published

for one in published():
    fitted = ", which it was fitted to" if one.fitted else ""
    found = f"{one.modelled:.4g} modelled ({one.difference:+.1%}, {'reached' if one.reached else 'missed'})"
    print(f"{one.name}: {one.published:g} published{fitted}, {found}")
    if one.note:
        print(f"    {one.note}")
