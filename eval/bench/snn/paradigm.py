"""The benchmark's network among the settings of ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jax
import jax.numpy as jnp

from paradigms import snn
from paradigms.interface import Paradigm, Spec
from paradigms.snn.rules import RULES
from training.errors import BadInput

HINTS = get_type_hints(snn.Config)
DIFFERENTIATIONS = tuple(RULES)
"""The ways in which our network can be differentiated."""
FIXED = ("hidden", "time_constant", "learn_decay", "differentiation")
"""Settings that the case decides."""


def check(differentiation: str, settings: Mapping[str, Any]) -> None:
    """Refuse a way of differentiating that is none of ours, or further settings that it cannot have.

    Raises:
        BadInput: It names what is wrong.
        Unsupported: A setting's value, as the paradigm itself refuses it.
    """
    if differentiation not in DIFFERENTIATIONS:
        raise BadInput(f"differentiations=[{differentiation}] is not one of {', '.join(DIFFERENTIATIONS)}")
    open_to_choice = [name for name in HINTS if name not in FIXED]
    for name, value in settings.items():
        if name not in open_to_choice:
            raise BadInput(
                f"further.{differentiation}.{name} is not a setting of ours that the case leaves open; "
                f"those are {', '.join(open_to_choice)}"
            )
        if not _is_of(value, HINTS[name]):
            wanted = getattr(HINTS[name], "__name__", HINTS[name])
            raise BadInput(f"further.{differentiation}.{name}={value} must be of type {wanted}")
    snn.Config(**{"differentiation": differentiation, **settings})


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a plain value is of a scalar type, or of a union of them; which literals there are the paradigm says."""
    if get_origin(hint) is Literal:
        return isinstance(value, str)
    # A bool is an int to Python; here it never stands for a number.
    kinds = get_args(hint) or (hint,)
    return type(value) in kinds or (float in kinds and type(value) is int)


def build(
    time_steps: int, channels: int, sizes: tuple[int, ...], decay: float, differentiation: str, settings: dict[str, Any]
) -> Paradigm:
    """The network for ``bool[time_steps, channels]`` and ``sizes`` neurons a layer, the read-out last.

    Args:
        time_steps: The steps of a recording.
        channels: The channels of a recording.
        sizes: Neurons of each hidden layer, and outputs.
        decay: The decay of every membrane per step; it is fixed.
        differentiation: One of ``DIFFERENTIATIONS``.
        settings: Further fields of ``paradigms.snn.Config``.
    """
    *hidden, outputs = sizes
    config = snn.Config(
        hidden=tuple(hidden),
        time_constant=-1 / math.log(decay),
        learn_decay=False,
        **{"differentiation": differentiation, **settings},
    )
    return snn.build(config, Spec(jax.ShapeDtypeStruct((time_steps, channels), jnp.bool_), "classification", outputs))
