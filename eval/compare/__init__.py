"""Compare all paradigms on the same data at the same parameter count, in one table and one figure."""

from eval.compare.config import CompareConfig, Contender
from eval.compare.run import compare

__all__ = ["CompareConfig", "Contender", "compare"]
