"""A spiking network from a file ``.nir``, of any library that writes such."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from paradigms import snn
from paradigms.custom.config import Config
from paradigms.interface import Paradigm, Spec, Variables
from paradigms.snn.exchange import from_nir
from paradigms.snn.exchange.files import read_graph
from paradigms.wrapped import Started


def from_file(config: Config, path: str, spec: Spec) -> Paradigm:
    """Read a graph; training goes on from its weights, whatever the seed.

    Raises:
        Unsupported: There is no such file, it holds no graph, or one that is refused; see ``from_nir``.
    """
    graph = read_graph("model", Path(path).expanduser())
    model, params, state = from_nir(graph, replace(snn.Config(), time_steps=config.time_steps), spec, dt=config.dt)
    return Started(model, Variables(params, state))
