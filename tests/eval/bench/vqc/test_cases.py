"""The suite with libraries that are none: agreement, caps, turns and rows."""

import json
import os

import pytest
from fake_peer import write_peer

from eval.bench.vqc import Config, run
from eval.bench.vqc.contenders import IMPLEMENTATIONS, OURS, Contender
from eval.bench.vqc.rows import CircuitTiming
from eval.peers.environments import Environment, Unavailable
from eval.rows import flat, parse

ELSEWHERE = Environment("elsewhere", ("library==1.0",))


@pytest.fixture
def take_part(tmp_path, monkeypatch):
    """Adds an implementation; what is called ``gradient-cost`` is one of ours."""

    def add(name, **statements):
        file = write_peer(tmp_path / f"{name}.py", **statements)
        monkeypatch.setitem(IMPLEMENTATIONS, name, Contender(name, file, None))

    return add


def measured(*names, **settings):
    """The rows of a small run, by implementation, qubits and depth."""
    small = {"qubits": (3,), "depths": (1,), "rounds": 2, "round_seconds": 0.01, "ansatze": ()}
    tables = list(run(Config(implementations=names, **(small | settings))))
    rows = [row for table in tables for row in table]
    assert parse(json.loads(json.dumps([flat(row) for row in rows])), (CircuitTiming,)) == rows
    return {(row.implementation, row.qubits, row.depth): row for row in rows}


def test_a_case_is_one_table_with_ratios_to_the_fastest_peer(take_part):
    take_part(OURS, step="time.sleep(0.01)")
    take_part("slow", step="time.sleep(0.2)")
    take_part("fast", step="time.sleep(0.04)", compile="memory = SimpleNamespace(temp_size_in_bytes=4096)")
    rows = measured("slow", "fast", OURS)
    ours, slow, fast = (rows[name, 3, 1] for name in (OURS, "slow", "fast"))
    assert fast.ratio_to_fastest_peer == 1.0
    assert slow.ratio_to_fastest_peer == slow.step_seconds / fast.step_seconds > 1
    assert ours.ratio_to_fastest_peer == ours.step_seconds / fast.step_seconds < 1
    assert (fast.temp_bytes, slow.temp_bytes) == (4096, None)
    assert fast.dtype == "float64"
    assert fast.versions.keys() == {"numpy"}
    for row in (ours, slow, fast):
        assert row.outcome == "measured"
        assert row.ansatz == "RY-RZ-CZ"
        assert row.gates == 9
        assert row.compile_seconds > 0
        assert row.difference == 0


def test_implementations_are_timed_in_turn(take_part, tmp_path):
    for name in ("first", "second"):
        take_part(name, step=f"time.sleep(0.01); open({str(tmp_path / 'log')!r}, 'a').write({name[0]!r})")
    rows = measured("first", "second", rounds=3, round_seconds=0.001)
    # Each is evaluated once and timed once to see how often it fits a round, before the rounds begin.
    assert (tmp_path / "log").read_text() == "ffss" + "fs" * 3
    assert rows["first", 3, 1].step_seconds >= 0.01


@pytest.mark.parametrize(
    "statement", ["value += 2e-4", "value = np.nan", "angles[0, 0, 0] += 1e-2", "value = [value, 0.0]"]
)
def test_who_disagrees_is_an_error_and_not_the_fastest(take_part, statement):
    take_part(OURS, step="time.sleep(0.001)")
    take_part("wrong", step=statement)
    take_part("right", step="time.sleep(0.005); value += 1e-5")
    rows = measured("wrong", "right", OURS)
    wrong = rows["wrong", 3, 1]
    assert wrong.outcome.startswith("error: differs from gradient-cost by ")
    assert wrong.step_seconds is None
    assert rows["right", 3, 1].ratio_to_fastest_peer == 1.0
    assert rows["right", 3, 1].difference == pytest.approx(1e-5, rel=1e-3)


def test_default_qubit_is_the_reference_where_it_was_measured(take_part):
    take_part(OURS, step="value += 1e-2")
    take_part("default.qubit", compile="assert depth < 2")
    rows = measured(OURS, "default.qubit", depths=(1, 2))
    assert rows[OURS, 3, 1].outcome.startswith("error: differs from default.qubit by 0.01")
    assert rows[OURS, 3, 2].outcome == "measured"
    assert rows["default.qubit", 3, 2].outcome == "failed: AssertionError: "


def test_who_computes_in_double_precision_is_believed_before_default_qubit(take_part):
    take_part(OURS)
    take_part("default.qubit", step="value += 2e-4")
    take_part("precise", dtype="complex128")
    rows = measured("default.qubit", OURS, "precise")
    assert rows["default.qubit", 3, 1].outcome.startswith("error: differs from precise by 0.0002")
    assert rows[OURS, 3, 1].outcome == rows["precise", 3, 1].outcome == "measured"


