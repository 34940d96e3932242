"""Least squares on active columns of a dense matrix, by an updated Cholesky factor.

Columns that have been active, in the groups' orthonormal basis, and their inner
products are computed once and kept. Changing k of m active columns costs ``n_rows k``
times the number of columns seen so far for new inner products, and ``k m^2`` for the
factor; one factor serves all K right-hand sides. The dominant cost is the product of
the residual with the whole matrix, ``n_rows n_features``, for the dual variable.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arrays import Array, IntArray
from ...operators import Matrix
from ...reformulations.group_basis import GroupBasis
from .updated_factor import UpdatedFactor

_ILL_CONDITIONED = 1e3  # beyond it, a correction restores digits lost in the Gram matrix
_GROWTH = 2


class DenseFitter:
    """Least squares on columns of ``A T`` for right-hand sides of shape (K, n_rows).

    ``A`` is a dense `Matrix`, ``T`` the orthonormal basis of its groups.
    """

    direct = True

    def __init__(self, operator: Matrix, basis: GroupBasis, data: Array) -> None:
        self.operator, self.basis, self.data = operator, basis, data
        self.independent = basis.independent
        self.correlations = basis.adjoint(operator.adjoint(data)).astype(data.dtype, copy=False)
        wide = np.result_type(data.dtype, np.float64)
        self._columns = np.empty((0, data.shape[1]), wide)
        self._gram = np.empty((0, 0), wide)
        self._place = np.full(self.independent.size, -1)
        self._n_seen = 0
        self._factor = UpdatedFactor(wide)

    def fit(self, active: Array, start: Array, accuracy: float) -> tuple[Array, Array, Array, bool]:
        """Fit on the active features; return coefficients, residual, dual variable and True.

        Features that depend on others stay zero. `start` is not needed by a direct method;
        the solution is corrected once if the gradient on the active features exceeds
        `accuracy`.
        """
        chosen = np.flatnonzero(active & self.independent)
        if (self._place[chosen] < 0).any():
            self._add_columns(np.flatnonzero(active & (self._place < 0)))
        self._factor.change(chosen, self._gram, self._place)
        features = self._factor.keys
        coef = np.zeros_like(start)
        coef[:, features] = self._factor.solve(self.correlations[:, features].T).T
        residual, dual = self._remainder(features, coef)
        if self._factor.spread > _ILL_CONDITIONED or np.linalg.norm(dual[:, features]) > accuracy:
            coef[:, features] += self._factor.solve(dual[:, features].T).T
            residual, dual = self._remainder(features, coef)
        return coef, residual, dual, True

    @property
    def features(self) -> IntArray:
        """The features of the last fit that do not depend on others, in no order."""
        return self._factor.keys

    def invert_gram(self) -> Array:
        """Return the inverse of the Gram matrix of `features`."""
        return self._factor.solve(np.eye(self.features.size, dtype=self._columns.dtype))

    def generate_images(self, most_entries: int) -> Iterator[Array]:
        """Yield the conjugate of ``R^-H A_S^H A``, some of its rows at a time.

        ``A_S`` are the columns of `features`, and ``R^H R`` is their Gram matrix.
        """
        columns = self._columns[self._place[self.features]]
        rows = self._factor.whiten(columns.conj()).conj().astype(self.data.dtype, copy=False)
        step = max(1, most_entries // self.independent.size)
        for begin in range(0, len(rows), step):
            yield self.basis.adjoint(self.operator.adjoint(rows[begin : begin + step]))

    def _remainder(self, features: IntArray, coef: Array) -> tuple[Array, Array]:
        """Return residual and dual variable."""
        if not features.size:
            return self.data, self.correlations
        weights = np.zeros((len(coef), self._n_seen), self._columns.dtype)
        weights[:, self._place[features]] = coef[:, features]
        image = weights @ self._columns[: self._n_seen]
        residual = (self.data - image).astype(self.data.dtype, copy=False)
        dual = self.basis.dual(self.operator.adjoint(residual), coef)
        return residual, dual.astype(residual.dtype, copy=False)

    def _add_columns(self, features: IntArray) -> None:
        """Store the columns of newly active groups and their inner products."""
        rotated = self.basis.rotate_columns(self.operator.columns(features), features)
        independent = self.independent[features]
        fresh = features[independent]
        n_old, n_all = self._n_seen, self._n_seen + fresh.size
        if n_all > len(self._columns):
            self._grow(max(_GROWTH * n_all, min(self._columns.shape[1], self.independent.size)))
        self._columns[n_old:n_all] = rotated[independent]
        products = self._columns[:n_all].conj() @ self._columns[n_old:n_all].T
        if self.basis.ridge is not None:
            inside = self.basis.ridge_gram(features)
            products[n_old:] += inside[np.ix_(independent, independent)]
        self._gram[:n_all, n_old:n_all] = products
        self._gram[n_old:n_all, :n_old] = products[:n_old].conj().T
        self._place[fresh] = np.arange(n_old, n_all)
        self._n_seen = n_all

    def _grow(self, room: int) -> None:
        """Enlarge the storage; memory that is never written to costs nothing."""
        n_old = self._n_seen
        columns = np.empty((room, self._columns.shape[1]), self._columns.dtype)
        columns[:n_old] = self._columns[:n_old]
        gram = np.empty((room, room), self._gram.dtype)
        gram[:n_old, :n_old] = self._gram[:n_old, :n_old]
        self._columns, self._gram = columns, gram
