from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest
from toys import Perceptron, blobs

import training.pricing.program
from eval.machine_prices.measure import machine_prices
from eval.machine_prices.rows import ProgramPrice
from eval.rows import flat, parse
from training.config import MeshConfig, ProbesConfig, Settings, TrainerConfig
from training.errors import BadInput
from training.machines.published import MACHINES
from training.machines.targets import Target, find_target
from training.pricing import NOT_RUN, Rates
from training.trainer import Trainer

SETTINGS = Settings(trainer=TrainerConfig(steps=2, batch_size=16), probes=ProbesConfig(timing_repeats=2))
WITHOUT_PROBE = replace(SETTINGS, probes=ProbesConfig(every=0))
TASK = blobs(classes=4)
RATES = Rates({"float32": 3e12}, bandwidth=2e11, source="measured here")
"""Of a CPU, in place of those that take a second to measure; see the test of ``scripts.price``."""


def build() -> Perceptron:
    return Perceptron(hidden=8, outputs=4)


@pytest.fixture(scope="module", autouse=True)
def known_rates():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eval.machine_prices.device.host_rates", lambda device: RATES)
        yield


@pytest.fixture(scope="module")
def rows(known_rates) -> dict[str, ProgramPrice]:
    return {row.program: row for row in machine_prices(find_target("cpu"), build, TASK, SETTINGS)}


def test_the_programs_are_the_trainer_s_own(rows):
    programs = Trainer(build(), TASK, SETTINGS).programs
    assert list(rows) == ["step", "evaluation", "probe"]
    for name, compiled in (("step", programs.step), ("evaluation", programs.evaluate), ("probe", programs.probe)):
        planned, row = compiled.memory_analysis(), rows[name]
        assert row.argument_bytes == planned.argument_size_in_bytes
        assert row.output_bytes == planned.output_size_in_bytes
        assert row.temp_bytes == planned.temp_size_in_bytes
        assert row.compiler_operations == compiled.cost_analysis()["flops"]
    assert rows["step"].residual_bytes == programs.residual_bytes
    assert rows["step"].parameters == 6 * 8 + 8 * 4 + 4


def test_where_the_machine_is_here_it_is_run_and_the_bound_is_compared(rows):
    for row in rows.values():
        assert row.here
        assert row.fits
        assert 0 < row.measured_seconds < 1
        moved = row.argument_bytes + row.output_bytes
        assert row.roofline_seconds == pytest.approx(max(row.flops / 3e12, moved / 2e11))
        assert row.roofline_to_measured == pytest.approx(row.roofline_seconds / row.measured_seconds)
        assert row.compile_seconds > 0
        assert row.rates == "measured here"


def test_what_is_absent_has_a_reason_and_rows_are_read_back_as_they_were(rows):
    for row in rows.values():
        absent = {name for name, value in vars(row).items() if value is None} - {"refusal"}
        assert absent == set(row.unavailable)
        assert all(row.unavailable.values())
    (step, *_) = parse([flat(row) for row in rows.values()], [ProgramPrice])
    assert step == rows["step"]


def test_where_it_is_not_here_nothing_is_run_and_no_second_is_claimed(monkeypatch):
    monkeypatch.setattr("eval.machine_prices.measure.time_in_turn", lambda *_: pytest.fail("a program was run"))
    elsewhere = Target("v5e:1x1", MACHINES["v5e"], jax.devices("cpu")[:1], here=False)
    for row in machine_prices(elsewhere, build, TASK, WITHOUT_PROBE):
        assert row.measured_seconds is row.roofline_to_measured is row.compiler_to_measured is None
        assert row.unavailable["measured_seconds"] == NOT_RUN
        assert row.memory_bytes == 16 * 2**30
        # 819e9 bytes and 197e12 operations per second, as Google publishes them.
        moved = row.argument_bytes + row.output_bytes
        assert row.roofline_seconds == pytest.approx(max(row.flops / 197e12, moved / 819e9))


def test_a_program_that_the_compiler_refuses_is_a_row_and_the_others_are_priced(monkeypatch):
    compile_timed = training.pricing.program.compile_timed
    refusals = iter(["RESOURCE_EXHAUSTED: Ran out of memory: used 20G of 16G.\nmore", "INTERNAL: no such tile"])

    def refused(compiler):
        if sentence := next(refusals, None):
            raise jax.errors.JaxRuntimeError(sentence)
        return compile_timed(compiler)

    monkeypatch.setattr(training.pricing.program, "compile_timed", refused)
    elsewhere = Target("v5e:1x1", MACHINES["v5e"], jax.devices("cpu")[:1], here=False)
    step, evaluation, probe = machine_prices(elsewhere, build, TASK, SETTINGS)
    assert (step.fits, step.refusal) == (False, "RESOURCE_EXHAUSTED: Ran out of memory: used 20G of 16G.")
    assert (evaluation.fits, evaluation.refusal) == (None, "INTERNAL: no such tile")
    assert (probe.fits, probe.refusal) == (True, None)
    assert step.flops > evaluation.flops > 0
    assert step.temp_bytes is step.roofline_seconds is None


def test_more_devices_than_the_machine_has_are_refused_before_anything_is_compiled(monkeypatch):
    monkeypatch.setattr(jax.stages.Lowered, "compile", lambda *_: pytest.fail("something was compiled"))
    with pytest.raises(BadInput, match="needs 64 devices, and the target has 1; lower one of them"):
        machine_prices(find_target("cpu"), build, TASK, Settings(mesh=MeshConfig(data=64)))


def test_no_more_is_claimed_of_a_type_whose_rate_nobody_publishes():
    class Whole(Perceptron):
        def apply(self, params, state, inputs, *, key, train):
            found = super().apply(params, state, inputs, key=key, train=train)
            table = jnp.ones((4, 4), jnp.int8)
            score = jnp.dot(table, table, preferred_element_type=jnp.int32).sum().astype(jnp.float32)
            return found._replace(penalty=found.penalty + score)

    rows = machine_prices(find_target("cpu"), lambda: Whole(hidden=8, outputs=4), TASK, WITHOUT_PROBE)
    assert rows[0].integer_operations == 2 * 4**3
    assert rows[0].roofline_seconds is None
    assert rows[0].unavailable["roofline_seconds"] == "no rate is known for products of int8 (measured here)"
