"""What is compared: two deep networks, a spiking one, a circuit; the same at the circuit's size; and two floors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pennylane as qml
from jaxtyping import PyTree

from eval.compare.config import CompareConfig, Contender
from eval.compare.parameter_counts import matched, nearest, parameter_count
from eval.models import perceptron
from eval.models.product_ansatz import ProductAnsatz
from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from paradigms import snn, transformer, vqc
from paradigms.interface import Paradigm, Spec
from paradigms.sizes import neighbours
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.observables import observables
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.qnode import expectation_values
from training.errors import BadInput

TRANSFORMER, PERCEPTRON, SPIKING, CIRCUIT = "transformer", "perceptron", "spiking network", "circuit"
SMALL_TRANSFORMER, SMALL_PERCEPTRON, SMALL_SPIKING = (
    f"{name}, matched size" for name in (TRANSFORMER, PERCEPTRON, SPIKING)
)
PRODUCT, LOGISTIC = "circuit without entanglement", "logistic regression"
DEEP, RIVALS = (TRANSFORMER, PERCEPTRON), (SPIKING, CIRCUIT)
"""Deep networks, a transformer and a perceptron with the layers of the spiking network, and what would rival them."""
SMALL_DEEP, SMALL_RIVALS = (SMALL_TRANSFORMER, SMALL_PERCEPTRON), (SMALL_SPIKING, CIRCUIT)
"""The same within 5% of the circuit's number of parameters; ``eval.compare`` matches the first and the third."""
FLOORS = (PRODUCT, LOGISTIC)
COMPARED = (*DEEP, *RIVALS)
MODELS = (*COMPARED, *SMALL_DEEP, SMALL_SPIKING, *FLOORS)

READOUT = "read-out"


@dataclass(frozen=True)
class Model:
    """A paradigm, and how its parameters lie in layers.

    Attributes:
        paradigm: What is trained.
        layers: A tree like the parameters to its layers, from input to output.
        ansatz: A layer's gates, of a circuit.
    """

    paradigm: Paradigm
    layers: Callable[[PyTree], dict[str, PyTree]]
    ansatz: CircuitLayer | None = None

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


@functools.lru_cache(maxsize=2)
def models(config: Config) -> dict[str, Model]:
    """All of them by name, in the order of ``MODELS``; built, and refused if need be, without allocating.

    Raises:
        BadInput: No transformer or spiking network comes near the circuit's number of parameters.
        Unsupported: A paradigm cannot serve the settings.
    """
    spec = data.load(config).spec
    circuit = vqc.Config(qubits=config.qubits, layers=config.layers)
    spiking = snn.Config(hidden=config.hidden, time_steps=config.time_steps)
    attention = transformer.Config(
        width=config.transformer_width, layers=config.transformer_layers, heads=config.transformer_heads
    )
    settings = {"vqc": circuit, "snn": spiking, "transformer": attention}
    # The rate is another study's: here it is chosen anew for every model.
    contenders = tuple(Contender(name, one, learning_rate=1.0) for name, one in settings.items())
    try:
        _, small_spiking, small_attention = (one.config for one in matched(CompareConfig(contenders), spec))
    except BadInput as error:
        told = str(error).partition(";")[0]
        raise BadInput(f"{told}: raise settings.qubits or settings.layers, which make the circuit larger") from error
    built = vqc.build(circuit, spec)
    target = parameter_count(built)
    widths = neighbours(lambda width: _perceptron((width,), spec).parameters, target)
    width, _ = nearest([(width, _perceptron((width,), spec).parameters) for width in widths], target)
    return {
        TRANSFORMER: _transformer(attention, spec),
        PERCEPTRON: _perceptron(config.hidden, spec),
        SPIKING: _spiking(spiking, spec),
        CIRCUIT: Model(built, _circuit_layers, LAYERS[circuit.ansatz]),
        SMALL_TRANSFORMER: _transformer(small_attention, spec),
        SMALL_PERCEPTRON: _perceptron((width,), spec),
        SMALL_SPIKING: _spiking(small_spiking, spec),
        PRODUCT: Model(
            replace(built, circuit=_without_entanglement(config, spec.outputs)), _circuit_layers, ProductAnsatz()
        ),
        LOGISTIC: _perceptron((), spec),
    }


def _perceptron(hidden: tuple[int, ...], spec: Spec) -> Model:
    """Layers of rectified linear units; without any, logistic regression."""

    def layers(tree: PyTree) -> dict[str, PyTree]:
        *inner, last = perceptron.layers(tree)
        return {**{f"layer {place + 1}": part for place, part in enumerate(inner)}, READOUT: last}

    return Model(perceptron.perceptron(hidden, spec, PERCEPTRON if hidden else LOGISTIC), layers)


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

    return Model(snn.build(config, spec), layers)


def _circuit_layers(tree: PyTree) -> dict[str, PyTree]:
    pairs = zip(tree["angles"], tree["input_weights"], strict=True)
    return {f"layer {place + 1}": pair for place, pair in enumerate(pairs)} | {READOUT: tree["scale"]}
