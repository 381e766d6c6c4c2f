"""The claims that studies judge: each taken apart into statements, with the thresholds that decide them.

Thresholds are fixed before the data that they judge; a statement of which something was chosen later says so.

Source of the argument: T. Ishikawa, "The Enduring Dominance of Deep Neural Networks: A Critical Analysis of the
Fundamental Limitations of Quantum Machine Learning and Spiking Neural Networks", arXiv 2510.08591 (2025).
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from types import MappingProxyType

from eval.claims.claim import Claim

__all__ = ["CLAIMS", "Claim", "by_number"]

CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        f"C{int(name[1:])}": importlib.import_module(f"{__name__}.{name}").CLAIM
        for name in sorted(found.name for found in pkgutil.iter_modules(__path__))
        if re.fullmatch(r"c\d\d", name)
    }
)


def by_number(claim: str) -> int:
    """Return the number in a claim's key, to sort by: ``C2`` comes before ``C10``."""
    return int(claim.removeprefix("C"))
