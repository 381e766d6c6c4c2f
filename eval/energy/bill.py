"""A bill: what one inference costs, by part, under a named model and technology."""

from __future__ import annotations

from dataclasses import dataclass, replace

PARTS = ("compute", "weight", "state", "movement", "address", "idle")
"""Parts of a bill: arithmetic, fetches of weights, reads and writes of neurons' state, movement of activations, of
addresses, and the power that is drawn whether or not anything is computed."""


@dataclass(frozen=True)
class Bill:
    """What one inference costs, by part; parts that the model does not know are ``None``.

    Attributes:
        model: The name of the model that charges it.
        technology: The name of the technology whose prices it takes; empty where the model has no prices.
        unit: The unit of every part, such as ``pJ``.
        compute: Arithmetic.
        weight: Fetches of weights.
        state: Reads and writes of neurons' state, and of the counts that are kept between layers.
        movement: Movement of activations or spikes.
        address: Movement of addresses, where the model charges it apart.
        idle: Power drawn whether or not anything is computed, times the latency, where both are known.
    """

    model: str
    technology: str
    unit: str
    compute: float | None = None
    weight: float | None = None
    state: float | None = None
    movement: float | None = None
    address: float | None = None
    idle: float | None = None

    @property
    def total(self) -> float:
        """The sum of the parts that the model knows.

        Raises:
            ValueError: It knows none.
        """
        known = [value for name in PARTS if (value := getattr(self, name)) is not None]
        if not known:
            raise ValueError(f"model={self.model} charges no part of this bill")
        return sum(known)

    def times(self, factor: int | float) -> Bill:
        """Return the bill of ``factor`` such things."""
        known = {name: value for name in PARTS if (value := getattr(self, name)) is not None}
        return replace(self, **{name: factor * value for name, value in known.items()})

    def __add__(self, other: Bill) -> Bill:
        """Add two bills of one model, part by part; a part is unknown where neither bill knows it.

        Raises:
            ValueError: Their models, technologies or units differ.
        """
        for name in ("model", "technology", "unit"):
            own, others = getattr(self, name), getattr(other, name)
            if own != others:
                raise ValueError(f"bills of {name} {own!r} and {others!r} cannot be added")
        known = {
            name: sum(value for one in (self, other) if (value := getattr(one, name)) is not None)
            for name in PARTS
            if getattr(self, name) is not None or getattr(other, name) is not None
        }
        return replace(self, **known)
