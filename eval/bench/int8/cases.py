"""The cases, one after the other; in each, all kernels compile first and are then timed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eval.bench.int8.config import Config
from eval.bench.int8.contenders import FLOAT, IMPLEMENTATIONS, Contender, Product
from eval.bench.int8.rows import ProductTiming
from eval.bench.side_by_side.participant import Measurement, Participant
from eval.bench.side_by_side.turns import gathered, prepare, ratio, time_in_turn


class Size(NamedTuple):
    """The size of a case: of matrices, or channels of images."""

    size: int

    def __str__(self) -> str:
        return f"size {self.size}"


def run(config: Config) -> Iterator[list[ProductTiming]]:
    """Measure case by case; yields a table for each."""
    kernels = [kernel for name in config.implementations for kernel in IMPLEMENTATIONS[name]]
    products: dict[Product, tuple[int, ...]] = {"matrix": config.sizes, "convolution": config.channels}
    for product, sizes in products.items():
        with gathered([kernel for kernel in kernels if kernel.product == product], config) as all_of_them:
            for size in sorted(sizes):
                yield measure(all_of_them, Size(size), config)


def measure(participants: Sequence[Participant[Contender]], size: Size, config: Config) -> list[ProductTiming]:
    """One row a kernel, in one case."""
    shape = {"size": size.size, "batch": config.batch, "side": config.side, "seed": config.seed}
    kernels = [participant.contender for participant in participants]
    cases = [{"kernel": kernel.kernel, "product": kernel.product, **shape} for kernel in kernels]
    measurements = prepare(participants, size, cases)
    exact = [require_whole(*pair) for pair in zip(kernels, measurements, strict=True)]
    time_in_turn(participants, measurements, size, config.rounds)
    floats = {
        kernel: measurement.processor_seconds
        for kernel, measurement in zip(kernels, measurements, strict=True)
        if kernel.numbers == FLOAT
    }
    own = {kernel.implementation: seconds for kernel, seconds in floats.items()}
    fastest = min((seconds for seconds in floats.values() if seconds), default=None)
    return [
        ProductTiming(
            implementation=kernel.implementation,
            kernel=kernel.kernel,
            product=kernel.product,
            size=size.size,
            numbers=kernel.numbers,
            step_seconds=measurement.step_seconds,
            processor_seconds=measurement.processor_seconds,
            ratio_to_float32=None
            if kernel.numbers == FLOAT
            else ratio(measurement.processor_seconds, own.get(kernel.implementation)),
            ratio_to_fastest_float32=ratio(measurement.processor_seconds, fastest),
            exact=is_exact,
            core_share=measurement.core_share,
            outcome=measurement.outcome,
            versions=participant.versions,
        )
        for participant, kernel, measurement, is_exact in zip(participants, kernels, measurements, exact, strict=True)
    ]


def require_whole(kernel: Contender, measurement: Measurement) -> bool | None:
    """Whether every sum is right; of a kernel of whole numbers, one that is not becomes the ``outcome``."""
    if not measurement.is_sound:
        return None
    ((wrong,),) = measurement.outputs
    if wrong and kernel.numbers != FLOAT:
        measurement.outcome = f"error: {wrong:.0f} sums are not those of whole numbers"
    return not wrong
