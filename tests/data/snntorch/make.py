"""Writes ``network.nir`` and ``spikes.npz``: ``python tests/data/snntorch/make.py``, from the root of the repository.

Two dense layers and two layers of leaky neurons, made, run and exported by snnTorch in an environment of its own.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from peers import SNNTORCH  # noqa: E402

from eval.peers import process  # noqa: E402

STEPS, CHANNELS, HIDDEN, OUTPUTS = 25, 5, 9, 7


def leaky(neurons: int, beta: float | list[float]) -> list:
    """It resets in the step of the spike, as NIR does."""
    return ["Leaky", {"beta": beta, "neurons": [neurons], "reset_delay": False}]


LAYERS = [
    ["Linear", {"in_features": CHANNELS, "out_features": HIDDEN, "gain": 0.8}],
    leaky(HIDDEN, np.linspace(0.5, 0.95, HIDDEN).tolist()),
    ["Linear", {"in_features": HIDDEN, "out_features": OUTPUTS, "gain": 2.0}],
    leaky(OUTPUTS, 0.9),
]


def main() -> None:
    """Let snnTorch write the graph, and store what it computed."""
    inputs = (np.random.default_rng(0).random((STEPS, CHANNELS)) < 0.5).astype(np.float32)
    worker = process.Worker(SNNTORCH.python(print), process.SCRIPT.parent / "nir" / "snntorch_export.py")
    try:
        case = {"file": str(HERE / "network.nir"), "layers": LAYERS, "inputs": inputs.tolist()}
        worker.request("compile", 120.0, case=case)
        (found,) = worker.request("evaluate", 60.0)["outputs"]
    finally:
        worker.close()
    spikes = np.reshape(found, (STEPS, OUTPUTS)).astype(np.float32)
    np.savez_compressed(HERE / "spikes.npz", inputs=inputs, spikes=spikes)
    print(f"{spikes.mean():.1%} of the outputs spike, with snnTorch {worker.versions['snntorch']}")


if __name__ == "__main__":
    main()
