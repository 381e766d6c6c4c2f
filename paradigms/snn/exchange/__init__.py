"""Exchange of spiking networks with other libraries, as graphs of the Neuromorphic Intermediate Representation (NIR).

NIR (Pedersen et al., Nature Communications 15, 2024) describes neurons by differential equations. A network of this
project and a graph correspond through the forward Euler step of length ``dt`` that libraries which read NIR take; see
``discretisation.py``. A graph carries what a network computes from the values that enter at each step: the encoding and
the number of steps, which come before, and the surrogate and the detached reset, which only training needs, are taken
from the configuration given at import. The prediction is the mean over time of what the graph puts out. What other
libraries are known to read otherwise is logged on export and kept in the graph, see ``readers.py``.

>>> import jax, jax.numpy as jnp, numpy as np
>>> from paradigms.interface import Spec
>>> from paradigms.snn import Config, build
>>> from paradigms.snn.exchange import from_nir, to_nir
>>> model = build(Config(hidden=(8,)), Spec(jax.ShapeDtypeStruct((4,), jnp.float32), "classification", 3))
>>> params, state = model.init(jax.random.key(0))
>>> graph = to_nir(model, params, state)  # nir.write("network.nir", graph) and nir.read keep it in a file
>>> list(graph.nodes)
['input', 'hidden_0_connection', 'hidden_0.neuron', 'readout_connection', 'readout', 'output']
>>> again = from_nir(graph, model.config)
>>> all(bool(jnp.array_equal(again.params[name], params[name])) for name in params)
True
"""

from paradigms.snn.exchange.exporting import to_nir
from paradigms.snn.exchange.importing import Imported, from_nir

__all__ = ["Imported", "from_nir", "to_nir"]