def test_a_capped_case_ends_the_larger_ones_and_only_those(take_part, tmp_path):
    log = f"open({str(tmp_path / 'log')!r}, 'a').write(f'{{qubits}}x{{depth}} ')"
    take_part("capped", compile=f"{log}; time.sleep(60 * (depth > 1))")
    take_part(OURS)
    rows = measured("capped", OURS, qubits=(3, 4), depths=(1, 2, 3), compile_cap_seconds=2.0)
    outcomes = {key[1:]: row.outcome for key, row in rows.items() if key[0] == "capped"}
    assert outcomes == {
        (3, 1): "measured",
        (3, 2): "capped: compiling took more than 2 s",
        (3, 3): "capped: as at 3 qubits and 2 layers, where compiling took more than 2 s",
        (4, 1): "measured",
        (4, 2): "capped: as at 3 qubits and 2 layers, where compiling took more than 2 s",
        (4, 3): "capped: as at 3 qubits and 2 layers, where compiling took more than 2 s",
    }
    assert (tmp_path / "log").read_text().split() == ["3x1", "3x2", "4x1"]
    assert all(rows[OURS, qubits, depth].outcome == "measured" for qubits, depth in outcomes)
    assert rows[OURS, 3, 2].ratio_to_fastest_peer is None


def test_a_step_may_be_capped_by_time(take_part):
    take_part("slow", step="time.sleep(60)")
    row = measured("slow", step_cap_seconds=0.5)["slow", 3, 1]
    assert row.outcome == "capped: a step took more than 0.5 s"
    assert row.compile_seconds > 0
    assert row.step_seconds is None


def test_a_program_that_needs_too_much_memory_is_not_run(take_part):
    take_part("large", compile="memory = SimpleNamespace(temp_size_in_bytes=10**10)", step="os._exit(1)")
    row = measured("large")["large", 3, 1]
    assert row.outcome == "capped: a step needs 10 GB of temporary memory, the cap is 8"
    assert row.temp_bytes == 10**10


def test_who_dies_while_being_timed_has_no_result(take_part, tmp_path):
    log = str(tmp_path / "log")
    count = f"open({log!r}, 'a').write('+'); os.path.getsize({log!r}) > 2 and os._exit(4)"
    take_part("dying", step=count)
    take_part(OURS)
    rows = measured("dying", OURS)
    assert rows["dying", 3, 1].outcome.startswith("failed: its process died (exit code 4")
    assert rows["dying", 3, 1].step_seconds is None
    assert rows[OURS, 3, 1].outcome == "measured"


def test_what_cannot_be_installed_is_said_and_the_suite_goes_on(take_part, tmp_path, monkeypatch):
    def python(self, say):
        raise Unavailable("the environment elsewhere could not be made (no network)")

    monkeypatch.setattr(Environment, "python", python)
    take_part(OURS)
    monkeypatch.setitem(IMPLEMENTATIONS, "away", Contender("away", write_peer(tmp_path / "away.py"), ELSEWHERE))
    rows = measured("away", OURS, depths=(1, 2))
    sentence = "not measured here: the environment elsewhere could not be made (no network)"
    assert rows["away", 3, 1].outcome == sentence
    assert "no network" in rows["away", 3, 2].outcome
    assert rows["away", 3, 1].dtype is None
    assert rows[OURS, 3, 2].outcome == "measured"


def test_further_circuits_have_a_table_of_their_own(take_part, monkeypatch, tmp_path):
    take_part(OURS, step="time.sleep(0.02)")
    file = write_peer(tmp_path / "reuploading.py", step="time.sleep(0.04)")
    further = Contender(OURS, file, None, "reuploading", rotations=3)
    monkeypatch.setattr("eval.bench.vqc.cases.further_circuit", lambda ansatz: further)
    config = Config(
        implementations=(OURS,), ansatze=("reuploading",), qubits=(3,), depths=(4,), rounds=1, round_seconds=0.01
    )
    (base,), (row,) = run(config)
    assert (base.ansatz, row.ansatz) == ("RY-RZ-CZ", "reuploading")
    assert (base.depth, row.depth) == (4, 3)
    assert base.gates == row.gates == 36
    assert base.ratio_to_ry_rz_cz is None
    assert row.ratio_to_ry_rz_cz == row.step_seconds / base.step_seconds
    assert row.difference is None


def test_no_process_is_left_behind(take_part, tmp_path):
    take_part("peer", compile=f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))")
    tables = run(Config(implementations=("peer",), ansatze=(), qubits=(3,), depths=(1, 2), rounds=1))
    next(tables)
    tables.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_core_that_is_shared_is_said(take_part, capsys):
    take_part("waiting", step="time.sleep(0.05)")
    row = measured("waiting")["waiting", 3, 1]
    assert row.core_share < 0.9
    assert "these times are rough" in capsys.readouterr().err
