from __future__ import annotations

import numpy as np
import pytest

from eval.second_moment import (
    Clifford,
    Projector,
    RandomCircuit,
    Rotation,
    Unqualified,
    cost_variance,
    gradient_variances,
    mcclean,
    ry_rz_cz,
)
from eval.second_moment.methods.tableau import overlaps

CROSSED = RandomCircuit(
    2,
    (
        Clifford("H", (0,)),
        Clifford("CNOT", (0, 1)),
        Clifford("S", (1,)),
        Rotation(("YX",), (0, 1), 0),
        Clifford("SWAP", (0, 1)),
        Clifford("X", (0,)),
        Rotation(("Z", "X"), (1,), 1),
    ),
)


def test_overlaps_are_those_of_state_vectors(costs):
    """Every Clifford circuit's overlap is one of those on the grid of quarter turns, as often."""
    grid = np.array(np.meshgrid(*[np.arange(4) * np.pi / 2] * 2)).reshape(2, -1).T
    expected = np.concatenate([costs(CROSSED, Projector(2), grid, axes) for axes in ((0, 0), (0, 1))])
    found = overlaps(CROSSED, 2**15, np.random.SeedSequence(0))
    for value in np.unique([*np.round(expected, 9), *found]):
        share = np.mean(np.isclose(expected, value))
        assert np.mean(np.isclose(found, value)) == pytest.approx(share, abs=5 * np.sqrt(share / 2**15))


def test_cross_terms_are_right(moments):
    """The chain refuses this projector; the tableau takes the whole cost."""
    gradients, cost = moments(CROSSED, Projector(2))
    with pytest.raises(Unqualified, match="cross terms"):
        gradient_variances(CROSSED, Projector(2), method="dense")
    found = gradient_variances(CROSSED, Projector(2), samples=2**16)
    assert found.method == "tableau"
    np.testing.assert_array_less(np.abs(found.variance - gradients), 2 * (found.high - found.low) / 2 + 1e-12)
    whole = cost_variance(CROSSED, Projector(2), samples=2**16)
    assert abs(whole.variance[0] - cost) < 2 * (whole.high[0] - whole.low[0]) / 2


def test_tableau_agrees_with_the_dense_vector():
    circuit = ry_rz_cz(5, 8)
    found = gradient_variances(circuit, Projector(5), method="tableau", parameters=[0, 33], samples=2**15)
    exact = gradient_variances(circuit, Projector(5), method="dense", parameters=[0, 33]).variance
    np.testing.assert_array_less(np.abs(found.variance - exact), 2 * (found.high - found.low) / 2)
    assert not found.refused.any()


def test_what_a_stabiliser_state_cannot_follow_is_refused():
    with pytest.raises(Unqualified, match="noise or an input"):
        gradient_variances(mcclean(3, 2), Projector(3), method="tableau")
    with pytest.raises(Unqualified, match="noise or an input"):
        cost_variance(ry_rz_cz(3, 2, noise=0.1), Projector(3), method="tableau")
    with pytest.raises(ValueError, match="Projector only"):
        gradient_variances(ry_rz_cz(3, 2), {"ZII": 1.0}, method="tableau")
