"""Who takes part: a library, how ours is differentiated, and in what a library computes something else than we do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from eval.bench.side_by_side import contender as side_by_side
from eval.bench.side_by_side.contender import OURS, PEERS
from eval.peers.environments import Environment
from paradigms.snn.rules import RULES

HERE = Path(__file__).parent
BPTT = "bptt"
"""How every other library differentiates."""
SAME = "as ours"

SLAX = Environment("slax", ("slax==0.0.1", "flax==0.12.8", "jax==0.10.2"))
SPYX = Environment("spyx", ("spyx==1.0.0", "flax==0.12.8", "jax==0.10.2"))
BRAINPY = Environment(
    "brainpy", ("brainpy==2.8.2", "brainpy-state==0.1.0", "brainstate==0.5.4", "braintools==0.3.0", "jax==0.10.2")
)
JAXPIKE = Environment("jaxpike", ("jaxpike==0.1.4", "equinox==0.13.8", "optax==0.2.8", "jax==0.10.2"))
# Of dewml, on which it is built, its neurons need little, and none of the libraries for text and images.
SPARX = Environment(
    "sparx",
    ("flax==0.12.10", "jax==0.11.2", "optax==0.2.8", "rich==15.0.0", "typing_extensions==4.15.0"),
    ("sparxml==0.1.1", "dewml==0.1.0"),
    least_python=(3, 12),
)
TORCH = ("torch==2.13.0", "numpy==2.4.6")
SNNTORCH = Environment("snntorch", TORCH, ("snntorch==1.0.0",))
SPIKINGJELLY = Environment("spikingjelly", (*TORCH, "loguru==0.7.3"), ("spikingjelly==2.0.0",))
NORSE = Environment("norse", (*TORCH, "h5py==3.16.0"), ("norse==1.1.0", "nir==1.0.8", "nirtorch==2.6"))


@dataclass(frozen=True)
class Contender(side_by_side.Contender):
    """An implementation of the network.

    Attributes:
        differentiation: How its gradient is found.
        semantics: In what it differs from ours, if it does.
        comparable: Which of its numbers ours must agree with: where the forward pass is ours but the reset is
            differentiated or the surrogate another, the ``value`` alone.
    """

    differentiation: str = BPTT
    semantics: str = SAME
    comparable: Literal["value and gradient", "value", "nothing"] = "value and gradient"
    maker: Path | None = field(default=PEERS / "snn" / "case.py", kw_only=True)

    @property
    def title(self) -> str:
        """What tells it from all others."""
        return f"{self.implementation} ({self.differentiation})"


PEER_IMPLEMENTATIONS = {
    contender.implementation: contender
    for contender in (
        Contender(
            "slax",
            PEERS / "snn" / "slax_network.py",
            SLAX,
            semantics="gradients pass through the reset",
            comparable="value",
        ),
        Contender(
            "spyx",
            PEERS / "snn" / "spyx_network.py",
            SPYX,
            semantics="spikes a step later, reset after the decay, gradients pass through the reset",
            comparable="nothing",
        ),
        Contender(
            "brainpy",
            PEERS / "snn" / "brainpy_network.py",
            BRAINPY,
            semantics="gradients pass through the reset",
            comparable="value",
        ),
        Contender(
            "jaxpike",
            PEERS / "snn" / "jaxpike_network.py",
            JAXPIKE,
            semantics="gradients pass through the reset",
            comparable="value",
        ),
        Contender("sparx", PEERS / "snn" / "sparx_network.py", SPARX),
        Contender(
            "snntorch",
            PEERS / "snn" / "snntorch_network.py",
            SNNTORCH,
            semantics="reset a step later, after the decay",
            comparable="nothing",
        ),
        Contender("spikingjelly", PEERS / "snn" / "spikingjelly_network.py", SPIKINGJELLY),
        Contender(
            "norse",
            PEERS / "snn" / "norse_network.py",
            NORSE,
            semantics="surrogate of SuperSpike for arctan",
            comparable="value",
        ),
    )
}
"""Other libraries, by name."""


EXACT = tuple(name for name, rule in RULES.items() if rule.exact)
"""Our ways of differentiating that give the gradient; any other gives an estimate with a bias."""


def ours(differentiation: str) -> Contender:
    """Our network, differentiated in one of our ways."""
    file = HERE / "ours.py"
    if differentiation in EXACT:
        return Contender(OURS, file, None, differentiation)
    return Contender(OURS, file, None, differentiation, "an estimate of the gradient, with a bias", "value")
