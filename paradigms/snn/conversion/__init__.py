"""The conversion of a network with quantised activations to integrate-and-fire neurons.

A neuron without a leak that loses one threshold a spike and starts at half of it emits ``N = floor(q + 1/2)`` spikes in
``T`` steps, ``q`` being the charge it receives over all of them in thresholds, if it receives between none and one
threshold in each (Rueckauer et al., Frontiers in Neuroscience 11, 2017; half a threshold at the start: Bu et al., ICLR
2022). So its count is the level of an activation
quantised to ``0 ... T``, and ``T = 2^b - 1`` steps stand for ``b`` bits, one to one (Yan et al., arXiv 2409.08290,
Theorem 1). ``T + 1`` levels that are no power of two leave some of the codes of ``ceil(log2(T + 1))`` bits unused.

A network is trained with ``quantised``, whose rounding lets gradients straight through, ``convert``-ed to integers, and
run in three ways that take the same weights: as its ``twin``, with quantised activations; ``synchronous``-ly, a layer
after the other, which gives the twin's counts exactly; and ``stepwise``, all layers at every step, which does not,
beyond one step, because currents of trained networks leave the range above. ``error_curve`` measures both against the
twin.

>>> import jax, jax.numpy as jnp
>>> from paradigms.snn.conversion import calibrated, convert, initial, predictions, stepwise, synchronous, twin
>>> x = jax.random.uniform(jax.random.key(1), (20, 8))
>>> params = calibrated(initial((8, 16, 3), key=jax.random.key(0)), x)  # then train it on quantised(params, x, steps=7)
>>> spiking = convert(params, steps=7)  # three bits
>>> bool(jnp.all(predictions(synchronous(spiking, x)) == predictions(twin(spiking, x))))
True
>>> stepwise(spiking, x).counts[0].shape  # spikes of the hidden layer
(20, 16)
"""

from paradigms.snn.conversion.curve import ErrorCurvePoint, error_curve
from paradigms.snn.conversion.fixed_point import Converted, IntegerLayer, convert
from paradigms.snn.conversion.network import DenseLayer, Parameters, calibrated, initial, quantised, rectified
from paradigms.snn.conversion.neuron import integrate_and_fire, spike_counts
from paradigms.snn.conversion.quantiser import level, rounded
from paradigms.snn.conversion.regimes import Outcome, predictions, stepwise, synchronous, twin

__all__ = [
    "Converted",
    "DenseLayer",
    "ErrorCurvePoint",
    "IntegerLayer",
    "Outcome",
    "Parameters",
    "calibrated",
    "convert",
    "error_curve",
    "initial",
    "integrate_and_fire",
    "level",
    "predictions",
    "quantised",
    "rectified",
    "rounded",
    "spike_counts",
    "stepwise",
    "synchronous",
    "twin",
]
