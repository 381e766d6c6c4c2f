"""Tables of the study of bandwidth whose outcome is known by construction."""

from __future__ import annotations

import math

from eval.rows import Row
from eval.studies.bandwidth.config import Config, NeuronName
from eval.studies.bandwidth.rows import RESPONSES, KnownCode, RectifiedNetwork, SpikingNetwork

CONFIG = Config()
NETWORKS = 3
NEURONS: tuple[NeuronName, ...] = ("if", "lif")


def table(
    *,
    beyond: float = -0.5,
    counts: float = -0.6,
    timing: float = 0.01,
    activation: float = 0.9,
    spread: float = 0.001,
    control: float = 0.0,
    coverage: float = 1.0,
    off: float = 0.0,
) -> list[Row]:
    """Make a table of both kinds of neuron, two layers and T = 4 and 8, without input noise.

    Args:
        beyond: Entropy of whole trains less log2(T + 1), in bits.
        counts: Entropy of the number of spikes less log2(T + 1), in bits.
        timing: Bits about the class in whole trains beyond the 0.5 in shuffled trains and in counts.
        activation: Bits about the class in a 4-bit activation.
        spread: By what each of the three networks differs from the next, in what is read of trains and counts.
        control: Bits found with shuffled classes, but in counts.
        coverage: Good's coverage.
        off: By how much estimates on trains of known bits are wrong.
    """
    rows: list[Row] = []
    for neuron in NEURONS:
        for steps in (4, 8):
            for layer in (1, 2):
                for seed in range(NETWORKS):
                    place = spread * (seed - 1)
                    read: dict[str, float] = {}
                    for name in RESPONSES:
                        read[f"{name}_entropy"] = math.log2(steps + 1) + place + (counts if name == "count" else beyond)
                        read[f"{name}_coverage"] = coverage
                        read[f"{name}_class_bits"] = 0.5 + (timing + place if name == "train" else 0.0)
                        read[f"{name}_control"] = 0.0 if name == "count" else control
                    rows.append(
                        SpikingNetwork(
                            neuron=neuron,
                            encoding="direct",
                            time_steps=steps,
                            training_seed=seed,
                            layer=layer,
                            test_accuracy=0.9,
                            trials=9,
                            layer_spike_rate=0.2,
                            most_train_entropy=3.0,
                            share_above_bound=0.5,
                            **read,
                        )
                    )
    for repeat in range(3):
        rows += [
            KnownCode(
                code=code, response=response, time_steps=4, trials=9, repeat=repeat, known=1.0,
                estimate=1 + off + 0.01 * (repeat - 1), control=None if code == "driven" else 0.01, coverage=1.0,
            )
            for code, response in (("driven", "count"), ("rate", "train"))
        ]  # fmt: skip
    for seed in range(NETWORKS):
        rows += [
            RectifiedNetwork(
                training_seed=seed, layer=layer, test_accuracy=0.9, trials=9, activation_bits=4, entropy=2.0,
                coverage=1.0, class_bits=activation, control=0.0,
            )
            for layer in (1, 2)
        ]  # fmt: skip
    return rows


def without_kind(kind: type[Row]) -> list[Row]:
    """Make a table that lacks a kind of row."""
    return [row for row in table() if not isinstance(row, kind)]


def without_layer(neuron: NeuronName, layer: int) -> list[Row]:
    """Make a table that lacks a layer of the spiking networks of a kind of neuron."""
    lost = neuron, layer
    return [row for row in table() if not isinstance(row, SpikingNetwork) or (row.neuron, row.layer) != lost]


TABLES = {
    "C10.counts": {
        "holds": (table(), CONFIG),
        "fails": (table(counts=0.5), CONFIG),
        "undecided": (table(counts=0.0, spread=0.1), CONFIG),
        "not measured": (without_kind(SpikingNetwork), CONFIG),
    },
    "C10.timing_little": {
        "holds": (table(), CONFIG),
        "fails": (table(timing=0.2), CONFIG),
        "undecided": (table(timing=0.05, spread=0.05), CONFIG),
        "not measured": (without_kind(SpikingNetwork), CONFIG),
    },
    "C10.timing_something": {
        "holds": (table(), CONFIG),
        "fails": (table(timing=-0.01), CONFIG),
        "undecided": (table(spread=0.05), CONFIG),
        "not measured": (without_kind(SpikingNetwork), CONFIG),
    },
    "C10.activations": {
        "holds": (table(), CONFIG),
        "fails": (table(activation=0.2), CONFIG),
        "undecided": (table(activation=0.5, spread=0.1), CONFIG),
        "not measured": (without_kind(RectifiedNetwork), CONFIG),
    },
} | {
    f"C10.trains_{neuron}_{name}": {
        "holds": (table(), CONFIG),
        "fails": (table(beyond=0.5), CONFIG),
        "undecided": (table(beyond=0.1, spread=0.5), CONFIG),
        "not measured": (without_layer(neuron, layer), CONFIG),
    }
    for neuron in NEURONS
    for name, layer in (("first", 1), ("deeper", 2))
}
