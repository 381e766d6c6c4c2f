"""``suite=vqc``: value and gradient of one quantum circuit, in other libraries and in ours, on one thread each.

The circuit: layers of RY and RZ on every qubit and a ring of CZ; the cost is the expectation of Z on qubit 0 times Z on
qubit 1, differentiated with respect to all angles. Other circuits of ours are timed beside it at equal gate count.
"""

from eval.bench.vqc.cases import run
from eval.bench.vqc.config import Config
from eval.bench.vqc.contenders import IMPLEMENTATIONS

ENVIRONMENTS = tuple(one.environment for one in IMPLEMENTATIONS.values() if one.environment is not None)
"""Where other libraries run."""

__all__ = ["ENVIRONMENTS", "Config", "run"]
