"""Networks with quantised weights and activations, trained so; in whole numbers afterwards, and as spiking twins.

>>> import jax, jax.numpy as jnp
>>> from paradigms.interface import Spec
>>> from paradigms.quantised import Config, build, run, stepwise, synchronous
>>> spec = Spec(jax.ShapeDtypeStruct((8,), jnp.float32), "classification", 3)
>>> paradigm = build(Config(hidden=(16,), weight_bits=4, activation_bits=3), spec)
>>> params, state = paradigm.init(jax.random.key(0))  # then train the parameters
>>> x = jax.random.uniform(jax.random.key(1), (20, 8))
>>> network = paradigm.freeze(params, state)
>>> bool(jnp.all(run(network, x).levels[0] == paradigm.run(params, state, x).levels[0]))  # whole numbers, the same ones
True
>>> bool(jnp.all(synchronous(network, x).counts[0] == run(network, x).levels[0]))  # and spikes in 7 steps
True
>>> stepwise(network, x).charge.shape
(20, 3)
"""

from paradigms.quantised.config import Config
from paradigms.quantised.integer import IntegerNetwork, IntegerResult, freeze, run
from paradigms.quantised.layers import Layer
from paradigms.quantised.network import Result
from paradigms.quantised.paradigm import QuantisedParadigm, build
from paradigms.quantised.sizes import resized
from paradigms.quantised.spiking import SpikingResult, integrate_and_fire, spike_counts, stepwise, synchronous

__all__ = [
    "SMALLEST",
    "Config",
    "IntegerNetwork",
    "IntegerResult",
    "Layer",
    "QuantisedParadigm",
    "Result",
    "SpikingResult",
    "build",
    "freeze",
    "integrate_and_fire",
    "resized",
    "run",
    "spike_counts",
    "stepwise",
    "synchronous",
]
SMALLEST = Config(hidden=(8,), weight_bits=4, activation_bits=4)
"""A configuration whose gradient compiles in a few seconds."""
