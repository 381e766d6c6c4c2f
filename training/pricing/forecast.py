"""What a program costs on a machine before it has run there: compiled, counted and bounded, on any machine."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import jax

from training.pricing.measure import price
from training.pricing.metrics import METRICS, Price
from training.pricing.program import Program
from training.pricing.roofline import Rates, Roofline, roofline
from training.probes.compiler import CompilerAccount, compiler_account
from training.probes.product_types import product_types

NOT_RUN = "the machine is not here: nothing was run"
NOT_METERED = "one call is compiled, not repeated for the seconds that a meter needs"
NO_ROOM = "RESOURCE_EXHAUSTED"


@dataclass(frozen=True)
class Forecast:
    """What is known of a program on a machine without running it.

    Attributes:
        price: The price of one call; what takes a run is absent.
        account: What the compiler says of the program; ``None`` where it refused to make it.
        bound: The least time that one call takes, or why there is no bound.
        fits: Whether all of it has room in a device's memory at once; ``None`` where the compiler does not tell.
        refusal: What the compiler said where it did not make the program; ``None`` where it did.
    """

    price: Price
    account: CompilerAccount | None
    bound: Roofline | str
    fits: bool | None
    refusal: str | None


def forecast(program: Program, rates: Rates, memory_bytes: int, devices: int) -> Forecast:
    """Compile a program for the machine that it is aimed at, and say what that tells.

    Args:
        program: What is priced; its compiler decides for which devices.
        rates: The most that one device can do.
        memory_bytes: The memory of one device.
        devices: Devices over which the program is spread.
    """
    refusal = _refusal(program)
    counted = price(program, compiled=refusal is None, energy=NOT_METERED, timing=NOT_RUN)
    account = None if refusal else compiler_account(program.compiled)
    fits = _fits(account, memory_bytes) if refusal is None or NO_ROOM not in refusal else False
    return Forecast(counted, account, _bound(program, counted, account, rates, devices), fits, refusal)


def _refusal(program: Program) -> str | None:
    """What the compiler says where it does not make the program: it has no room for it, or cannot translate it."""
    try:
        _ = program.compiled
    except jax.errors.JaxRuntimeError as error:
        return textwrap.shorten(next(iter(str(error).splitlines()), repr(error)), 300, placeholder=" ...")
    return None


def _fits(account: CompilerAccount | None, memory_bytes: int) -> bool | None:
    return None if account is None or account.peak_bytes is None else account.peak_bytes <= memory_bytes


def _bound(
    program: Program, counted: Price, account: CompilerAccount | None, rates: Rates, devices: int
) -> Roofline | str:
    if counted.flops is None:
        return counted.unavailable[METRICS["flops"]]
    if account is None or account.argument_bytes is None or account.output_bytes is None:
        return "the compiler does not say how much the program reads and writes"
    return roofline(
        rates,
        floating=counted.flops,
        integer=counted.integer_operations or 0,
        types=product_types(program.function, *program.arguments),
        moved_bytes=account.argument_bytes + account.output_bytes,
        devices=devices,
    )
