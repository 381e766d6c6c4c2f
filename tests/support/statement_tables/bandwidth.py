"""Tables of the study of bandwidth whose outcome is known by construction."""

from __future__ import annotations

import numpy as np

from eval.recorder import Row
from eval.studies.bandwidth.config import Config
from eval.studies.bandwidth.measure import RESPONSES
from statement_tables.executions import without

CONFIG = Config()
NETWORKS = 3


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
    for neuron in ("if", "lif"):
        for steps in (4, 8):
            for layer in (1, 2):
                for seed in range(NETWORKS):
                    place = spread * (seed - 1)
                    row = {"part": "spiking", "neuron": neuron, "encoding": "direct", "time_steps": steps}
                    row |= {"layer": layer, "training_seed": seed, "test_accuracy": 0.9, "share_above_bound": 0.5}
                    for name in RESPONSES:
                        row[f"{name}_entropy"] = np.log2(steps + 1) + place + (counts if name == "count" else beyond)
                        row[f"{name}_coverage"] = coverage
                        row[f"{name}_class_bits"] = 0.5 + (timing + place if name == "train" else 0.0)
                        row[f"{name}_control"] = 0.0 if name == "count" else control
                    rows.append(row)
    for code, response in (("driven", "count"), ("rate", "train")):
        for repeat in range(3):
            case = {"part": "known", "code": code, "response": response, "time_steps": 4, "trials": 9}
            found = {"known": 1.0, "estimate": 1 + off + 0.01 * (repeat - 1), "coverage": 1.0}
            rows.append({**case, "repeat": repeat, **found, "control": None if code == "driven" else 0.01})
    for seed in range(NETWORKS):
        for layer in (1, 2):
            found = {"entropy": 2.0, "class_bits": activation, "control": 0.0}
            rows.append({"part": "rectified", "bits": 4, "training_seed": seed, "layer": layer, **found})
    return rows


TABLES = {
    "C10.counts": {
        "holds": (table(), CONFIG),
        "fails": (table(counts=0.5), CONFIG),
        "undecided": (table(counts=0.0, spread=0.1), CONFIG),
        "not measured": (without(table(), part="spiking"), CONFIG),
    },
    "C10.timing_little": {
        "holds": (table(), CONFIG),
        "fails": (table(timing=0.2), CONFIG),
        "undecided": (table(timing=0.05, spread=0.05), CONFIG),
        "not measured": (without(table(), part="spiking"), CONFIG),
    },
    "C10.timing_something": {
        "holds": (table(), CONFIG),
        "fails": (table(timing=-0.01), CONFIG),
        "undecided": (table(spread=0.05), CONFIG),
        "not measured": (without(table(), part="spiking"), CONFIG),
    },
    "C10.activations": {
        "holds": (table(), CONFIG),
        "fails": (table(activation=0.2), CONFIG),
        "undecided": (table(activation=0.5, spread=0.1), CONFIG),
        "not measured": (without(table(), part="rectified"), CONFIG),
    },
} | {
    f"C10.trains_{neuron}_{name}": {
        "holds": (table(), CONFIG),
        "fails": (table(beyond=0.5), CONFIG),
        "undecided": (table(beyond=0.1, spread=0.5), CONFIG),
        "not measured": (without(table(), neuron=neuron, layer=layer), CONFIG),
    }
    for neuron in ("if", "lif")
    for name, layer in (("first", 1), ("deeper", 2))
}
