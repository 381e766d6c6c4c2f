"""What is compared: two deep networks, a spiking one, a circuit, in several sizes; and two floors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pennylane as qml
from jaxtyping import PyTree

from eval.compare.parameter_counts import parameter_count
from eval.models import perceptron
from eval.models.product_ansatz import ProductAnsatz
from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Case
from paradigms import snn, transformer, vqc
from paradigms.interface import Paradigm, Spec
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.observables import observables
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.qnode import expectation_values

TRANSFORMER, PERCEPTRON, SPIKING, CIRCUIT = "transformer", "perceptron", "spiking network", "circuit"
PRODUCT, LINEAR = "circuit without entanglement", "linear model"
DEEP, RIVALS = (TRANSFORMER, PERCEPTRON), (SPIKING, CIRCUIT)
"""Deep networks, a transformer and a perceptron with the layers of the spiking network, and what would rival them."""
COMPARED = (*DEEP, *RIVALS)
GATE = (LINEAR, *DEEP)
"""What decides whether a task is judged."""
MODELS = (LINEAR, *COMPARED, PRODUCT)

READOUT = "read-out"


@dataclass(frozen=True)
class Model:
    """A paradigm, and how its parameters lie in layers.

    Attributes:
        paradigm: What is trained.
        layers: A tree like the parameters to its layers, from input to output.
        ansatz: A layer's gates, of a circuit.
        spike_products: Multiplications of spikes with weights that a dense forward pass of one example makes, of a
            spiking network.
    """

    paradigm: Paradigm
    layers: Callable[[PyTree], dict[str, PyTree]]
    ansatz: CircuitLayer | None = None
    spike_products: int | None = None

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return parameter_count(self.paradigm)

    @property
    def executions(self) -> int | None:
        """Circuits that hardware would run for one example's value and gradient by parameter shift; 1 + 2N."""
        if not isinstance(self.paradigm, vqc.VQC):
            return None
        shifted = replace(self.paradigm, config=replace(self.paradigm.config, differentiation="parameter_shift"))
        return shifted.cost().gradient.circuit_executions


def sizes(name: str, config: Config) -> range:
    """List the sizes in which a model is tried, by their place: a linear model has but one."""
    return range(1 if name == LINEAR else len(config.hidden))


@functools.lru_cache(maxsize=64)
def model(name: str, size: int, case: Case) -> Model:
    """Build a model in one of its sizes, without allocating.

    Args:
        name: One of ``MODELS``.
        size: The place of its size in the lists of the settings.
        case: The task.

    Raises:
        Unsupported: The paradigm cannot serve the settings.
    """
    spec, config = data.spec(case), case.config
    hidden = (config.hidden[size],) * 2
    if name == LINEAR:
        return _perceptron((), spec)
    if name == PERCEPTRON:
        return _perceptron(hidden, spec)
    if name == TRANSFORMER:
        attention = transformer.Config(
            width=config.transformer_widths[size], layers=config.transformer_layers, heads=config.transformer_heads
        )
        return _transformer(attention, spec)
    if name == SPIKING:
        if case.kind == "timed":
            # A step of the recording is a step of the network: it has no others.
            return _spiking(snn.Config(hidden=hidden, encoding="rows", time_steps=spec.inputs.shape[0]), spec)
        return _spiking(snn.Config(hidden=hidden, time_steps=config.time_steps[size]), spec)
    circuit = vqc.Config(qubits=config.qubits, layers=config.circuit_layers[size])
    built = vqc.build(circuit, spec)
    if name == CIRCUIT:
        return Model(built, _circuit_layers, LAYERS[circuit.ansatz])
    alone = replace(built, circuit=_without_entanglement(config, spec.outputs))
    return Model(alone, _circuit_layers, ProductAnsatz())


def require_served(config: Config) -> None:
    """Refuse settings with which a model of a task cannot be built, before anything is trained.

    Raises:
        BadInput: The data do not fit the settings.
        Unsupported: A paradigm cannot serve the settings.
    """
    for case in data.cases(config):
        data.require_angles(case)
        for name in MODELS:
            for size in sizes(name, config):
                model(name, size, case)


def _perceptron(hidden: tuple[int, ...], spec: Spec) -> Model:
    """Layers of rectified linear units; without any, a linear model."""

    def layers(tree: PyTree) -> dict[str, PyTree]:
        *inner, last = perceptron.layers(tree)
        return {**{f"layer {place + 1}": part for place, part in enumerate(inner)}, READOUT: last}

    return Model(perceptron.perceptron(hidden, spec, PERCEPTRON if hidden else LINEAR), layers)


def _without_entanglement(config: Config, outputs: int) -> Callable[..., Any]:
    words = observables(config.qubits, outputs)

    @qml.qnode(ScanQubit(wires=config.qubits), interface="jax", diff_method="adjoint")
    def circuit(angles, amplitudes=None):
        RepeatedLayers(angles, wires=range(config.qubits), layer=ProductAnsatz(), width=3)
        return [qml.expval(word) for word in words]

    return expectation_values(circuit)


def _transformer(config: transformer.Config, spec: Spec) -> Model:
    def layers(tree: PyTree) -> dict[str, PyTree]:
        parts = transformer.each_block(tree["blocks"], config.layers)
        blocks = {f"block {place}": part for place, part in enumerate(parts, start=1)}
        embedding = (tree["patch_embedding"], tree["positions"])
        return {"embedding": embedding, **blocks, READOUT: (tree["norm"], tree["readout"])}

    return Model(transformer.build(config, spec), layers)


def _spiking(config: snn.Config, spec: Spec) -> Model:
    def layers(tree: PyTree) -> dict[str, PyTree]:
        found: dict[str, dict[str, Any]] = {f"layer {place + 1}": {} for place in range(len(config.hidden))}
        found[READOUT] = {}
        for name, leaf in tree.items():
            hidden = re.match(r"hidden\[(\d+)\]", name)
            found[f"layer {int(hidden[1]) + 1}" if hidden else READOUT][name] = leaf
        return found

    first, second = config.hidden
    # The input is a current, and no spikes.
    products = config.time_steps * (first * second + second * spec.outputs)
    return Model(snn.build(config, spec), layers, spike_products=products)


def _circuit_layers(tree: PyTree) -> dict[str, PyTree]:
    pairs = zip(tree["angles"], tree["input_weights"], strict=True)
    return {f"layer {place + 1}": pair for place, pair in enumerate(pairs)} | {READOUT: tree["scale"]}
