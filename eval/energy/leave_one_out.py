"""What the reconstructed model predicts of a published break-even rate that its constants were not fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from eval.energy.published import Published, fitted_rates
from eval.energy.technology import YAN_22NM, Technology

FITTED = ("weight", "multiply_share")
"""The prices that were inferred from the published rates."""


@dataclass(frozen=True)
class LeftOut:
    """A published rate beside its prediction from all the others.

    Attributes:
        name: What it is of.
        published: The number.
        predicted: What the model gives with its constants fitted to the other numbers.
        weight: The fitted energy of fetching a bit of a weight, in pJ.
        multiply_share: The fitted energy of a multiplication times the share of activations that are not 0, in pJ.
    """

    name: str
    published: float
    predicted: float
    weight: float
    multiply_share: float

    @property
    def error(self) -> float:
        """The relative error of the prediction."""
        return self.predicted / self.published - 1


def leave_one_out() -> tuple[LeftOut, ...]:
    """Fit the inferred constants again without each of the published rates, and predict it.

    Constants are fitted by least squares of the logarithms of the rates.
    """
    names = [one.name for one in fitted_rates(YAN_22NM)]
    return tuple(_without(name) for name in names)


def _without(name: str) -> LeftOut:
    def differences(logarithms: Float[np.ndarray, " constants"]) -> list[float]:
        kept = [one for one in fitted_rates(_technology(logarithms)) if one.name != name]
        return [float(np.log(one.modelled / one.published)) for one in kept]

    start = np.log([YAN_22NM[price] for price in FITTED])
    # The energy has kinks where the cheaper dataflow changes, so that steps must not be too small.
    fit = least_squares(differences, start, diff_step=1e-4)
    one = _named(fitted_rates(_technology(fit.x)), name)
    weight, share = (float(value) for value in np.exp(fit.x))
    return LeftOut(name, one.published, one.modelled, weight, share)


def _technology(logarithms: Float[np.ndarray, " constants"]) -> Technology:
    return YAN_22NM.with_values(**dict(zip(FITTED, (float(value) for value in np.exp(logarithms)), strict=True)))


def _named(found: list[Published], name: str) -> Published:
    (one,) = [one for one in found if one.name == name]
    return one
