"""Images beside their mirror images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from training.data.split import Split


@dataclass(frozen=True, eq=False)
class MirroredSplit:
    """Twice as many examples: those of a split of images, and then the same with left and right exchanged.

    An epoch shows each image both ways once, so that which are mirrored is a function of the order of the epoch, as
    everything else of a batch is, and a resumed run goes on with the same.

    Attributes:
        images: A split whose inputs are images ``[height, width, channels]``.
    """

    images: Split

    def __len__(self) -> int:
        return 2 * len(self.images)

    def take(
        self, indices: Int[np.ndarray, " batch"]
    ) -> tuple[Float[np.ndarray, "batch height width channels"], Shaped[np.ndarray, "batch *target"]]:
        """Images and targets.

        Raises:
            IndexError: If an index is not in ``range(len(self))``.
        """
        indices = np.asarray(indices)
        if indices.size and not 0 <= indices.min() <= indices.max() < len(self):
            raise IndexError(f"images {indices.min()} to {indices.max()} of {len(self)}")
        images, targets = self.images.take(indices % len(self.images))
        turned = (indices >= len(self.images))[:, np.newaxis, np.newaxis, np.newaxis]
        return np.where(turned, images[:, :, ::-1], images), targets
