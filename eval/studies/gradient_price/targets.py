"""Gradients and forward passes of the timed sizes, compiled for machines that need not be here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
from jax.sharding import SingleDeviceSharding

from eval.machine_prices.device import device_bytes, rates_of
from eval.recorder import Recorder
from eval.rows import Row, of
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import subject
from eval.studies.gradient_price.names import GROWING, REVERSE, RULES, Axis
from eval.studies.gradient_price.rows import Series, TargetPrice
from training.machines.targets import Target, find_target
from training.pricing import Forecast, Rates, forecast


def measure(config: Config, timed: Callable[[Axis, Config], list[int]], recorder: Recorder) -> list[TargetPrice]:
    """Compile for every machine of ``config.targets``, along the axes on which the parameters grow.

    Args:
        config: The study's settings.
        timed: The sizes along an axis at which gradients are timed here.
        recorder: Where rows are kept, and found again.

    Raises:
        BadInput: There is no such machine, or what compiles for it is not installed.
    """
    # All are found before the first is compiled for.
    machines = [find_target(name) for name in config.targets]
    rows: list[TargetPrice] = []
    for target in machines:
        rates, memory = rates_of(target), device_bytes(target)
        for axis, paradigm in GROWING.items():
            for size in timed(axis, config):
                point = {"paradigm": paradigm, "axis": axis, "size": size, "target": target.name}
                rows += recorder.measure(point, partial(_compiled, target, rates, memory, axis, size, config))
    return rows


def _compiled(target: Target, rates: Rates, memory: int, axis: Axis, size: int, config: Config) -> list[TargetPrice]:
    paradigm = GROWING[axis]
    plain = RULES[paradigm][0]
    with target.aimed():
        model = Model(subject(paradigm, plain, axis, size, config), partial(_compile_for, target))
        forward = model.forward()
        gradient = model.gradient(REVERSE, forward)
        value, whole = (forecast(program, rates, memory, devices=1) for program in (forward, gradient))
    bound, forward_bound = whole.bound, value.bound
    return [
        TargetPrice(
            **Series(paradigm, plain, REVERSE, axis)._asdict(),
            size=size,
            parameters=model.parameters,
            target=target.name,
            forward_flops=value.price.flops,
            flops=whole.price.flops,
            forward_peak_bytes=value.account and value.account.peak_bytes,
            peak_bytes=whole.account and whole.account.peak_bytes,
            code_bytes=whole.account and whole.account.code_bytes,
            fits=whole.fits,
            forward_roofline_seconds=None if isinstance(forward_bound, str) else forward_bound.seconds,
            roofline_seconds=None if isinstance(bound, str) else bound.seconds,
            roofline_bound=None if isinstance(bound, str) else bound.limit,
            forward_compiler_seconds=value.account and value.account.seconds,
            compiler_seconds=whole.account and whole.account.seconds,
            compile_seconds=whole.price.compile_seconds,
            unavailable=_reason(value) or _reason(whole),
        )
    ]


def _compile_for(target: Target, function: Callable[..., Any], *arguments: Any) -> Any:
    """Compile for the machine's first device, with all arguments, as the programs that are run here have them."""
    device = SingleDeviceSharding(target.devices[0])
    jitted = jax.jit(function, keep_unused=True, in_shardings=device, out_shardings=device)
    options = target.compiler_options
    return jitted.lower(*arguments).compile(None if options is None else dict(options))


def _reason(found: Forecast) -> str | None:
    return found.refusal or (found.bound if isinstance(found.bound, str) else None)


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """Compose a sentence for each machine and paradigm: what the gradient takes beside its forward pass there."""
    found = []
    prices = of(rows, TargetPrice)
    for target, paradigm in dict.fromkeys((row.target, row.paradigm) for row in prices):
        ours = [row for row in prices if (row.target, row.paradigm) == (target, paradigm)]
        parts = [
            f"{words} {_range([own / forward for own, forward in pairs if own is not None and forward])}"
            for words, pairs in (
                ("planned memory", [(row.peak_bytes, row.forward_peak_bytes) for row in ours]),
                ("least time", [(row.roofline_seconds, row.forward_roofline_seconds) for row in ours]),
            )
        ]
        found.append(
            f"compiled for {target}, the gradient of {paradigm} beside its forward pass, from "
            f"{min(row.parameters for row in ours)} to {max(row.parameters for row in ours)} parameters: "
            + "; ".join(parts)
        )
    return tuple(found)


def _range(ratios: Sequence[float]) -> str:
    return f"{min(ratios):.2g} to {max(ratios):.2g} times" if ratios else "is not known"
