"""``hyperplanes``: the parity of the number of hyperplanes that a point lies above ("hyperplanes and parity").

As specified by Bowles, Ahmed & Schuld 2024 (arXiv 2403.07059): points are normal in 3 dimensions, k hyperplanes there
have weights and biases uniform in [0, 1], and the class is the parity of how many have the point on their positive
side. Points are drawn until both classes have their half. The features are a linear map of the point, with entries
uniform in [0, 1]; with 2 features they do not determine it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int32

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet
from training.errors import BadInput

FILES = ()
DIMENSIONS = 3
MOST_DRAWS = 50


def load(root: Path, features: int = 10, hyperplanes: int = 5, seed: int = 0) -> DataSet:
    """Vectors ``float32[features]`` in [0, 1], classes int32 0 and 1. Nothing is read from ``root``.

    Raises:
        BadInput: If the hyperplanes of this seed leave one class almost empty.
    """
    draws = Draws(seed)
    weights, biases = draws.uniform(hyperplanes, DIMENSIONS), draws.uniform(hyperplanes)
    embedding = draws.uniform(DIMENSIONS, features)
    points, classes = draw(draws, EXAMPLES, weights, biases)
    return data_set(
        points @ embedding,
        classes,
        (features,),
        f"{features} linear features of points in {DIMENSIONS} dimensions, classified by {hyperplanes} hyperplanes "
        "and parity",
    )


def draw(
    draws: Draws,
    examples: int,
    weights: Float64[np.ndarray, "hyperplanes dimensions"],
    biases: Float64[np.ndarray, " hyperplanes"],
) -> tuple[Float64[np.ndarray, "examples dimensions"], Int32[np.ndarray, " examples"]]:
    """Points in the space of the hyperplanes, and their classes: half of them 1 (0 once more for an odd number).

    Raises:
        BadInput: If one class is so rare that ``MOST_DRAWS`` times the points do not hold its half.
    """
    wanted = (examples - examples // 2, examples // 2)
    drawn: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for _ in range(MOST_DRAWS):
        more = draws.normal(examples, weights.shape[1])
        classes = parity(more, weights, biases)
        for label, parts in enumerate(drawn):
            parts.append(more[classes == label])
        if all(sum(map(len, parts)) >= count for parts, count in zip(drawn, wanted, strict=True)):
            break
    else:
        raise BadInput(
            f"these {len(weights)} hyperplanes put almost all points into one class: choose another task.seed, or more "
            "task.hyperplanes"
        )
    points = np.concatenate([np.concatenate(parts)[:count] for parts, count in zip(drawn, wanted, strict=True)])
    classes = np.repeat(np.arange(2, dtype=np.int32), wanted)
    # Where one class is rare, its examples come late: without a new order, the splits would not be alike.
    order = np.argsort(draws.uniform(examples), kind="stable")
    return points[order], classes[order]


def parity(
    points: Float64[np.ndarray, "examples dimensions"],
    weights: Float64[np.ndarray, "hyperplanes dimensions"],
    biases: Float64[np.ndarray, " hyperplanes"],
) -> Int32[np.ndarray, " examples"]:
    """The number of hyperplanes with w·x + b > 0, modulo 2."""
    above = points @ weights.T + biases > 0
    return (above.sum(axis=1) % 2).astype(np.int32)
