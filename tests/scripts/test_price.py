"""``scripts.price``: a small training priced on this machine, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import jax
import pytest

from eval.machine_prices.rows import ProgramPrice
from eval.rows import parse
from scripts import price
from scripts.running.amounts import amount
from training.machines import targets

DOCS = Path(price.__file__).parents[1] / "docs"
SMALL = (
    "paradigm=snn",
    "paradigm.hidden=[4]",
    "paradigm.time_steps=2",
    "trainer.batch_size=16",
    "probes.every=0",
    "probes.timing_repeats=2",
)


def test_a_training_is_priced_on_this_machine(command, tmp_path):
    result = command(price.main, *SMALL, f"run_dir={tmp_path / 'priced'}")
    assert (result.code, result.err) == (0, "")
    rows = parse(json.loads((tmp_path / "priced" / "table.json").read_text()), [ProgramPrice])
    assert [(row.target, row.here, row.program) for row in rows] == [("cpu", True, "step"), ("cpu", True, "evaluation")]
    for row in rows:
        assert 0 < row.roofline_to_measured < 2, "the rates of this machine were measured beside the programs"
    for expected in (
        "snn on digits, batches of 16",
        "target cpu: cpu, 1 × 1 (here)",
        "roofline ÷ measured",
        "– compiler's estimate, estimate ÷ measured: this compiler gives no estimate of seconds",
        "table: priced/table.json",
    ):
        assert expected in result.out
    made_by = json.loads((tmp_path / "priced" / "environment.json").read_text())
    assert made_by["packages"]["jax"] == jax.__version__


def test_collectives_are_said_for_each_program_and_not_cut(capsys):
    found = json.loads((DOCS / "results" / "price" / "snn-v5e" / "table.json").read_text())
    (step, *_) = parse(found, [ProgramPrice])
    kinds = {"all-reduce": 12, "collective-permute": 24, "reduce-scatter": 3}
    price.print_prices([replace(step, collectives=kinds, program=name) for name in ("step", "evaluation", "probe")])
    lines = capsys.readouterr().out.splitlines()
    for name in ("step", "evaluation", "probe"):
        assert f"collectives of the {name}: 12 all-reduce, 24 collective-permute, 3 reduce-scatter" in lines


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("target=v9",), "target=v9 is not known; the targets are cpu, h100, a100, v5e:1x1, v5e:2x2"),
        (("target=v5e:7",), "target=v5e:7 must end in 2 numbers of chips, one for each axis, as in v5e:2x2"),
        (("target=3",), "target=3 must name a machine, as in target=v5e:2x2"),
        (("target=v5e:2x2",), "to compile for it libtpu is not installed: pip install 'gradient-cost[tpu]'"),
        (("target=h100",), "jax_cuda12_plugin is not installed: pip install 'gradient-cost[compile-cuda]'"),
        (("mesh.data=64",), "mesh.data=64 with mesh.model=1 needs 64 devices, and the target has 1"),
        (("trainer.batch_size=100000",), "batch size 100000 exceeds the"),
        (("targte=cpu",), "targte is not a setting; did you mean target?"),
        (("paradigm=sn",), "paradigm=sn is not one of custom, quantised, snn, transformer, vqc; did you mean snn?"),
        (("model=a:b",), "model=a:b is a model of your own, and snn has its own: add paradigm=custom"),
    ],
)
def test_what_cannot_be_priced_is_refused_in_one_sentence(command, monkeypatch, tmp_path, arguments, sentence):
    compilers = {package for package, _ in targets.COMPILERS.values()}
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name in compilers else find_spec(name, *rest)
    )
    monkeypatch.setattr(jax.stages.Lowered, "compile", lambda *_: pytest.fail("something was compiled"))
    result = command(price.main, *SMALL, *arguments, f"run_dir={tmp_path / 'refused'}")
    assert (result.code, result.out) == (2, "")
    assert sentence in result.error
    assert not (tmp_path / "refused").exists()


def test_the_page_shows_the_published_tables():
    folders = sorted((DOCS / "results" / "price").iterdir())
    assert len(folders) == 9
    page = (DOCS / "other_machines.md").read_text()
    for folder in folders:
        step = parse(json.loads((folder / "table.json").read_text()), [ProgramPrice])[0]
        cells = (
            step.paradigm,
            f"`{step.target}`",
            amount("peak_bytes", step.peak_bytes),
            amount("code_bytes", step.code_bytes),
            f"{step.flops:.3g}",
            f"{amount('roofline_seconds', step.roofline_seconds)} ({step.roofline_bound})",
            amount("compiler_seconds", step.compiler_seconds),
            amount("measured_seconds", step.measured_seconds),
            amount("roofline_to_measured", step.roofline_to_measured),
        )
        assert f"| {' | '.join(cells)} |" in page
        assert step.here == (step.measured_seconds is not None) == (step.target == "cpu")
        made_by = json.loads((folder / "environment.json").read_text())
        assert not made_by["git"]["dirty"]
