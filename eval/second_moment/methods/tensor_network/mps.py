"""A vector over Pauli words as a matrix product state: one tensor per qubit, in a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float


class MatrixProductState:
    """Tensors ``[left, letter, right]``, float64, with a centre towards which the others are isometries.

    A truncation at the centre is the best one in the Euclidean norm of the whole vector, and its error is known.

    Attributes:
        tensors: One a position.
        tolerance: A cut drops singular values whose summed squares stay below tolerance² times the whole.
        bond: Most singular values kept at a cut.
    """

    def __init__(self, tensors: Sequence[Float[np.ndarray, "_ letter _"]], *, tolerance: float, bond: int) -> None:
        self.tensors = list(tensors)
        self.tolerance = tolerance
        self.bond = bond
        self._centre = 0
        self.canonicalise(0)

    def copy(self) -> MatrixProductState:
        """Another state with the same tensors, none of which is ever changed in place."""
        other = object.__new__(MatrixProductState)
        other.__dict__.update(self.__dict__, tensors=list(self.tensors))
        return other

    def canonicalise(self, centre: int) -> None:
        """Make every tensor an isometry towards ``centre``, whatever they are now. Drops nothing."""
        for position in range(centre):
            self._push_right(position)
        for position in range(len(self.tensors) - 1, centre, -1):
            self._push_left(position)
        self._centre = centre

    def apply_sites(self, matrices: Mapping[int, Float[np.ndarray, "letter letter"]], centre: int) -> None:
        """Matrices on single positions, after which ``centre`` is the centre."""
        for position, matrix in matrices.items():
            self.tensors[position] = np.einsum("ab,lbr->lar", matrix, self.tensors[position])
        self.canonicalise(centre)

    def apply_pair(self, position: int, matrix: Float[np.ndarray, "pair pair"], towards: int) -> None:
        """A matrix on ``position`` and the next; the centre ends on the one of the two nearer to ``towards``."""
        while self._centre < position:
            self._push_right(self._centre)
            self._centre += 1
        while self._centre > position + 1:
            self._push_left(self._centre)
            self._centre -= 1
        first, second = self.tensors[position], self.tensors[position + 1]
        left, letters, _ = first.shape
        right = second.shape[2]
        both = np.tensordot(first, second, 1).reshape(left, letters * letters, right)
        both = np.matmul(matrix, both).reshape(left * letters, letters * right)
        u, s, vh = np.linalg.svd(both, full_matrices=False)
        kept = self._kept(s)
        if towards > position:
            vh = s[:kept, None] * vh[:kept]
            u = u[:, :kept]
            self._centre = position + 1
        else:
            u = u[:, :kept] * s[:kept]
            vh = vh[:kept]
            self._centre = position
        self.tensors[position] = u.reshape(left, letters, kept)
        self.tensors[position + 1] = vh.reshape(kept, letters, right)

    def overlap(self, sites: Sequence[Float[np.ndarray, " letter"]]) -> float:
        """Inner product with the product of one vector a position."""
        row = np.ones((1, 1))
        for tensor, site in zip(self.tensors, sites, strict=True):
            row = row @ np.tensordot(site, tensor, (0, 1))
        return float(row[0, 0])

    def scale(self, factor: float) -> None:
        """Multiply the vector."""
        self.tensors[self._centre] = self.tensors[self._centre] * factor

    def subtract_product(self, site: Float[np.ndarray, " letter"], weight: float) -> None:
        """Take ``weight`` times the product of ``site`` at every position away; bonds grow by one."""
        centre = self._centre
        last = len(self.tensors) - 1
        for position, tensor in enumerate(self.tensors):
            left, letters, right = tensor.shape
            if last == 0:
                self.tensors[0] = tensor - weight * site[None, :, None]
                break
            grown = np.zeros((left + (position > 0), letters, right + (position < last)))
            grown[:left, :, :right] = tensor
            grown[-1, :, -1] += -weight * site if position == 0 else site
            self.tensors[position] = grown
        self.canonicalise(centre)

    def norm(self) -> float:
        """Euclidean norm."""
        return float(np.linalg.norm(self.tensors[self._centre]))

    def _kept(self, s: Float[np.ndarray, " values"]) -> int:
        tails = np.sqrt(np.cumsum((s * s)[::-1])[::-1])
        return max(1, min(self.bond, int(np.count_nonzero(tails > self.tolerance * tails[0]))))

    def _push_right(self, position: int) -> None:
        tensor = self.tensors[position]
        q, r = np.linalg.qr(tensor.reshape(-1, tensor.shape[2]))
        self.tensors[position] = q.reshape(tensor.shape[0], tensor.shape[1], -1)
        self.tensors[position + 1] = np.tensordot(r, self.tensors[position + 1], 1)

    def _push_left(self, position: int) -> None:
        tensor = self.tensors[position]
        q, r = np.linalg.qr(tensor.reshape(tensor.shape[0], -1).T)
        self.tensors[position] = q.T.reshape(-1, tensor.shape[1], tensor.shape[2])
        self.tensors[position - 1] = np.tensordot(self.tensors[position - 1], r.T, 1)
