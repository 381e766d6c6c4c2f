"""The network in whole numbers."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from paradigms.interface import require
from paradigms.snn.conversion.network import Parameters, normalised

LARGEST = 2**31 - 1


class IntegerLayer(eqx.Module):
    """A dense layer and, unless it is the read-out, the threshold of its neurons; all in one unit of charge.

    Attributes:
        weight: Charge that a spike (in the first layer: a unit of the input) brings.
        bias: Charge a step.
        threshold: A power of two; of the read-out, what makes one logit.
    """

    weight: Int[Array, "inputs outputs"]
    bias: Int[Array, " outputs"]
    threshold: int = eqx.field(static=True)


class Converted(eqx.Module):
    """A spiking network, and the quantised one that it equals; see :func:`convert`.

    Attributes:
        layers: Hidden layers, then the read-out.
        steps: The steps of time, and the highest level of an activation.
        input_bits: The input is rounded to multiples of ``2^-input_bits`` and enters as a current, the same at every
            step.
    """

    layers: tuple[IntegerLayer, ...]
    steps: int = eqx.field(static=True)
    input_bits: int = eqx.field(static=True)

    def units(self, x: Float[Array, "batch inputs"]) -> Int[Array, "batch inputs"]:
        """The input as whole numbers, halves rounded upwards."""
        return jnp.floor(x * 2.0**self.input_bits + 0.5).astype(jnp.int32)


def convert(params: Parameters, *, steps: int, weight_bits: int = 8, input_bits: int = 8) -> Converted:
    """Trained parameters as whole numbers: ``quantised`` with the same settings, without rounding.

    Args:
        params: Trained.
        steps: The steps of time; ``2^b - 1`` for a network of ``b`` bits.
        weight_bits: The bits of a weight, sign included.
        input_bits: The bits of the input's fraction.

    Raises:
        Unsupported: Too few steps or bits, a ceiling that is not positive, or charges that 32 bits do not hold.
    """
    require(steps >= 1, f"steps={steps} must be at least 1")
    require(2 <= weight_bits <= 16, f"weight_bits={weight_bits} must be between 2 and 16")
    require(0 <= input_bits <= 16, f"input_bits={input_bits} must be between 0 and 16")
    ceilings = [float(ceiling) for ceiling in params.ceilings]
    require(
        all(ceiling > 0 for ceiling in ceilings),
        f"the ceilings {ceilings} must be positive; calibrate them, or train on",
    )
    layers = []
    for index, ((weight, bias), unit) in enumerate(normalised(params, weight_bits)):
        scale = 2.0**input_bits if index == 0 else 1.0
        whole = [np.asarray(value, np.float64) / float(unit) for value in (weight, bias * scale)]
        threshold = scale / float(unit)
        # Each step brings at most this much; potentials sum it up, and the layers' run scales it by the steps.
        largest = float((np.abs(whole[0]).sum(0) * scale + np.abs(whole[1])).max())
        require(
            2 * steps * max(largest, threshold) <= LARGEST,
            f"layer {index} moves up to {largest:g} units of charge a step, and steps={steps} times that exceeds 32 "
            f"bits; use fewer than weight_bits={weight_bits} or input_bits={input_bits}",
        )
        require(
            threshold >= 1,
            f"a weight of layer {index} is so large that its threshold is {threshold:g} units; use more than "
            f"weight_bits={weight_bits}",
        )
        layers.append(IntegerLayer(*(jnp.asarray(value, jnp.int32) for value in whole), threshold=int(threshold)))
    return Converted(tuple(layers), steps, input_bits)
