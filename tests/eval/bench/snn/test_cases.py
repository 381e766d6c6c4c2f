"""The suite with libraries that are none: rows, ratios, agreement, and what is no gradient."""

import json

import pytest
from fake_peer import write_spiking_peer

from eval.bench.side_by_side.contender import OURS
from eval.bench.snn import Config, cases, contenders, run
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS, SAME, Contender
from eval.bench.snn.rows import NetworkTiming
from eval.rows import flat, parse

TINY = {
    "batch": 2,
    "channels": 5,
    "hidden": (4, 3),
    "outputs": 2,
    "time_steps": (6,),
    "input_rates": (0.5,),
    "differentiations": ("bptt",),
    "rounds": 2,
    "round_seconds": 0.01,
}


@pytest.fixture
def take_part(tmp_path, monkeypatch):
    """Adds a library, or says what stands in for ours."""
    stand_ins = {}

    def add(name, *, differentiation="bptt", semantics=SAME, comparable="value and gradient", **statements):
        file = write_spiking_peer(tmp_path / f"{name}-{differentiation}.py", **statements)
        contender = Contender(
            name, file, None, differentiation=differentiation, semantics=semantics, comparable=comparable
        )
        if name == OURS:
            stand_ins[differentiation] = contender
        else:
            monkeypatch.setitem(PEER_IMPLEMENTATIONS, name, contender)

    monkeypatch.setattr(cases, "ours", lambda differentiation: stand_ins[differentiation])
    return add


def measured(*names, **settings):
    """The rows of a small run, by implementation, differentiation and steps of time."""
    tables = list(run(Config(implementations=names, **(TINY | settings))))
    rows = [row for table in tables for row in table]
    assert parse(json.loads(json.dumps([flat(row) for row in rows])), (NetworkTiming,)) == rows
    return {(row.implementation, row.differentiation, row.time_steps): row for row in rows}


def test_a_case_is_one_table_with_ratios_of_time_and_of_memory(take_part):
    take_part("large", step="time.sleep(0.02)", compile="memory = SimpleNamespace(temp_size_in_bytes=4000)")
    take_part("slow", step="time.sleep(0.1)", compile="memory = SimpleNamespace(temp_size_in_bytes=1000)")
    take_part("eager", step="time.sleep(0.04)", semantics="reset later", comparable="nothing")
    take_part(OURS, compile="memory = SimpleNamespace(temp_size_in_bytes=2000)")
    take_part(OURS, differentiation="checkpointed", compile="memory = SimpleNamespace(temp_size_in_bytes=500)")
    rows = measured("large", "slow", "eager", OURS, differentiations=("bptt", "checkpointed"))
    assert [key[:2] for key in rows] == [
        ("large", "bptt"),
        ("slow", "bptt"),
        ("eager", "bptt"),
        (OURS, "bptt"),
        (OURS, "checkpointed"),
    ]
    large, slow, eager, bptt, checkpointed = rows.values()
    assert large.ratio_to_fastest_peer == 1.0
    assert slow.ratio_to_fastest_peer == slow.step_seconds / large.step_seconds > 1
    assert bptt.ratio_to_fastest_peer == bptt.step_seconds / large.step_seconds < 1
    ratios = [row.memory_ratio_to_best_peer for row in rows.values()]
    assert ratios == [4.0, 1.0, None, 2.0, 0.5]
    assert checkpointed.temp_bytes == 500
    assert (eager.temp_bytes, eager.semantics, eager.difference) == (None, "reset later", None)
    for row in rows.values():
        assert row.outcome == "measured"
        assert (row.time_steps, row.input_rate, row.dtype) == (6, 0.5, "float64")
        assert row.versions.keys() == {"numpy"}
        assert 1 < row.loss < 2
        assert row.difference in (0, None)


def test_cases_are_every_length_with_every_rate(take_part):
    take_part("peer")
    tables = run(Config(implementations=("peer",), **TINY | {"time_steps": (4, 2), "input_rates": (0.9, 0.1)}))
    rows = [row for table in tables for row in table]
    assert [(row.time_steps, row.input_rate) for row in rows] == [(2, 0.1), (2, 0.9), (4, 0.1), (4, 0.9)]
    assert rows[0].loss < 1.5 < rows[1].loss, "spikes are drawn at that rate"


