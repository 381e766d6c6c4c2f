"""What the generated data sets share: the size of their splits, the scale of their features, the form of an example.

Sizes and definitions follow the benchmark of Bowles, Ahmed & Schuld 2024 (arXiv 2403.07059): two classes, 240 training
and 60 test examples. It has no validation split (it cross-validates), so 60 further examples are drawn for one.
"""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Float, Float64, Int32

from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.split import DataSet

SIZES = {"train": 240, "validation": 60, "test": 60}
EXAMPLES = sum(SIZES.values())


def data_set(
    points: Float64[np.ndarray, "examples features"],
    classes: Int32[np.ndarray, " examples"],
    shape: tuple[int, ...],
    definition: str,
) -> DataSet:
    """Cut independent examples, in the order they come, into the three splits.

    Args:
        points: ``EXAMPLES`` examples, in an order that says nothing of their class.
        classes: 0 or 1 each.
        shape: The shape of one example as a paradigm receives it.
        definition: What was drawn, for the task's note.

    Returns:
        Examples ``float32[*shape]`` in [0, 1].
    """
    cuts = np.cumsum(list(SIZES.values()))[:-1]
    scaled = unit_range(points, reference=points[: cuts[0]]).reshape(-1, *shape)
    train, validation, test = (
        ArraySplit(*part) for part in zip(np.split(scaled, cuts), np.split(classes, cuts), strict=True)
    )
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct(shape, np.float32), "classification", 2),
        train=train,
        validation=validation,
        test=test,
        note=f"{definition}; drawn independently: 240 train, 60 validation, 60 test; each feature scaled to [0, 1] by "
        "its range in the training split, and clipped to it elsewhere",
    )


def unit_range(
    points: Float[np.ndarray, "examples features"], reference: Float[np.ndarray, "others features"]
) -> Float[np.ndarray, "examples features"]:
    """``points`` as float32, each feature mapped from its range in ``reference`` to [0, 1] and clipped there."""
    low, high = reference.min(axis=0), reference.max(axis=0)
    return np.clip((points - low) / (high - low), 0, 1).astype(np.float32)
