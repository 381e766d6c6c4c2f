"""A graph read as a chain from its input to its output, with loops of one linear node around a neuron."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from paradigms.interface import require
from paradigms.snn.exchange.nesting import flattened

NUMBERS = frozenset(
    {"weight", "bias", "tau", "tau_mem", "tau_syn", "r", "w_in", "v_leak", "v_threshold", "v_reset", "threshold"}
)
"""Parameters of nodes that are arrays of numbers."""


class Traversal:
    """The nodes of a graph in the order in which they are met; every one must be met once."""

    def __init__(self, graph: nir.NIRGraph):
        """Find the input and the loops.

        Raises:
            Unsupported: More than one input or output, or a branch that is no loop.
        """
        self._nodes, ordered = flattened(graph)
        for name, node in self._nodes.items():
            for what, values in vars(node).items():
                _require_real_numbers(name, what, values)
        ends = [
            [name for name, node in self._nodes.items() if isinstance(node, kind)] for kind in (nir.Input, nir.Output)
        ]
        require(
            all(len(names) == 1 for names in ends),
            f"the graph has {len(ends[0])} inputs and {len(ends[1])} outputs; it must have one of each",
        )
        edges = set(ordered)
        self._loops = {
            a: b for a, b in edges if (b, a) in edges and isinstance(self._nodes[b], nir.Linear | nir.Affine)
        }
        around = set(self._loops.items()) | {(b, a) for a, b in self._loops.items()}
        self._next: dict[str, str] = {}
        for source, target in sorted(edges - around):
            require(
                source not in self._next and target not in self._next.values(),
                f"the graph branches at the edge {source} -> {target}; here layers follow one another",
            )
            self._next[source] = target
        self._at = ends[0][0]
        self._met = {self._at}
        shape = self._entry(self._nodes[self._at])
        require(
            shape.size in (1, 3),
            f"the graph's input has shape {shape.tolist()}; it must be [n] or [channels, height, width]",
        )
        self.input_shape: tuple[int, ...] = tuple(int(size) for size in np.roll(shape, -1))

    def _entry(self, entry: nir.NIRNode) -> np.ndarray:
        """Shape of the input; where it does not say, what the node after it takes."""
        said = entry.input_type
        shape = said.get("input") if isinstance(said, dict) else said
        first = self.peek()
        if shape is None and isinstance(first, nir.Affine | nir.Linear):
            shape = np.shape(first.weight)[1:]
        elif shape is None and isinstance(first, nir.Conv2d) and first.input_shape is not None:
            shape = (np.shape(first.weight)[1], *np.ravel(first.input_shape))
        require(
            shape is not None,
            "the graph's input has no shape; give its Input node one, [n] or [channels, height, width]",
        )
        sizes = array_of(shape)
        require(
            sizes is not None and sizes.dtype.kind in "iuf" and bool(np.all((sizes >= 1) & (sizes % 1 == 0))),
            f"the graph's input has shape {shape}; it must be [n] or [channels, height, width], whole numbers from 1",
        )
        assert sizes is not None
        return np.atleast_1d(sizes)

    def peek(self) -> nir.NIRNode:
        """Return the next node, or the last if there is none."""
        return self._nodes[self._next.get(self._at, self._at)]

    def take(self) -> tuple[str, nir.NIRNode]:
        """Go to the next node; returns its name and itself."""
        require(self._at in self._next, f"the graph ends at {self._at}; it must end in a connection and an LI")
        self._at = self._next[self._at]
        self._met.add(self._at)
        return self._at, self._nodes[self._at]

    def loop(self, name: str) -> tuple[np.ndarray, np.ndarray | float] | None:
        """Return the weights ``[to, from]`` of a neuron's own spikes and their bias at every step, or ``None``."""
        if name not in self._loops:
            return None
        node = self._nodes[self._loops[name]]
        assert isinstance(node, nir.Linear | nir.Affine)
        self._met.add(self._loops[name])
        return np.asarray(node.weight), np.asarray(node.bias) if isinstance(node, nir.Affine) else 0.0

    def end(self) -> None:
        """Check that only the output follows and that nothing was left out."""
        name, node = self.take()
        require(isinstance(node, nir.Output), f"the graph's {name} follows the read-out; only the output may")
        left = sorted(set(self._nodes) - self._met)
        require(not left, f"the graph's {', '.join(left)} are not on the way from its input to its output")


def array_of(values: Any) -> np.ndarray | None:
    """Values as an array; ``None`` where they make none."""
    try:
        return np.asarray(values)
    except Exception:  # whatever tensors of other libraries raise, and lists of unequal lengths
        return None


def _require_real_numbers(name: str, what: str, values: Any) -> None:
    """Refuse a parameter of a node that is no array of finite real numbers, where it should be."""
    # Graphs that were in no file bring tensors of their library.
    is_number = what in NUMBERS or isinstance(values, (float, complex)) or hasattr(values, "__array__")
    numbers = array_of(values) if is_number else np.zeros(())
    require(
        numbers is not None and (what not in NUMBERS or numbers.dtype.kind in "biufc"),
        f"the graph's {name} has a {what} that is no array of numbers",
    )
    assert numbers is not None
    require(
        numbers.dtype.kind != "c",
        f"the graph's {name} has a {what} of {numbers.dtype} numbers; those of a network must be real",
    )
    require(
        numbers.dtype.kind != "f" or bool(np.isfinite(numbers).all()),
        f"the graph's {name} has a {what} that is not finite; every number of a network must be",
    )
