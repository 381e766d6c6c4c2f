"""Fronts and matches by hand, tables from which rows are missing, settings that are refused, and a small run."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import matplotlib.image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_tables.precision import CONFIG, TABLES, table

from eval.energy.trained_networks.matching import Network, matched
from eval.energy.trained_networks.rows import FloatingPoint, NetworkBill
from eval.judgement import outcomes
from eval.recorder import Recorder
from eval.rows import of
from eval.studies.precision import STUDY, Config
from eval.studies.precision.fronts import charged, front, points
from eval.studies.precision.rows import Agreement
from training.errors import BadInput

WHOLE = table(gains={"yan2024": {2: 0.2}})


ONE = of(WHOLE, NetworkBill)[0]
TWO_STEPS = Network("digits", "mlp", "direct", 4, 2, 2, 0.0, None)


def point(energy, accuracy):
    row = replace(ONE, energy_total=float(energy), test_accuracy=float(accuracy))
    return points([row], row.model, row.group)[0]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=12))
def test_the_front_is_what_no_other_point_beats(pairs):
    found = {(round(one.energy, 6), one.accuracy) for one in front([point(*pair) for pair in pairs])}

    def beaten(one):
        return any(other != one and other[0] <= one[0] and other[1] >= one[1] for other in pairs)

    assert found == {one for one in pairs if not beaten(one)}


def test_a_point_is_the_mean_of_its_seeds_and_what_is_silent_is_left_out():
    bills = of(WHOLE, NetworkBill)
    (one,) = [one for one in points(bills, "yan2024", "hidden") if one.network == TWO_STEPS]
    assert one.energy == pytest.approx(1000 * math.exp(-0.2))
    assert one.accuracy == pytest.approx(0.98)
    silent = [
        replace(row, energy_total=0.0) if row.kind == "direct" and row.training_seed == 3 else row for row in bills
    ]
    assert not [one for one in points(silent, "yan2024", "hidden") if one.network.kind == "direct"]


def test_a_match_is_the_cheapest_network_that_is_as_accurate():
    """The cheapest of all gets 90% right; of those that get 98% right like the spiking ones, the one of 1000 pJ."""

    def found(rows):
        return matched(charged(of(rows, NetworkBill), "yan2024", "hidden"), 0.005, 8)

    (two,) = [one for one in found(WHOLE) if one.network == TWO_STEPS]
    assert two.partner is not None
    assert two.partner[3:5] == (4, 2)
    assert two.ratio().mean == pytest.approx(-0.2)
    assert all(one.partner is not None for one in found(table(lead=0.004)))
    assert all(one.partner is None for one in found(table(lead=0.006)))
    assert all(one.partner is None for one in found(table(seeds=7)))


def test_spiking_networks_that_no_quantised_one_reaches_are_not_beaten():
    """One of two steps is more accurate than all; the others lose."""
    rows = [
        replace(row, test_accuracy=0.99) if isinstance(row, NetworkBill) and row.time_steps == 2 else row
        for row in table(gains={"yan2024": -0.5, "bit_budget": -0.5})
    ]
    found = outcomes(STUDY.judge(rows, CONFIG))
    assert found["C8.quantised_yan2024"] == "undecided"
    # At 3 and 8 steps every spiking network has its match, and none is cheaper.
    assert found["C8.spiking_yan2024"] == "fails"
    everywhere = [
        replace(row, test_accuracy=0.99)
        if isinstance(row, NetworkBill) and row.time_steps is not None and row.penalty == 1
        else row
        for row in table(gains={"yan2024": -0.5})
    ]
    assert outcomes(STUDY.judge(everywhere, CONFIG))["C8.spiking_yan2024"] == "undecided"


def test_networks_that_are_far_less_accurate_are_not_ranked():
    """One of two steps would gain most by far, and gets 92% right where the best get 98%."""
    rows = table(gains={"yan2024": {2: 3.0}})
    for accuracy, outcome in ((0.92, "holds"), (0.94, "fails")):
        changed = [
            replace(row, test_accuracy=accuracy) if isinstance(row, NetworkBill) and row.time_steps == 2 else row
            for row in rows
        ]
        assert outcomes(STUDY.judge(changed, CONFIG))["C8.quantised_yan2024"] == outcome


@st.composite
def subsets(draw):
    """Any share of the rows, or all but those with some value of a column."""
    random = Random(draw(st.integers(0, 2**32)))
    share = draw(st.floats(0, 1) | st.floats(0.97, 1))
    name = draw(st.sampled_from(("kind", "model", "group", "time_steps", "training_seed", "activation_bits", "part")))
    lost = getattr(draw(st.sampled_from(WHOLE)), name, None)
    kept = [row for row in WHOLE if random.random() < share]
    return draw(st.sampled_from([kept, [row for row in WHOLE if getattr(row, name, None) != lost]]))


@given(subsets())
@settings(max_examples=25, deadline=None)
def test_any_rows_are_judged(rows):
    (verdict,) = STUDY.judge(rows, CONFIG)
    for one in verdict.judgements:
        assert one.found.endswith(".")
    assert all(sentence.endswith(".") for sentence in verdict.context)


@pytest.mark.parametrize("share", ["whole", "no spiking networks", "nothing"])
def test_the_figure_is_drawn_of_whatever_there_is(tmp_path, share):
    quiet = [row for row in WHOLE if getattr(row, "time_steps", None) is None or isinstance(row, Agreement)]
    rows = {"whole": WHOLE, "no spiking networks": quiet, "nothing": []}[share]
    image = matplotlib.image.imread(STUDY.draw(rows, STUDY.judge(rows, CONFIG), tmp_path))
    assert image.std() > 0.01
    for panel in STUDY.panels:
        assert all(one.energy > 0 for one in panel.shown(rows))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bits": (0,)}, r"settings.bits=\[0\] must list bits between 1 and 8"),
        ({"activation_bits": (17,)}, r"settings.activation_bits=\[17\] must list bits between 1 and 8"),
        ({"weight_bits": 0}, "settings.weight_bits=0 must be between 1 and 8"),
        ({"time_steps": (0,)}, r"settings.time_steps=\[0\] must list time steps of at least 1"),
        ({"penalties": (1.0,)}, r"settings.penalties=\[1.0\] must list numbers of at least 0, and 0 among them"),
        ({"models": ("guess",)}, r"settings.models=\['guess'\] must be some of yan2024"),
        ({"hops": -1.0}, "settings.hops=-1 must be a finite number of at least 0"),
        ({"seeds": 1}, "settings.seeds=1 must be at least 2"),
        ({"hidden": ()}, r"settings.hidden=\[\] must list at least one layer"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Config(**changes)


def test_twins_are_run_of_the_same_weights_and_few_steps():
    assert [bool(CONFIG.twins(4, bits)) for bits in (1, 4, 5, 8)] == [True, True, False, False]
    assert not CONFIG.twins(2, 2)


def test_networks_are_trained_charged_and_compared_with_their_twins(tmp_path):
    small = Config(
        hidden=(12,), seeds=2, bits=(2,), weight_bits=2, activation_bits=(2,), time_steps=(2,), penalties=(0.0,),
        exit_margins=(0.5,), steps=60, models=("yan2024", "bit_budget"),
    )  # fmt: skip
    rows = STUDY.run(small, Recorder(tmp_path / "rows.jsonl", STUDY.kinds, lambda sentence: None))
    bills, twins = of(rows, NetworkBill), of(rows, Agreement)
    assert len(of(rows, FloatingPoint)) == 2
    kinds = ("quantised", "twin_synchronous", "twin_stepwise", "direct", "early_exit")
    assert {row.kind for row in bills} == set(kinds)
    assert len(bills) == len(kinds) * 2 * 2 * 2
    assert {(row.kind, row.training_seed) for row in twins} == {
        (kind, seed) for kind in ("twin_synchronous", "twin_stepwise") for seed in (0, 1)
    }
    assert {row.images for row in twins} == {358}
    for row in twins:
        same = [
            {one.kind: one.test_accuracy for one in bills if one.training_seed == row.training_seed}[kind]
            for kind in ("quantised", row.kind)
        ]
        assert row.lost == pytest.approx(same[0] - same[1])
        assert abs(row.lost) * row.images <= row.changed + 1e-6
        assert row.changed == 0 or row.kind == "twin_stepwise"
    assert min(row.test_accuracy for row in bills) > 0.15
    found = outcomes(STUDY.judge(rows, small))
    assert found["C8.synchronous"] == "undecided"
    assert found["C8.quantised_yan2024"] == "not measured"


def test_every_statement_of_the_claim_has_its_tables():
    assert {name.removeprefix("C8.") for name in TABLES} == {
        one.statement for one in STUDY.judge(WHOLE, CONFIG)[0].judgements
    }
