"""Which axis of a parameter may be split over which devices, by the parameter's name.

The scheme is that of Megatron-LM (Shoeybi et al. 2019) over ``model``: maps into a branch are split by their outputs
and the map out of it by its inputs, so that a block needs one sum over devices a branch and pass. Over ``fsdp`` the
other axis of every matrix is split, and gathered where it is needed (Rajbhandari et al. 2020, stage 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from paradigms.interface import FSDP, MODEL, Placement

INTO_A_BRANCH = ("query_key_value", "up", "gate", "readout")
OUT_OF_A_BRANCH = ("output", "down")
_TABLES: dict[str, Placement] = {"token_embedding": (MODEL, FSDP), "positions": (None, FSDP)}


def placement(names: Sequence[str]) -> Placement:
    """The devices that the last axes of a parameter are split over; empty for one that every device holds.

    Args:
        names: The parameter's names from the outside in; only the last two are looked at.
    """
    owner, kind = ["", *names][-2:]
    if kind in _TABLES:
        return _TABLES[kind]
    if owner in INTO_A_BRANCH:
        return (FSDP, MODEL) if kind == "kernel" else (MODEL,)
    if kind != "kernel":
        return ()
    return (MODEL, FSDP) if owner in OUT_OF_A_BRANCH else (None, FSDP)
