from __future__ import annotations

import numpy as np
import pytest

from eval.second_moment import (
    Clifford,
    Projector,
    RandomCircuit,
    Rotation,
    Unqualified,
    controlled_rotation,
    gradient_variances,
    mcclean,
    product,
    qualify,
    ry_rz_cz,
    strongly_entangling,
)

BELL = (Clifford("H", (0,)), Clifford("CNOT", (0, 1)))
COLUMNS = (Rotation(("Y",), (0,), 0), Rotation(("Y",), (1,), 1))


def test_a_shared_angle_is_refused(moments):
    """RX(t)·RX(t): the variance is 2, and the average over the four Clifford angles 0."""
    circuit = RandomCircuit(1, (Rotation(("X",), (0,), 0), Rotation(("X",), (0,), 0)))
    expected, _ = moments(circuit, {"Z": 1.0})
    np.testing.assert_allclose(expected, [2.0])
    with pytest.raises(Unqualified, match="angle 0 enters 2 gates"):
        gradient_variances(circuit, {"Z": 1.0})


@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
@pytest.mark.parametrize("method", ["auto", "dense", "chain", "paths"])
def test_controlled_rotations_are_refused(axis, method):
    circuit = RandomCircuit(2, (Clifford("H", (0,)), *controlled_rotation(axis, 0, 1, 0)))
    with pytest.raises(Unqualified, match="enters 2 gates"):
        gradient_variances(circuit, {"IZ": 1.0}, method=method)


def test_half_a_frequency_is_refused():
    with pytest.raises(Unqualified, match=r"frequency 0\.5"):
        qualify(RandomCircuit(1, (Rotation(("X",), (0,), 0, frequency=0.5),)), {"Z": 1.0})


def test_a_bell_state_with_zz_and_xx_is_refused(moments):
    """Word by word the first component would have variance 1.00; it has 2.00."""
    circuit = RandomCircuit(2, (*BELL, *COLUMNS))
    together, _ = moments(circuit, {"ZZ": 1.0, "XX": 1.0})
    apart = [moments(circuit, {word: 1.0})[0][0] for word in ("ZZ", "XX")]
    assert together[0] == pytest.approx(2.0)
    assert sum(apart) == pytest.approx(1.0)
    with pytest.raises(Unqualified, match="cross terms"):
        gradient_variances(circuit, {"ZZ": 1.0, "XX": 1.0})


def test_a_rotation_about_a_second_axis_makes_the_bell_state_right(moments):
    circuit = RandomCircuit(2, (*BELL, *COLUMNS, Rotation(("Z",), (0,), 2)))
    expected, _ = moments(circuit, {"ZZ": 1.0, "XX": 1.0})
    np.testing.assert_allclose(gradient_variances(circuit, {"ZZ": 1.0, "XX": 1.0}).variance, expected, atol=1e-14)


@pytest.mark.parametrize(
    ("circuit", "observable"),
    [
        (ry_rz_cz(40, 3), Projector(40)),
        (product(40), Projector(40)),
        (strongly_entangling(40, 2), {"Z" + "I" * 39: 1.0, "I" * 39 + "Z": 1.0}),
        (mcclean(40, 2), {"ZZ" + "I" * 38: 1.0}),
    ],
)
def test_the_circuits_of_the_literature_qualify(circuit, observable):
    qualify(circuit, observable)


@pytest.mark.parametrize(
    ("circuit", "observable"),
    [
        (product(3, "Z"), Projector(3)),
        (RandomCircuit(2, (Rotation(("X",), (0,), 0),)), Projector(2)),
        (mcclean(3, 4), {"ZII": 1.0, "IZI": 1.0}),
        (mcclean(3, 4), Projector(3)),
    ],
)
def test_cross_terms_that_no_fixed_axis_kills_are_refused(circuit, observable):
    with pytest.raises(Unqualified, match="cross terms"):
        qualify(circuit, observable)


def test_normal_angles_keep_cross_terms():
    with pytest.raises(Unqualified, match="normal angles"):
        qualify(ry_rz_cz(3, 2), {"ZII": 1.0, "IZI": 1.0}, sigma=0.1)
    qualify(ry_rz_cz(3, 2), {"ZZI": 1.0}, sigma=0.1)
