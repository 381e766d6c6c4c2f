"""The time loop of LIF and IF neurons as one Pallas kernel, forward and backward, for GPUs and TPUs.

A loop in XLA starts a kernel every step and sends the potential through memory between them. Here each program takes a
tile of neurons through all steps of a block and holds their potentials; what a step reads and writes is what the
reverse pass needs anyway. Triton compiles them for NVIDIA GPUs, Mosaic for TPUs, where they were
compiled and not yet run. On a CPU they are interpreted, which is for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jaxtyping import Array, Float

from paradigms.snn.neurons import Firing
from paradigms.snn.rules.lif_adjoint import after_reset, to_potential
from paradigms.target import target_platform

TILE = 256
"""Neurons per program: a power of two, as Triton asks."""


def potentials(
    firing: Firing,
    decay: Float[Array, "#neurons"],
    currents: Float[Array, "time *batch neurons"],
    state: Float[Array, "*batch neurons"],
) -> tuple[Float[Array, "time *batch neurons"], Float[Array, "*batch neurons"]]:
    """Compute the potentials before the reset at every step, and the one after the last reset."""
    steps = currents.shape[0]

    def kernel(decay_ref, state_ref, current_ref, last_ref, potential_ref):
        leak = decay_ref[...]

        def step(t, value):
            potential = leak * value + current_ref[t, :]
            potential_ref[t, :] = potential
            return after_reset(firing, potential)

        last_ref[...] = jax.lax.fori_loop(0, steps, step, state_ref[...])

    last, values = _over_tiles(kernel, [jnp.broadcast_to(decay, state.shape), state], [currents], [state], [currents])
    return values, last


def cotangents(
    firing: Firing,
    decay: Float[Array, "#neurons"],
    potential: Float[Array, "time *batch neurons"],
    state: Float[Array, "*batch neurons"],
    to_spikes: Float[Array, "time *batch neurons"],
    to_last: Float[Array, "*batch neurons"],
) -> tuple[Float[Array, "*batch neurons"], Float[Array, "time *batch neurons"], Float[Array, "*batch neurons"]]:
    """Compute the cotangents of the decay (not yet summed over the batch), the currents and the initial state."""
    steps = potential.shape[0]

    def kernel(decay_ref, state_ref, last_ref, potential_ref, spike_ref, leak_ref, start_ref, current_ref):
        leak = decay_ref[...]

        def step(turn, carry):
            t = steps - 1 - turn
            to_state, after, to_decay = carry
            value = potential_ref[t, :]
            # The decay of the step after multiplied what the reset left of this potential.
            to_decay = to_decay + after * after_reset(firing, value)
            to_current = to_potential(firing, value, spike_ref[t, :], to_state)
            current_ref[t, :] = to_current
            return leak * to_current, to_current, to_decay

        none = jnp.zeros_like(leak)
        to_state, first, to_decay = jax.lax.fori_loop(0, steps, step, (last_ref[...], none, none))
        start_ref[...] = to_state
        leak_ref[...] = to_decay + first * state_ref[...]

    to_decay, to_state, to_currents = _over_tiles(
        kernel,
        [jnp.broadcast_to(decay, state.shape), state, to_last],
        [potential, to_spikes],
        [state, state],
        [potential],
    )
    return to_decay, to_currents, to_state


def _over_tiles(
    kernel: Callable[..., None],
    single: Sequence[Array],
    timed: Sequence[Array],
    single_outputs: Sequence[Array],
    timed_outputs: Sequence[Array],
) -> list[Array]:
    """Call the kernel on tiles of all neurons of the batch: ``[tile]``, and ``[time, tile]`` where there is time.

    The last two arguments give the shapes of what it writes.
    """
    size = single[0].size
    padded = -(-size // TILE) * TILE

    def flat(x: Array, leading: int) -> Array:
        rows = x.reshape(*x.shape[:leading], size)
        return jnp.pad(rows, ((0, 0),) * leading + ((0, padded - size),))

    one = pl.BlockSpec((TILE,), lambda i: (i,))
    steps = timed[0].shape[0]
    all_steps = pl.BlockSpec((steps, TILE), lambda i: (0, i))
    outputs = pl.pallas_call(
        kernel,
        grid=(padded // TILE,),
        in_specs=[one] * len(single) + [all_steps] * len(timed),
        out_specs=[one] * len(single_outputs) + [all_steps] * len(timed_outputs),
        out_shape=[jax.ShapeDtypeStruct((padded,), x.dtype) for x in single_outputs]
        + [jax.ShapeDtypeStruct((steps, padded), x.dtype) for x in timed_outputs],
        # JAX would otherwise lower it by Mosaic, which takes no loop whose carry begins with zeros.
        compiler_params=triton.CompilerParams() if target_platform() == "gpu" else None,
        interpret=target_platform() == "cpu",
    )(*(flat(x, 0) for x in single), *(flat(x, 1) for x in timed))
    likes = (*single_outputs, *timed_outputs)
    return [values[..., :size].reshape(like.shape) for values, like in zip(outputs, likes, strict=True)]
