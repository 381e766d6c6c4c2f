"""``suite=snn``: value and gradient of one spiking network, in other libraries and in ours, on one thread each.

The network: spikes in 700 channels, two dense layers of 256 leaky integrate-and-fire neurons and a leaky integrator
with 20 outputs whose potential, averaged over time, is the logit. A step is the mean cross entropy of a batch of 64 and
its gradient with respect to all weights; decays are fixed. Weights and spikes are the same for all; each gets the
spikes in the layout that it asks for (others ``float32``, time first; ours ``bool``, examples first), before the clock
runs.
"""

from eval.bench.snn.cases import run
from eval.bench.snn.config import Config
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS

ENVIRONMENTS = tuple(one.environment for one in PEER_IMPLEMENTATIONS.values() if one.environment is not None)
"""Where other libraries run."""

__all__ = ["ENVIRONMENTS", "Config", "run"]