def test_everybody_gets_the_same_case_and_ours_its_settings_besides(take_part, tmp_path):
    log = f"open({str(tmp_path / 'log')!r}, 'a').write(repr((differentiation, settings)) + chr(10))"
    take_part("peer", compile=log)
    take_part(OURS, compile=log)
    rows = measured("peer", OURS, further={"bptt": {"surrogate_width": 2.0}})
    assert (tmp_path / "log").read_text().splitlines() == ["(None, None)", "('bptt', {'surrogate_width': 2.0})"]
    assert rows[OURS, "bptt", 6].loss == rows["peer", "bptt", 6].loss


@pytest.mark.parametrize("statement", ["value *= 1.02", "gradient[1] = 1.02 * gradient[1]", "gradient[0] = value"])
def test_who_disagrees_is_an_error_and_not_the_fastest(take_part, statement):
    take_part(OURS, step="time.sleep(0.001)")
    take_part("wrong", step=statement)
    take_part("right", step="time.sleep(0.005); gradient[0] = 1.0001 * gradient[0]")
    rows = measured("wrong", "right", OURS)
    wrong, right = rows["wrong", "bptt", 6], rows["right", "bptt", 6]
    assert wrong.outcome.startswith("error: differs from gradient-cost (bptt) by ")
    assert wrong.step_seconds is None
    assert right.ratio_to_fastest_peer == 1.0
    assert right.difference == pytest.approx(1e-4, rel=1e-3)


def test_another_gradient_of_the_same_value_is_held_to_the_value_alone(take_part):
    take_part(OURS)
    take_part("differentiated", comparable="value", step="gradient[0] = 2 * gradient[0]")
    take_part("wrong", comparable="value", step="value *= 2")
    rows = measured("differentiated", "wrong", OURS)
    assert rows["differentiated", "bptt", 6].difference == 0
    assert "differs from gradient-cost (bptt) by 1" in rows["wrong", "bptt", 6].outcome


def test_spikingjelly_is_the_reference_where_it_was_measured(take_part):
    take_part(OURS, step="value *= 1.1")
    take_part("spikingjelly", compile="assert time_steps < 7")
    rows = measured(OURS, "spikingjelly", time_steps=(6, 7))
    assert rows[OURS, "bptt", 6].outcome.startswith("error: differs from spikingjelly (bptt) by 0.1")
    assert rows[OURS, "bptt", 7].outcome == "measured"
    assert rows["spikingjelly", "bptt", 7].outcome == "failed: AssertionError: "


@pytest.mark.parametrize(
    ("statement", "flaw"),
    [
        ("gradient[1] = 0 * gradient[1]", "its gradient with respect to a whole layer is zero"),
        ("gradient[2] = np.full(6, np.nan)", "its value or gradient is not finite"),
        ("value = np.inf", "its value or gradient is not finite"),
        ("gradient = gradient[1:]", "it returned 3 arrays, not a value and 3 gradients"),
    ],
)
def test_whatever_the_semantics_a_gradient_is_finite_and_not_zero(take_part, statement, flaw):
    take_part("peer", comparable="nothing", step=statement)
    row = measured("peer")["peer", "bptt", 6]
    assert row.outcome == f"error: {flaw}"
    assert row.step_seconds is None
    assert row.loss is None


def test_a_capped_case_ends_the_larger_ones(take_part):
    take_part("capped", compile="time.sleep(60 * (time_steps > 1))")
    rows = measured("capped", time_steps=(1, 2, 3), compile_cap_seconds=1.0)
    assert [row.outcome for row in rows.values()] == [
        "measured",
        "capped: compiling took more than 1 s",
        "capped: as at 2 steps at 50%, where compiling took more than 1 s",
    ]


def test_what_is_not_as_ours_is_said(take_part, capsys):
    take_part("peer", semantics="reset later", comparable="nothing")
    measured("peer")
    assert "peer (bptt) computes something else: reset later" in capsys.readouterr().err


def test_every_peer_has_its_file_and_all_make_their_case_alike():
    for contender in (*PEER_IMPLEMENTATIONS.values(), contenders.ours("bptt")):
        assert contender.file.exists()
        assert contender.maker is not None
        assert contender.maker.exists()
        assert (contender.semantics == SAME) == (contender.comparable == "value and gradient")
