"""The spans of groups of columns projected off the active ones, by downdating.

In the basis in which the columns of every group are orthonormal, the Gram matrix of
a group projected off orthonormal vectors q is the unit matrix less one outer product
for each q. Neither the projected columns nor a pseudo-inverse are ever formed.
Cost of downdating by one vector: ``n_features * group size``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from .feature_view import FeatureView
from .group_basis import make_orthonormal_basis, split_by_size

_ROUNDING = 100.0


class _Batch(NamedTuple):
    """Groups of equal size: which, their features, and their Gram matrices."""

    groups: IntArray
    members: IntArray
    gram: Array


class ProjectedGroups:
    """The parts of given vectors that lie in each group's projected columns."""

    def __init__(self, view: FeatureView) -> None:
        self._view = view
        self._basis = make_orthonormal_basis(view.operator, view.groups)
        self._tolerance = _ROUNDING * float(np.finfo(view.data.dtype).eps)
        independent = self._basis.independent.astype(view.data.dtype)
        self._batches = [
            _Batch(which, members, independent[members][:, :, None] * np.eye(members.shape[1]))
            for which, members in split_by_size(view.groups)
        ]

    def correlations(self, rows: Array) -> Array:
        """Return correlations with the orthonormal columns, (n, n_features), of n vectors."""
        if not len(rows):
            return np.zeros((0, self._view.groups.n_coefs), rows.dtype)
        return self._basis.adjoint(self._view.correlations(rows))

    def take_out(self, images: Array) -> None:
        """Project all groups off orthonormal vectors, given by their `correlations`."""
        for batch in self._batches:
            part = images[:, batch.members]
            batch.gram[...] -= np.einsum("kni,knj->nij", part, part.conj())

    def find_explained(self, correlations: Array) -> Array:
        """Return ``||Q_g^H u||^2`` summed over vectors u, for an orthonormal basis Q_g per group.

        The vectors, given by their correlations (n, n_features), must be orthogonal to all
        that has been taken out. Zero for groups of which nothing is left.
        """
        result = np.zeros(self._view.groups.n_groups)
        for batch in self._batches:
            result[batch.groups] = self._find_in_span(batch, correlations[:, batch.members])
        return result

    def _find_in_span(self, batch: _Batch, part: Array) -> Array:
        """Return the energy of vectors, (n, n_groups, size), in the span of each group."""
        if batch.members.shape[1] == 1:
            values = batch.gram[:, 0].real
            energy = squared_magnitude(part).sum(axis=0)
        else:
            values, vectors = np.linalg.eigh(batch.gram)
            energy = squared_magnitude(part.transpose(1, 0, 2) @ vectors.conj()).sum(axis=1)
        left = values > self._tolerance
        shares = np.divide(energy, values, out=np.zeros_like(energy), where=left)
        result: Array = shares.sum(axis=1)
        return result
