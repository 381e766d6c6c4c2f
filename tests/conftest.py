"""Shapes and types of every function of ours are checked at run time in tests, and no program is compiled twice."""

import gc
import os
import tempfile
from importlib.metadata import version

import hypothesis
import pytest
import shared_context
import type_checker

# Read by JAX at its import, here and in the processes that tests start. A new directory each time: a run of the tests
# never depends on an earlier one.
_CACHE = tempfile.TemporaryDirectory(prefix="gradient-cost-tests-")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", _CACHE.name)
# Writing a program takes some 30 ms: those that compile in a few times that are not worth it.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# The programs of tests are small and run once or twice: optimising their machine code takes longer than it saves.
_FLAGS = [
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_parallel_codegen_split_count=1",
]
if version("jaxlib").startswith("0.10."):
    # XLA's newer emitters compile a scan over gates in five times the time; later versions have no others.
    _FLAGS.append("--xla_cpu_use_fusion_emitters=false")
os.environ.setdefault("XLA_FLAGS", " ".join(_FLAGS))

# How long an example takes tells of the machine.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")

type_checker.install()
shared_context.install()

# Traced programs are kept, and the collector of garbage would look through all of them again and again.
gc.set_threshold(2000, 10, 100)


@pytest.fixture
def compiled_anew():
    """Let no program be read back, as tests otherwise do: the seconds of compiling are looked at."""
    import jax
    from jax.experimental.compilation_cache.compilation_cache import reset_cache

    enabled = jax.config.jax_enable_compilation_cache
    jax.config.update("jax_enable_compilation_cache", False)
    # JAX looks at the setting once, unless it is told to look again.
    reset_cache()
    yield
    jax.config.update("jax_enable_compilation_cache", enabled)
    reset_cache()
