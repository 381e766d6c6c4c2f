from __future__ import annotations

import importlib.util
import re
import warnings

import jax
import pytest

from paradigms.capacity import capacity_bytes
from paradigms.target import target_platform
from training.errors import BadInput
from training.machines.gpu_text import target_config
from training.machines.published import MACHINES
from training.machines.targets import Target, find_target, missing_compiler


def test_this_machine_s_cpu_is_here():
    found = find_target("cpu")
    assert (found.here, found.machine, list(found.devices)) == (True, None, jax.devices("cpu"))
    with found.aimed():
        assert target_platform() == "cpu"


def test_beside_an_accelerator_the_cpu_s_programs_are_still_a_cpu_s(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    found = find_target("cpu")
    memory = capacity_bytes(found.devices)
    assert (found.here, target_platform()) == (True, "gpu")
    with found.aimed():
        assert target_platform() == "cpu"
        assert capacity_bytes() == pytest.approx(memory, rel=1e-6)


def test_that_a_described_machine_s_programs_are_compiled_anew_is_no_warning():
    described = Target("v5e:1x1", MACHINES["v5e"], jax.devices("cpu"), here=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with described.aimed():
            warnings.warn("Error reading persistent compilation cache entry for 'jit_step'", stacklevel=1)
            with pytest.raises(UserWarning, match="something else"):
                warnings.warn("something else", stacklevel=1)


@pytest.mark.parametrize("name", ["", "v9", "tpu", "v5", "gpu:2", "cpu:4"])
def test_an_unknown_machine_is_refused_with_the_known_ones(name: str):
    with pytest.raises(BadInput, match=rf"target={name} is not known; the targets are cpu, h100, .* v6e:2x2$"):
        find_target(name)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("v5e:4", "2 numbers of chips, one for each axis, as in v5e:2x2"),
        ("v5e:2x2x1", "2 numbers of chips, one for each axis, as in v5e:2x2"),
        ("v5p:2x2", "3 numbers of chips, one for each axis, as in v5p:2x2x2"),
        ("v6e:0x2", "2 numbers of chips"),
        ("h100:two", "a number of GPUs, as in h100:2"),
        ("a100:1x1", "a number of GPUs, as in a100:2"),
    ],
)
def test_a_shape_that_the_machine_cannot_have_is_refused(name: str, rule: str):
    with pytest.raises(BadInput, match=re.escape(f"target={name} must end in {rule}")):
        find_target(name)


@pytest.mark.parametrize(
    ("name", "package", "extra"), [("v5e:2x2", "libtpu", "tpu"), ("h100", "jax_cuda12_plugin", "compile-cuda")]
)
def test_without_its_compiler_one_sentence_says_how_to_get_it(monkeypatch, name: str, package: str, extra: str):
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(BadInput) as refusal:
        find_target(name)
    assert str(refusal.value) == (
        f"target={name} is not here, and to compile for it {package} is not installed: "
        f"pip install 'gradient-cost[{extra}]'"
    )
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: object())
    assert missing_compiler("tpu") is missing_compiler("gpu") is None


def test_the_published_rates_of_gpus_agree_with_their_multiprocessors():
    # The other rate that NVIDIA publishes, of float32 without tensor cores: two operations per unit and clock.
    for name, published in (("h100", 66.9e12), ("a100", 19.5e12)):
        gpu = MACHINES[name].processors
        assert gpu is not None
        assert 2 * gpu.count * gpu.float32_units * gpu.clock_gigahertz * 1e9 == pytest.approx(published, rel=2e-3)


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_a_machine_says_where_its_numbers_come_from(name: str):
    machine = MACHINES[name]
    assert "https://" in machine.source
    assert machine.rates["bfloat16"] >= machine.rates["float32"]
    assert machine.memory_bytes > 2**30
    assert (machine.processors is not None) == (machine.platform == "gpu")


def test_a_gpu_is_described_by_its_own_numbers():
    h100 = MACHINES["h100"]
    assert h100.processors is not None
    text = target_config(h100, h100.processors)
    said = dict(re.findall(r"^\s*(\w+): (\S+)$", text, re.MULTILINE))
    assert (said["core_count"], said["fpus_per_core"], said["shared_memory_per_core"]) == ("132", "128", "233472")
    assert (said["memory_bandwidth"], said["l2_cache_size"]) == ("3350000000000", "52428800")
    assert "cuda_compute_capability { major: 9 minor: 0 }" in text
    assert text.count("{") == text.count("}")
