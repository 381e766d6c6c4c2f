"""Quantised products of tokens with weights, by qwix, which is an optional extra and imported here alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from paradigms.interface import Spec, Unsupported

CALIBRATIONS: Mapping[str, str] = MappingProxyType({"w8a8": "absmax", "w4a8": f"absmax,{127.5 / 7}"})
"""How steps of weights are chosen, in qwix's words, by the name of a format; activations have 8 bits.

qwix takes the largest magnitude, times the factor if there is one, for the end of the range of a byte, 127.5 steps.
With this factor it is 7 steps: weights of 4 bits, from -7 to 7, held as bytes. Arrays of int4 would become products
that XLA does not promise on a CPU.
"""


def require_qwix() -> Any:
    """Import qwix.

    Raises:
        Unsupported: It is not installed.
    """
    try:
        return importlib.import_module("qwix")
    except ImportError:
        raise Unsupported(
            'paradigm.quantisation needs qwix, which is not installed: pip install "gradient-cost[qwix]" '
            '(in a clone: pip install -e ".[qwix]"), or leave it null'
        ) from None


def quantised(model: nnx.Module, name: str, spec: Spec) -> nnx.Module:
    """Return the same model, with the same parameters, whose products with weights are of whole numbers.

    Weights and what they multiply are rounded at every call, with one step for each output and for each token, so that
    training meets what inference does; the gradient passes the rounding as if it were not there. Attention's products
    of tokens with tokens stay in floating point.

    Args:
        model: A transformer, or its abstract shape under ``nnx.eval_shape``.
        name: A name in ``CALIBRATIONS``.
        spec: What the task asks; the model is called once on an example of zeros.

    Raises:
        Unsupported: qwix is not installed.
    """
    qwix = require_qwix()
    settings = {"weight_qtype": jnp.int8, "act_qtype": jnp.int8, "weight_calibration_method": CALIBRATIONS[name]}
    rule = qwix.QtRule(op_names=("dot_general",), **settings)
    example = jnp.zeros((1, *spec.inputs.shape), spec.inputs.dtype)
    return qwix.quantize_model(model, qwix.QtProvider([rule]), example, key=jax.random.key(0), train=False)
