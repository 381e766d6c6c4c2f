"""``study=energy network=PATH``: what a network of one's own costs, and on which side of break-even it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import PyTree

    from eval.energy.activity import Activity
    from eval.energy.mapping import Mapping
    from paradigms.quantised import QuantisedParadigm
    from paradigms.snn.model import SNN
    from training.tasks import Task


def placed_network(path: Path, hops: float, task: str, time_steps: int) -> Iterator[str]:
    """Yield sentences about the network at a path, run on the test images of its task.

    Args:
        path: A run directory of paradigm=quantised or paradigm=snn, or a NIR file.
        hops: The mean number of hops that a bit travels.
        task: The task of a NIR file, which names none.
        time_steps: The time steps of a NIR file, which names none.

    Raises:
        BadInput: There is no network at the path, it is of another paradigm or in floating point, or ``hops`` is
            negative.
        Unsupported: Not every event of it would be counted, or no spiking twin stands for it.
    """
    from eval.energy.mapping import Mapping
    from scripts.running.trained_run import read_run_config, read_trained_run
    from training.errors import BadInput

    mapping = Mapping(hops)
    if not path.exists():
        raise BadInput(f"network={path} does not exist; give a run directory, or a NIR file")
    if path.is_file():
        yield from _of_spikes(*_read_nir(path, task, time_steps), mapping)
        return
    config = read_run_config(path)
    if config.paradigm.name not in ("quantised", "snn"):
        raise BadInput(
            f"network={path} is a run of paradigm={config.paradigm.name}, which has neither spikes nor levels; give "
            "one of quantised or snn"
        )
    run = read_trained_run(path, config)
    variables = run.state.params, run.state.model_state
    of_kind: Any = _of_levels if config.paradigm.name == "quantised" else _of_spikes
    yield from of_kind(run.paradigm, *variables, run.task, mapping)


def _of_levels(
    paradigm: QuantisedParadigm, params: PyTree, state: PyTree, task: Task, mapping: Mapping
) -> Iterator[str]:
    """A quantised network beside its spiking twins."""
    from eval.energy.placement import place
    from eval.energy.trained_networks.quantised import measured_twins
    from training.errors import BadInput

    if paradigm.config.weight_bits is None:
        raise BadInput(
            "network= is in floating point, which no spiking network stands for; train it with paradigm.weight_bits "
            "and paradigm.activation_bits"
        )
    quantised, twins = measured_twins(paradigm, params, state, task)
    yield from _bill("quantised network", quantised, mapping)
    for name, layers in twins.items():
        yield from _bill(f"{name} twin of {layers[-1].steps[0]:g} time steps", layers, mapping)
        yield from place(layers, quantised, mapping).sentences


def _of_spikes(paradigm: SNN, params: PyTree, state: PyTree, task: Task, mapping: Mapping) -> Iterator[str]:
    """A spiking network beside the quantised network that it would stand for."""
    from eval.energy.placement import modelled_twin, place
    from eval.energy.trained_networks.direct import measured_activity

    config = paradigm.config
    layers = measured_activity(paradigm, params, state, task)
    yield from _bill(f"spiking network of {config.time_steps} time steps", layers, mapping)
    if config.neuron != "if" or config.reset != "subtract":
        yield (
            f"No quantised network is its twin: neuron={config.neuron} with reset={config.reset} is outside Theorem 1 "
            "of Yan et al., which needs neurons without a leak (if) whose spikes subtract the threshold."
        )
        return
    yield "Beside the modelled quantised network of as many levels:"
    yield from place(layers, modelled_twin(layers), mapping).sentences


def _read_nir(path: Path, task: str, time_steps: int) -> tuple[SNN, PyTree, PyTree, Task]:
    from paradigms.snn import Config
    from paradigms.snn.exchange import from_nir
    from paradigms.snn.exchange.files import read_graph
    from training.tasks import TaskConfig, load_task

    data = load_task(TaskConfig(task))
    graph = read_graph("network", path)
    imported = from_nir(graph, Config(time_steps=time_steps), data.spec)
    return imported.model, imported.params, imported.state, data


def _bill(name: str, layers: Sequence[Activity], mapping: Mapping) -> Iterator[str]:
    from eval.energy.models import energy

    whole = energy(layers, "yan2024", mapping)
    hidden = energy([one for one in layers if not one.constant_input], "yan2024", mapping)
    yield (
        f"{name}: {hidden.total:.4g} pJ per image in its hidden layers and {whole.total:.4g} pJ in all, under "
        f"{whole.model} with the prices of {whole.technology} at {mapping.hops:g} hops."
    )
