"""Numbers as tables in a terminal print them, with their unit."""

from __future__ import annotations

from typing import Any


def amount(name: str, value: Any) -> str:
    """Print a value with three digits and the unit that its name ends in.

    Args:
        name: The name of the field: seconds end in ``_seconds`` and bytes in ``_bytes``.
        value: What the field holds; ``None`` is printed as a dash.
    """
    if value is None:
        return "–"
    if name.endswith("_seconds"):
        scale, unit = (1, "s") if value >= 1 else (1e3, "ms") if value >= 1e-4 else (1e6, "µs")
        return f"{scale * value:.3g} {unit}"
    if name.endswith("_bytes"):
        scale, unit = next((pair for pair in ((1e9, "GB"), (1e6, "MB")) if value >= pair[0]), (1e3, "kB"))
        return f"{value / scale:.3g} {unit}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
