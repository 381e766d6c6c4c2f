"""Compiling is told from reading what was compiled before."""

import jax
import jax.numpy as jnp
import pytest
from jax.experimental.compilation_cache.compilation_cache import reset_cache
from toy_runs import settings
from toys import Perceptron, blobs

from training.pricing import Program, price
from training.pricing.compilation import compile_timed
from training.trainer import Trainer

SENTENCE = "an earlier run had compiled the program, and it was read back in"


@pytest.fixture
def kept(tmp_path):
    """Let JAX keep every program, however fast it compiles, in an empty directory."""
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = [getattr(jax.config, name) for name in names]
    for name, value in zip(names, (str(tmp_path), 0.0), strict=True):
        jax.config.update(name, value)
    reset_cache()
    yield tmp_path
    for name, value in zip(names, before, strict=True):
        jax.config.update(name, value)
    reset_cache()


def sines(x):
    return jnp.sin(jnp.sin(x)).sum()


def compiled():
    return jax.jit(lambda x: sines(x)).lower(jnp.ones(7)).compile()


def test_a_program_is_read_the_second_time(kept):
    first, second = compile_timed(compiled), compile_timed(compiled)
    assert (first.read, second.read) == (False, True)
    assert first.seconds > 0
    assert second.program(jnp.ones(7)) == first.program(jnp.ones(7))
    assert second.unavailable.startswith(SENTENCE)
    assert second.unavailable.endswith("JAX_ENABLE_COMPILATION_CACHE=0 compiles it anew")


def test_no_price_has_seconds_of_compiling_that_are_none(kept):
    found = [price(Program(lambda x: sines(x), jnp.ones(7))) for _ in range(2)]
    assert found[0].compile_seconds > 0
    assert found[1].compile_seconds is None
    assert found[1].unavailable["time/compile_seconds"].startswith(SENTENCE)
    # What else the compiled program tells is the same.
    assert found[0].temp_bytes == found[1].temp_bytes
    assert found[0].argument_bytes == found[1].argument_bytes == 28


def test_nor_has_a_run(kept, tmp_path):
    summaries = [Trainer(Perceptron(), blobs(), settings(steps=3)).run(tmp_path / name) for name in ("a", "b")]
    first, second = (one["metrics"] for one in summaries)
    assert first["time/compile_seconds"] > 0
    assert "time/compile_seconds" not in second
    assert summaries[1]["unavailable"]["time/compile_seconds"].startswith(SENTENCE)
    for name in ("train/loss", "test/loss", "memory/temp_bytes", "memory/residual_bytes", "cost/flops"):
        assert first[name] == second[name]
