"""``python -m scripts.bench`` as it is typed."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from fake_peer import write_peer
from rich.console import Console

from eval.bench import int8, snn, trainer_overhead, transformer, vqc
from eval.bench.int8.rows import ProductTiming
from eval.bench.snn.rows import NetworkTiming
from eval.bench.trainer_overhead import LoopTiming
from eval.bench.vqc.contenders import IMPLEMENTATIONS, OURS, Contender
from eval.bench.vqc.rows import CircuitTiming
from eval.rows import flat, parse
from scripts import bench
from scripts.configuration.conversion import convert
from scripts.running.command import CONF

SUITES = Path(CONF) / "suite"
ROOT = Path(__file__).parents[2]


def test_a_suite_prints_and_writes_its_table(command, tmp_path):
    result = command(
        bench.main, "paradigm.hidden=[4]", "paradigm.time_steps=2", "steps=100", "rounds=1", f"run_dir={tmp_path}/run"
    )
    assert result.code == 0, result.err
    assert "ratio to bare" in result.out
    assert "…" not in result.out, "nothing is cut off on a terminal of 80 columns"
    table = json.loads((tmp_path / "run" / "table.json").read_text())
    assert all(row["time/step_seconds"] > 0 for row in table)
    rows = parse(table, (LoopTiming,))
    assert {row.paradigm for row in rows} == {"snn"}
    assert all(row.versions["jax"] for row in rows)


def test_wrong_input_is_one_sentence(command, tmp_path):
    for arguments, sentence in (
        (["suite=speed"], "suite=speed is not one of int8, snn, trainer_overhead, transformer, vqc"),
        (["suite=vqc", "paradigm=snn"], "paradigm is not a setting"),
        (["suite=vqc", "implementations=[qiskit]"], "implementations=[qiskit] is not one of default.qubit"),
        (["suite=vqc", "qubits=8"], "qubits=8 must be a list"),
        (["suite=int8", "sizes=[100]"], "sizes=[100] must be a multiple of 8 from 8 to 8192"),
        (["suite=transformer", "threads=[0]"], "threads=[0] must be at least 1"),
        (["suite=snn", "implementations=[nengo]"], "implementations=[nengo] is not one of slax"),
        (["suite=snn", "input_rates=[2]"], "input_rates=[2.0] must be above 0 and at most 1"),
        (["suite=snn", "+further.bptt.stride=2"], "further.bptt.stride is not a setting of ours"),
        (["steps=150"], "steps=150 must be a multiple of 100"),
        (["rounds=many"], "rounds=many must be a whole number"),
    ):
        result = command(bench.main, *arguments, f"run_dir={tmp_path}/run")
        assert result.code == 2
        assert sentence in result.error
        assert not (tmp_path / "run").exists()


@pytest.fixture(autouse=True)
def index(monkeypatch):
    """No index is asked; what would be said of it is."""
    monkeypatch.setattr("eval.peers.newest.newest", lambda package: "9.9" if package == "tensorcircuit-ng" else None)


@pytest.mark.parametrize("name", bench.SUITES)
def test_a_suite_s_yaml_shows_every_setting_with_its_default(name):
    assert sorted(path.stem for path in SUITES.glob("*.yaml")) == sorted(bench.SUITES)
    settings = yaml.safe_load((SUITES / f"{name}.yaml").read_text())
    assert settings.pop("suite") == name
    suites = {"trainer_overhead": trainer_overhead, "vqc": vqc, "snn": snn, "int8": int8, "transformer": transformer}
    config = suites[name].Config
    for group in ("defaults", "data_dir", "optimizer"):
        settings.pop(group, None)
    assert convert(settings, config) == config()


def test_libraries_side_by_side_as_it_is_typed(command, tmp_path, monkeypatch):
    """With two that are none: one agrees, and one is given up."""
    for name, statements in ((OURS, {}), ("default.qubit", {"compile": "raise ValueError('no [such] gate')"})):
        file = write_peer(tmp_path / f"{name}.py", **statements)
        monkeypatch.setitem(IMPLEMENTATIONS, name, Contender(name, file, None))
    arguments = ["suite=vqc", f"implementations=[default.qubit,{OURS}]", "ansatze=[]", "qubits=[3]", "depths=[1,2]"]
    result = command(bench.main, *arguments, "rounds=1", "round_seconds=0.01", f"run_dir={tmp_path}/run")
    assert result.code == 0, result.err
    assert "default.qubit: failed: ValueError: no [such] gate" in result.out
    assert "one process each, one thread" in result.err
    assert result.out.splitlines()[-1] == "tensorcircuit-ng 1.10.0 takes part, the index has 9.9"
    rows = parse(json.loads((tmp_path / "run" / "table.json").read_text()), (CircuitTiming,))
    assert [(row.implementation, row.depth) for row in rows] == [
        ("default.qubit", 1),
        (OURS, 1),
        ("default.qubit", 2),
        (OURS, 2),
    ]
    assert json.loads((tmp_path / "run" / "environment.json").read_text())["cpu_count"]


def test_spiking_networks_side_by_side_as_it_is_typed(command, tmp_path):
    """Ours alone, on a tiny network, with a setting of one of its rows."""
    arguments = ["suite=snn", f"implementations=[{OURS}]", "differentiations=[bptt,checkpointed]", "time_steps=[4]"]
    tiny = ["input_rates=[0.5]", "batch=2", "channels=3", "hidden=[4]", "outputs=2", "rounds=1", "round_seconds=0.01"]
    result = command(bench.main, *arguments, *tiny, "+further.checkpointed.segment_steps=2", f"run_dir={tmp_path}/run")
    assert result.code == 0, result.err
    assert "…" not in result.out, "nothing is cut off on a terminal of 80 columns"
    rows = parse(json.loads((tmp_path / "run" / "table.json").read_text()), (NetworkTiming,))
    assert [(row.implementation, row.differentiation) for row in rows] == [
        (OURS, "bptt"),
        (OURS, "checkpointed"),
    ]
    assert {row.outcome for row in rows} == {"measured"}
    assert all(row.temp_bytes for row in rows)


def test_products_side_by_side_as_they_are_typed(command, tmp_path):
    """Those of XLA alone, which no environment is made for."""
    arguments = ["suite=int8", "implementations=[xla]", "sizes=[16]", "channels=[8]", "batch=1", "side=4"]
    result = command(bench.main, *arguments, "rounds=1", "round_seconds=0.01", f"run_dir={tmp_path}/run")
    assert result.code == 0, result.err
    assert "…" not in result.out, "nothing is cut off on a terminal of 80 columns"
    rows = parse(json.loads((tmp_path / "run" / "table.json").read_text()), (ProductTiming,))
    assert [(row.kernel, row.size) for row in rows] == [
        ("dot float32", 16),
        ("dot int8", 16),
        ("dot int32", 16),
        ("conv float32", 8),
        ("conv int8", 8),
    ]
    assert all(row.exact and row.outcome == "measured" for row in rows)


def printed(rows):
    console = Console(width=80, file=io.StringIO())
    bench.print_rows(rows, console)
    return console.file.getvalue()


ROW = CircuitTiming(
    implementation="tensorcircuit-scan", ansatz="RY-RZ-CZ", qubits=20, depth=4, gates=240, compile_seconds=12.34,
    step_seconds=0.01234, ratio_to_fastest_peer=123.456, ratio_to_ry_rz_cz=None, temp_bytes=1_280_000_000,
    resident_bytes=999_000, core_share=1.0, difference=1e-7, dtype="complex64", outcome="measured",
    versions={"library": "1.0"},
)  # fmt: skip
SPIKING = NetworkTiming(
    implementation="gradient-cost", differentiation="checkpointed", time_steps=400, input_rate=0.03,
    compile_seconds=12.34, step_seconds=0.01234, ratio_to_fastest_peer=123.456, temp_bytes=1_280_000_000,
    memory_ratio_to_best_peer=0.217, resident_bytes=999_000, core_share=1.0, loss=3.4, difference=1e-7,
    semantics="as ours", dtype="complex64", outcome="measured", versions={"library": "1.0"},
)  # fmt: skip


def test_numbers_have_units_and_nothing_is_cut():
    text = printed([ROW, replace(ROW, implementation="catalyst", dtype="complex128", temp_bytes=None)])
    assert "…" not in text
    assert "qubits 20" in text.splitlines()[0]
    for shown in ("12.3 s", "12.3 ms", "123.456", "1.28 GB", "999 kB", "complex128", "–"):
        assert shown in text
    assert "library" not in text
    # What no row has is no column, and of which kind all are is none either.
    assert "ratio to ry" not in " ".join(text.split())
    assert "timings" not in text


def test_a_table_that_is_too_wide_gets_narrower_headings():
    text = printed([SPIKING, replace(SPIKING, differentiation="bptt", dtype="float32", time_steps=100)])
    assert "…" not in text
    assert "gradient-cost" in text
    assert "gradient by" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_who_was_not_measured_stands_below_with_the_reason():
    reason = "capped: compiling took more than 120 s"
    absent = replace(
        ROW, implementation="default.qubit", compile_seconds=None, step_seconds=None, ratio_to_fastest_peer=None,
        temp_bytes=None, resident_bytes=None, core_share=None, difference=None, dtype=None, outcome=reason, versions={},
    )  # fmt: skip
    text = printed([absent, ROW])
    assert text.splitlines()[-1] == f"default.qubit: {reason}"
    assert f"{reason}" in printed([absent])
    assert "None" not in text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bench-int8", ProductTiming),
        ("bench-snn", NetworkTiming),
        ("bench-vqc", CircuitTiming),
        ("bench-vqc-ours", CircuitTiming),
        ("bench-vqc-shallow", CircuitTiming),
    ],
)
def test_published_tables_are_of_the_present_kinds(name, kind):
    table = json.loads((ROOT / "docs" / "results" / f"{name}.json").read_text())
    rows = parse(table, (kind,))
    assert [flat(row) for row in rows] == table
    assert all((row.step_seconds is None) == (row.outcome != "measured") for row in rows)
