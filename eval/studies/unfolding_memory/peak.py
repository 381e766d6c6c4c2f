"""The device's own count of memory: in a process of its own, since the count never falls."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import jax

from eval.studies.unfolding_memory.models import Sizes, examples, problem
from training.pricing import peak_bytes

NO_SECOND_PROCESS = "this device does not serve a second process, and its count covers all that this one has run"


def peak_of(model: str, rule: str, sizes: Sizes, seed: int) -> int | str:
    """Largest number of bytes in use on the device while one gradient is compiled and run, or why there is no number.

    Parameters, inputs and gradient are among them.
    """
    here = peak_bytes(jax.local_devices()[0])
    if isinstance(here, str):
        return here
    try:
        return in_own_process(model, rule, sizes, seed)
    except (RuntimeError, BrokenProcessPool):
        return NO_SECOND_PROCESS


def in_own_process(model: str, rule: str, sizes: Sizes, seed: int) -> int | str:
    """Count in a new process that does nothing else, or say why its device keeps no count.

    Raises:
        RuntimeError: The device is held by this process alone.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_in_this_process, model, rule, sizes, seed).result()


def _in_this_process(model: str, rule: str, sizes: Sizes, seed: int) -> int | str:
    # Read when the device is first used, which is below: the process that asks holds memory of the same device.
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    posed = problem(model, rule, sizes)
    params, batch = posed.init(jax.random.key(seed)), examples(sizes, seed)
    jax.block_until_ready(jax.jit(jax.value_and_grad(posed.loss, has_aux=True))(params, *batch))
    return peak_bytes(jax.local_devices()[0])
