"""Gradients compiled for other machines: the compiler's own plan, kept points, and machines that there are not."""

from __future__ import annotations

from dataclasses import replace

import jax
import pytest

from eval.recorder import Recorder
from eval.studies.gradient_price import targets
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.measure import timed
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import subject
from eval.studies.gradient_price.names import GROWING, RULES, VQC
from eval.studies.gradient_price.rows import TargetPrice
from training.errors import BadInput
from training.machines.published import MACHINES
from training.machines.targets import missing_compiler

TINY = Config(
    widths=(4, 8, 12, 16), timed_widths=(4, 8), neurons=(4, 8, 12), timed_neurons=(4, 8), layers=(1, 2, 3, 4),
    timed_layers=(1, 3), shift_layers=(1, 2), circuit_qubits=3, qubits=(3, 4, 5), steps=4,
    tokens=4, channels=4, batch=2,
)  # fmt: skip


def measured(directory, *names: str) -> list[TargetPrice]:
    return targets.measure(replace(TINY, targets=names), timed, Recorder(directory / "rows.jsonl", [TargetPrice]))


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("here")


@pytest.fixture(scope="module")
def here(directory) -> list[TargetPrice]:
    return measured(directory, "cpu")


def test_every_timed_size_is_compiled_and_its_memory_is_the_compiler_s_plan(here):
    assert [(row.axis, row.size) for row in here] == [(axis, size) for axis in GROWING for size in timed(axis, TINY)]
    for row in here:
        assert (row.target, row.differentiation, row.unavailable) == ("cpu", RULES[row.paradigm][0], None)
        assert row.fits
        assert row.peak_bytes > row.forward_peak_bytes > 0
        assert row.roofline_seconds >= row.forward_roofline_seconds > 0
        # A circuit's gradient also has operations that its value lacks, as every gradient.
        assert row.flops > row.forward_flops > 0
    one = next(row for row in here if row.paradigm == VQC and row.size == 3)
    model = Model(subject(VQC, one.differentiation, one.axis, 3, TINY))
    program = model.gradient("reverse", model.forward())
    plan = jax.jit(program.function, keep_unused=True).lower(*program.arguments).compile().memory_analysis()
    least = plan.argument_size_in_bytes + plan.temp_size_in_bytes
    assert least <= one.peak_bytes <= 2 * (least + plan.output_size_in_bytes)
    assert one.parameters == model.parameters


def test_a_compiled_point_is_read_back(here, directory, monkeypatch):
    monkeypatch.setattr(targets, "forecast", lambda *_, **__: pytest.fail("a kept point was compiled anew"))
    assert measured(directory, "cpu") == here


def test_sentences_say_what_the_gradient_takes_beside_its_forward_pass(here):
    found = targets.sentences(here)
    assert len(found) == len(GROWING)
    row = TargetPrice(
        paradigm="snn", axis="neurons", differentiation="bptt", gradient="reverse", size=4, parameters=10,
        target="h100", forward_flops=1, flops=3, forward_peak_bytes=100, peak_bytes=250, code_bytes=None, fits=True,
        forward_roofline_seconds=None, roofline_seconds=None, roofline_bound=None, forward_compiler_seconds=None,
        compiler_seconds=None, compile_seconds=1.0, unavailable="no bound",
    )  # fmt: skip
    larger = replace(row, size=8, parameters=40, peak_bytes=300)
    assert targets.sentences([row, larger]) == (
        "compiled for h100, the gradient of snn beside its forward pass, from 10 to 40 parameters: "
        "planned memory 2.5 to 3 times; least time is not known",
    )


@pytest.mark.parametrize("name", ["v9", "cpu:4", "h100:none"])
def test_machines_that_there_are_not_are_refused_before_anything_is_compiled(name, tmp_path, monkeypatch):
    monkeypatch.setattr(targets, "forecast", lambda *_, **__: pytest.fail("compiled"))
    with pytest.raises(BadInput, match=f"target={name} "):
        measured(tmp_path, "cpu", name)
    with pytest.raises(BadInput, match=r"settings\.targets=\['cpu', 'cpu'\] must list machines, each once"):
        Config(targets=("cpu", "cpu"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h100", "v5e:1x1"])
def test_machines_that_are_not_here_are_compiled_for(name, tmp_path):
    if missing := missing_compiler(MACHINES[name.partition(":")[0]].platform):
        pytest.skip(missing)
    for row in measured(tmp_path, name):
        assert (row.fits, row.unavailable) == (True, None)
        assert row.peak_bytes > 0
        assert row.roofline_seconds > 0
