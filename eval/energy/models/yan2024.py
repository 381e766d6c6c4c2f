"""The energy model of Yan et al. (arXiv 2409.08290v4), as this project reconstructed it from the published numbers.

Per connection of a layer, with rate ``s``, ``T`` steps, ``h`` hops and weights of ``w`` pJ::

    spiking, sparse:    T s (sparse_movement h + accumulate + w)
    spiking, dense:     T (dense_movement h + w) + T s accumulate
    quantised, dense:   b dense_movement h + w + a multiply
    quantised, sparse:  a (b sparse_movement h + w + multiply)

with ``b`` bits and a share ``a`` of activations other than 0; and, per neuron, ``T`` comparisons, reads and writes of
its potential and a subtraction per spike, or ``b`` comparisons. A neuron whose spikes are counted before they leave,
layer after layer, writes and reads its count besides, at the price of as many bits of weights. The terms and two of the
constants were chosen after the published break-even rates had been seen: ``eval.energy.published`` says what is reached
and what is missed.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.energy.activity import Activity, Kind
from eval.energy.bill import Bill
from eval.energy.mapping import Flow, Mapping
from eval.energy.technology import YAN_22NM, Technology

NAME = "yan2024"


@dataclass(frozen=True)
class Load:
    """What a layer, or a share of one, has to do for one inference: the means of an :class:`Activity`.

    Attributes:
        kind: ``spiking`` or ``quantised``.
        synapses: Connections.
        neurons: Neurons.
        positions: Positions at which a weight is used.
        weight_bits: Bits of a weight.
        input_bits: Bits of an activation that comes in.
        output_bits: Bits of an activation that goes out; ``None`` of a read-out.
        steps: Time steps.
        operations: Events that come in, each counted once for every connection that it takes.
        fired: Events that go out.
        constant_input: Whether the input is a constant current.
        count_bits: Bits of the number of spikes that a neuron hands on after its last step; 0 where none is kept.
    """

    kind: Kind
    synapses: int | float
    neurons: int | float
    positions: int | float
    weight_bits: int
    input_bits: int
    output_bits: int | None
    steps: int | float
    operations: float
    fired: float
    constant_input: bool = False
    count_bits: int = 0


def load(activity: Activity) -> Load:
    """Take the means over examples."""
    return Load(
        kind=activity.kind,
        synapses=activity.synapses,
        neurons=activity.neurons,
        positions=activity.positions,
        weight_bits=activity.weight_bits,
        input_bits=activity.input_bits,
        output_bits=activity.output_bits,
        steps=float(activity.steps.mean()),
        operations=float(activity.operations.mean()),
        fired=float(activity.fired.mean()),
        constant_input=activity.constant_input,
        count_bits=activity.count_bits,
    )


def bill(load: Load, mapping: Mapping, technology: Technology = YAN_22NM) -> Bill:
    """Charge a layer.

    Args:
        load: What it has to do.
        mapping: How it is laid out.
        technology: What that costs.

    Returns:
        A bill in pJ per inference; addresses are part of the price of sparse movement, and idle power is not known.

    Raises:
        BadInput: The technology lacks a price that the model needs.
    """
    possible = (_connections(load, flow, mapping, technology) for flow in mapping.flows)
    connections = min(possible, key=lambda one: one.total)
    return connections + _neurons(load, technology)


def _connections(load: Load, flow: Flow, mapping: Mapping, technology: Technology) -> Bill:
    per_bit = _movement(flow, mapping, technology)
    fetch = 0.0 if mapping.amortised else load.weight_bits * technology["weight"] / load.positions
    # A constant current is a value like a quantised activation: its product is formed once, whatever the steps.
    once = load.kind == "quantised" or load.constant_input
    steps, bits = (1.0, load.input_bits) if once else (load.steps, 1)
    used = load.operations if flow == "sparse" else steps * load.synapses
    fetches = used / steps if mapping.weight_reuse == "steps" else used
    return Bill(
        NAME,
        technology.name,
        "pJ",
        compute=load.operations * technology["multiply" if once else "accumulate"],
        weight=fetches * fetch,
        movement=used * bits * per_bit,
    )


def _movement(flow: Flow, mapping: Mapping, technology: Technology) -> float:
    if mapping.on_chip:
        return mapping.hops * technology[f"{flow}_movement"]
    return technology[f"{flow}_dram"]


def _neurons(load: Load, technology: Technology) -> Bill:
    """Charge what neurons do beside their connections; a read-out keeps its potential and compares nothing."""
    compare, bits = technology["compare"], load.output_bits
    if load.kind == "quantised":
        compute, state = 0.0 if bits is None else load.neurons * bits * compare, 0.0
    else:
        updates = load.steps * load.neurons
        compute = 0.0 if bits is None else updates * compare + load.fired * technology["subtract"]
        # A count is written once, and read once by the next layer.
        bits_moved = updates * 2 * technology["state_bits"] + load.neurons * 2 * load.count_bits
        state = bits_moved * technology["weight"]
    return Bill(NAME, technology.name, "pJ", compute=compute, weight=0.0, state=state, movement=0.0)
