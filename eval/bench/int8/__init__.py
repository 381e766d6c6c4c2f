"""``suite=int8``: products of float32 beside those of 8-bit whole numbers, in three libraries, on one thread each.

Does a quantised network run faster on commodity hardware? Where its library has a kernel for it. A product of two
matrices and a convolution of 3 × 3 are timed in XLA (through JAX), PyTorch and ONNX Runtime. Every sum is held against
that of whole numbers.
"""

from eval.bench.int8.cases import run
from eval.bench.int8.config import Config
from eval.bench.int8.contenders import IMPLEMENTATIONS

ENVIRONMENTS = tuple(
    one.environment for several in IMPLEMENTATIONS.values() for one in several if one.environment is not None
)
"""Where other libraries run."""

__all__ = ["ENVIRONMENTS", "Config", "run"]
