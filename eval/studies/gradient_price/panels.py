"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator

from eval.panel import Panel
from eval.recorder import Row
from eval.studies.gradient_price.exponents import number


def _priced(rows: list[Row]) -> Iterator[Row]:
    """Each price with the N that it is held against, and what the gradient costs in units of the forward pass."""
    for row in rows:
        if row.get("part") != "price":
            continue
        ratios = {
            f"{quantity}_ratio": row[f"{quantity}_gradient"] / row[f"{quantity}_forward"]
            for quantity in ("flops", "seconds")
            if row.get(f"{quantity}_gradient") and row.get(f"{quantity}_forward")
        }
        yield {**row, **ratios, "n": number(row)}


RULE = ("paradigm", "differentiation")
N = "parameters N (gate angles of a circuit)"
PRICES = {"part": "price", "gradient": "reverse", "axis": ("width", "neurons", "layers", "own model")}
"""Of gradients in reverse mode, along what makes the number of parameters grow."""

PANELS = (
    Panel(
        "On this computer, circuits simulated: operations of a gradient",
        "n", "flops_ratio", N, "FLOPs of the gradient ÷ of the forward pass", RULE,
        PRICES, log_x=True, log_y=True, rows=_priced,
    ),
    Panel(
        "On this computer, circuits simulated: seconds of a gradient",
        "n", "seconds_ratio", N, "seconds of the gradient ÷ of the forward pass", RULE,
        PRICES, log_x=True, log_y=True, rows=_priced,
    ),
    Panel(
        "On quantum hardware: circuit executions of a gradient",
        "n", "executions", "gate angles N", "circuit executions per gradient", RULE,
        {**PRICES, "paradigm": "vqc"}, log_x=True, log_y=True, reference=("2N", lambda n: 2 * n),
        rows=_priced,
    ),
    Panel(
        "On this computer: bytes kept for the reverse pass",
        "n", "residual_bytes", N, "bytes kept from the forward to the reverse pass", RULE,
        PRICES, log_x=True, log_y=True, rows=_priced,
    ),
    Panel(
        "Projected: seconds of one gradient, on this computer and on quantum hardware",
        "parameters", "projected_seconds", "parameters N", "seconds per gradient",
        ("paradigm", "differentiation", "where", "shot_rate", "error_of"), {"part": "projection"},
        log_x=True, log_y=True,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
