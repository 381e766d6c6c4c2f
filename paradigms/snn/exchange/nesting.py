"""A graph whose nodes are graphs, as one graph."""

from __future__ import annotations

import nir

from paradigms.interface import require


def flattened(graph: nir.NIRGraph) -> tuple[dict[str, nir.NIRNode], list[tuple[str, str]]]:
    """Nodes and edges, those of a graph within by its name, a dot and their own.

    Recurrent layers of snnTorch and norse are such graphs.

    Raises:
        Unsupported: It is no graph. A graph within has more than one input or output, or joins them without a node.
    """
    require(
        isinstance(graph, nir.NIRGraph),
        f"a {type(graph).__name__} is no NIR graph; give what nir.read returns",
    )
    nodes: dict[str, nir.NIRNode] = {}
    edges = [(str(a), str(b)) for a, b in graph.edges]
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.NIRGraph):
            nodes[name] = node
            continue
        inner, joined = flattened(node)
        entries, exits = (
            [one for one, what in inner.items() if isinstance(what, end)] for end in (nir.Input, nir.Output)
        )
        require(
            len(entries) == len(exits) == 1 and (entries[0], exits[0]) not in joined,
            f"the graph's {name} is a graph of {len(entries)} inputs and {len(exits)} outputs; it must have one of "
            "each, and nodes between them",
        )
        nodes |= {f"{name}.{one}": what for one, what in inner.items() if one not in (entries[0], exits[0])}
        first = [f"{name}.{b}" for a, b in joined if a == entries[0]]
        last = [f"{name}.{a}" for a, b in joined if b == exits[0]]
        within = [(f"{name}.{a}", f"{name}.{b}") for a, b in joined if a != entries[0] and b != exits[0]]
        edges = [
            (source, target)
            for a, b in edges
            for source in (last if a == name else [a])
            for target in (first if b == name else [b])
        ] + within
    return nodes, edges
