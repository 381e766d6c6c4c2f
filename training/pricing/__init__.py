"""What a gradient costs: operations, bytes, seconds, circuits and joules, of one program or of several in turn.

The one place where a gradient is counted, weighed or timed. A :class:`Program` is what is priced: a gradient, an update
or a forward pass, with its arguments. :func:`price` asks the elementary counts of ``training.probes`` and returns a
:class:`Price`, in which a quantity stands, or the reason why it cannot be had.

::

    forward = Program(loss, params, batch)
    gradient = Program(
        jax.value_and_grad(loss, has_aux=True), params, batch,
        forward=forward, kept=partial(residual_bytes, loss, params, batch),
    )
    found = price(gradient, timing=Timing(repeats=9))
    found.flops, found.temp_bytes, found.gradient_seconds, found.unavailable
"""

from training.pricing.circuits import Circuits, circuits_of
from training.pricing.device import NO_PEAK, energy_counter, peak_bytes
from training.pricing.forecast import NOT_RUN, Forecast, forecast
from training.pricing.host import host_rates
from training.pricing.measure import LEAST_ENERGY_SECONDS, NOT_TIMED, price, prices
from training.pricing.metrics import METRICS, Price
from training.pricing.program import NO_CIRCUITS, NO_REVERSE_PASS, Program, compile_whole
from training.pricing.roofline import Rates, Roofline
from training.pricing.turns import Timing, call_seconds, time_in_turn
from training.probes.counters.counter import NoCounter
from training.probes.memory import residual_bytes

__all__ = [
    "LEAST_ENERGY_SECONDS",
    "METRICS",
    "NOT_RUN",
    "NOT_TIMED",
    "NO_CIRCUITS",
    "NO_PEAK",
    "NO_REVERSE_PASS",
    "Circuits",
    "Forecast",
    "NoCounter",
    "Price",
    "Program",
    "Rates",
    "Roofline",
    "Timing",
    "call_seconds",
    "circuits_of",
    "compile_whole",
    "energy_counter",
    "forecast",
    "host_rates",
    "peak_bytes",
    "price",
    "prices",
    "residual_bytes",
    "time_in_turn",
]
