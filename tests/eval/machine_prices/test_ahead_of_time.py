"""Every paradigm compiled for machines that are not here: `pip install -e ".[tpu,compile-cuda]"`, then `-m slow`."""

from __future__ import annotations

import importlib

import pytest

from eval.machine_prices.measure import machine_prices
from eval.machine_prices.rows import ProgramPrice
from paradigms import NAMES
from paradigms.snn.rules import RULES
from training.config import MeshConfig, ProbesConfig, Settings, TrainerConfig
from training.machines.published import MACHINES
from training.machines.targets import find_target, missing_compiler
from training.tasks import TaskConfig, load_task

pytestmark = pytest.mark.slow
MESHES = {"v5e:1x1": MeshConfig(), "v5e:2x2": MeshConfig(data=4), "h100": MeshConfig()}


def prices(target: str, mesh: MeshConfig, name: str, probe: bool = True, **changes: object) -> list[ProgramPrice]:
    if missing := missing_compiler(MACHINES[target.partition(":")[0]].platform):
        pytest.skip(missing)
    package = importlib.import_module(f"paradigms.{name}")
    config = package.Config(**{**vars(package.SMALLEST), **changes})
    task = load_task(TaskConfig("digits"))
    settings = Settings(
        trainer=TrainerConfig(batch_size=8), probes=ProbesConfig(every=int(probe), timing_repeats=0), mesh=mesh
    )
    found = machine_prices(find_target(target), lambda: package.build(config, task.spec), task, settings)
    for row in found:
        assert (row.refusal, row.fits, row.here) == (None, True, False)
        assert row.measured_seconds is None
        assert row.temp_bytes is not None
        assert row.roofline_seconds is None or row.roofline_seconds > 0
        assert (row.compiler_seconds is None) <= (target != "v5e:1x1")
    return found


@pytest.mark.parametrize("target", MESHES)
@pytest.mark.parametrize("name", NAMES)
def test_the_programs_of_a_training_compile(name: str, target: str):
    mesh = MESHES[target]
    found = prices(target, mesh, name)
    assert [row.program for row in found] == ["step", "evaluation", "probe"]
    for row in found:
        assert bool(row.collectives) == (mesh.data == 4), "devices that share a batch exchange sums, one alone nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_is_split_over_four_devices_compiles(name: str):
    found = prices("v5e:2x2", MeshConfig(data=1, model=4), name)
    assert found[0].devices == "TPU v5 lite, 1 × 4"


@pytest.mark.parametrize("target", ["v5e:1x1", "h100"])
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_spiking_networks_compiles(rule: str, target: str):
    prices(target, MeshConfig(), "snn", probe=False, differentiation=rule)


@pytest.mark.parametrize("target", ["v5e:1x1", "h100"])
@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.has_own_time_loop])
def test_the_time_loop_as_a_kernel_compiles_by_mosaic_and_by_triton(rule: str, target: str):
    prices(target, MeshConfig(), "snn", probe=False, differentiation=rule, time_loop="pallas")


@pytest.mark.parametrize("rule", ["adjoint", "backprop", "parameter_shift"])
def test_every_rule_of_circuits_compiles(rule: str):
    prices("v5e:1x1", MeshConfig(), "vqc", probe=False, differentiation=rule)
