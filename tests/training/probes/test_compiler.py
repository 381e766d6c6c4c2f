from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

from training.probes.compiler import compiler_account, count_collectives

SYNCHRONOUS = """\
HloModule jit_f, is_scheduled=true

%sum (a: f32[], b: f32[]) -> f32[] {
  ROOT %add = f32[] add(%a, %b)
}

ENTRY %main (x: f32[8,4]) -> f32[] {
  %x = f32[8,4]{1,0:T(8,128)} parameter(0)
  %all-gather = f32[32,4]{1,0:T(8,128)S(1)} all-gather(%x), channel_id=1, dimensions={0}
  %all-to-all.3 = (f32[8]{0}, f32[8]{0}) all-to-all(%x, %x), channel_id=4
  %reduce = f32[] reduce(%all-gather, %zero), to_apply=%sum, metadata={op_name="jit(f)/all-reduce-like"}
  ROOT %all-reduce.1 = f32[]{:T(128)} all-reduce(%reduce), channel_id=2, to_apply=%sum
}
"""
ASYNCHRONOUS = """\
  %all-reduce-start = f32[] all-reduce-start(%fusion), channel_id=1, to_apply=%sum
  %all-reduce-done = f32[] all-reduce-done(%all-reduce-start)
  %collective-permute-start.2 = (f32[4]{0}, f32[4]{0}) collective-permute-start(%p), channel_id=3
  %collective-permute-done.2 = f32[4]{0} collective-permute-done(%collective-permute-start.2)
  %add.4 = f32[] add(%all-reduce-done, %all-reduce-done)
"""
ON_FOUR_DEVICES = """
import jax
jax.config.update("jax_num_cpu_devices", 4)
import jax.numpy as jnp
from jax.sharding import AxisType, NamedSharding, PartitionSpec
from training.probes.compiler import compiler_account
mesh = jax.make_mesh((4,), ("data",), axis_types=(AxisType.Auto,))
rows = NamedSharding(mesh, PartitionSpec("data"))
whole = NamedSharding(mesh, PartitionSpec())
x = jax.ShapeDtypeStruct((8, 4), jnp.float32)
for function, out in ((lambda x: x.sum(), whole), (lambda x: 2 * x, whole), (lambda x: 2 * x, rows)):
    found = compiler_account(jax.jit(function, in_shardings=rows, out_shardings=out).lower(x).compile())
    print(found.argument_bytes, dict(found.collectives))
"""


def test_collectives_are_counted_by_kind_and_asynchronous_ones_once():
    assert count_collectives(SYNCHRONOUS) == {"all-gather": 1, "all-to-all": 1, "all-reduce": 1}
    assert count_collectives(ASYNCHRONOUS) == {"all-reduce": 1, "collective-permute": 1}
    assert count_collectives(SYNCHRONOUS + ASYNCHRONOUS)["all-reduce"] == 2
    assert count_collectives("") == {}


def test_a_program_on_four_devices_has_the_collectives_that_it_needs():
    result = subprocess.run([sys.executable, "-c", ON_FOUR_DEVICES], capture_output=True, text=True, check=True)
    # A device holds 2 of the 8 rows of 4 numbers: their sum is one reduction, all of them one gathering.
    share = 2 * 4 * 4
    assert result.stdout.splitlines() == [
        f"{share} {{'all-reduce': 1}}",
        f"{share} {{'all-gather': 1}}",
        f"{share} {{}}",
    ]


def test_an_account_is_the_compiler_s_own():
    compiled = jax.jit(lambda x: x @ x, donate_argnums=0).lower(jnp.zeros((16, 16))).compile()
    found = compiler_account(compiled)
    assert found.argument_bytes == found.output_bytes == found.alias_bytes == 16 * 16 * 4
    assert found.operations == 2 * 16**3
    assert found.code_bytes is None, "a CPU's compiler does not tell"
    assert found.collectives == {}


@pytest.mark.parametrize(("stated", "expected"), [(10, 100 + 30 + 7 + 5 - 20), (1000, 1000)])
def test_what_must_have_room_is_all_that_is_planned_or_the_stated_peak(stated: int, expected: int):
    memory = SimpleNamespace(
        argument_size_in_bytes=100,
        output_size_in_bytes=30,
        temp_size_in_bytes=7,
        generated_code_size_in_bytes=5,
        alias_size_in_bytes=20,
        peak_memory_in_bytes=stated,
    )
    costs = {"flops": 3.0, "bytes accessed": 4.0, "optimal_seconds": -2.0}
    made = SimpleNamespace(memory_analysis=lambda: memory, cost_analysis=lambda: costs, as_text=lambda: "")
    found = compiler_account(made)
    assert found.peak_bytes == expected
    assert (found.operations, found.accessed_bytes, found.seconds) == (3, 4, None)


def test_a_compiler_that_says_nothing_is_not_taken_at_zero():
    made = SimpleNamespace(memory_analysis=lambda: None, cost_analysis=lambda: None, as_text=lambda: SYNCHRONOUS)
    found = compiler_account(made)
    assert (found.argument_bytes, found.code_bytes, found.peak_bytes, found.operations) == (None,) * 4
    assert found.collectives["all-reduce"] == 1
