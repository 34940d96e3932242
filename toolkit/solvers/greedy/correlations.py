"""Correlations of all features with the residual, while groups are included one by one.

A product with the adjoint per step reads the whole matrix for few numbers, and takes
the time that memory needs to deliver it. For explicit matrices one product per several
steps is enough: with the projected columns of the groups that come next by their
correlations. When one of them is included, the images of its orthonormal vectors follow
from these products, and so does the change of the correlations. All is exact; only the
order of the work differs. Each such product also includes the residual, so that rounding
does not add up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray
from ...operators import CentredMatrix, Matrix, Operator
from ...reformulations.group_basis import RotatedOperator
from ..least_squares.growing_fit import GreedyFit
from ..least_squares.growing_qr import Appended, Remainder

# Columns: kept in the pool, and computed at once. Up to 16 cost about as much as one.
_POOL, _MOST_FRESH, FEWEST_FRESH = 128, 48, 16
_LARGEST_GROUP = 8
_LARGEST_LOSS = 1e4


class DirectCorrelations:
    """One product with the adjoint per step; groups join the fit through this object."""

    def __init__(self, fit: GreedyFit) -> None:
        self.fit = fit
        self._values: Array | None = None

    def values(self) -> Array:
        """Return ``B^H r``, shape (K, n_features)."""
        if self._values is None:
            self._values = self.fit.view.correlations(self.fit.residual)
        return self._values

    def refresh(self) -> None:
        """Recompute the values from the residual itself."""
        self._values = None

    def include(self, group: int, scores: Array) -> int:
        """Include a group in the fit; return how many of its columns are independent.

        The larger a score, the sooner a group may be chosen; negative ones will not be.
        """
        self._values = None
        before = self.fit.qr.size
        self.fit.include(self.fit.view.groups.members(group))
        return self.fit.qr.size - before


class _Pool(NamedTuple):
    """Groups that may be chosen next: their projected columns, and the images of these."""

    place: dict[int, slice]
    columns: Remainder
    images: Array

    def find_rows(self, groups: list[int]) -> IntArray:
        """Return the rows that belong to some of the groups."""
        everywhere = np.arange(len(self.images))
        return np.concatenate([everywhere[self.place[g]] for g in groups] or [everywhere[:0]])


class LookaheadCorrelations:
    """One product with the adjoint, of many columns, per several steps."""

    def __init__(self, fit: GreedyFit) -> None:
        self.fit = fit
        self._values = fit.view.correlations(fit.residual)
        groups = fit.view.groups
        self._group_size = groups.indices.size / max(1, groups.n_groups)
        self._hits = _MOST_FRESH
        none = np.zeros((0, self._values.shape[1]), self._values.dtype)
        self._images = none
        self._pool = _Pool({}, fit.qr.remainder(np.zeros((0, fit.qr.n_rows))), none)

    def values(self) -> Array:
        """Return ``B^H r``, shape (K, n_features)."""
        return self._values

    def refresh(self) -> None:
        """Recompute the values from the residual itself."""
        self._values = self.fit.view.correlations(self.fit.residual)

    def include(self, group: int, scores: Array) -> int:
        """Include a group in the fit; see `DirectCorrelations.include`."""
        if group not in self._pool.place:
            self._refill(group, scores)
        self._hits += 1
        rows = self._pool.place[group]
        columns, qr = self._pool.columns, self.fit.qr
        block = Remainder(columns.rows[rows], columns.coordinates[rows])
        before = qr.size
        appended = self.fit.include(self.fit.view.groups.members(group), block)
        if qr.size > before:
            images = self._compute_images(before, appended, self._pool.images[rows])
            self._values -= self.fit.latest @ images
            self._images = np.concatenate([self._images, images])
        return qr.size - before

    def _compute_images(self, before: int, appended: Appended, images: Array) -> Array:
        """Return ``B^H q`` for the vectors just appended."""
        qr = self.fit.qr
        if appended.loss > _LARGEST_LOSS:
            return self.fit.view.correlations(qr.vectors[before:])
        since = before - len(self._images)
        combinations = scipy.linalg.solve_triangular(
            qr.lower[before:, before:],
            np.hstack([appended.back.T, -qr.lower[before:, since:before]]),
            lower=True,
            check_finite=False,
        )
        n_columns = len(images)
        result: Array = combinations[:, :n_columns] @ images
        if since < before:
            result += combinations[:, n_columns:] @ self._images
        return result

    def _refill(self, group: int, scores: Array) -> None:
        """Keep the groups of the pool that are still likely, and add others, `group` first."""
        kept, fresh = self._choose_likely(group, scores)
        old_columns, old_images = self._keep(kept)
        view = self.fit.view
        new_columns = self.fit.remainder(np.concatenate([view.groups.members(g) for g in fresh]))
        products = view.correlations(np.concatenate([new_columns.rows, self.fit.residual]))
        n_new = len(new_columns.rows)
        self._values = products[n_new:].copy()
        self._images = self._images[:0]
        ends = np.cumsum(view.groups.sizes[[*kept, *fresh]]).tolist()
        self._pool = _Pool(
            dict(zip([*kept, *fresh], map(slice, [0, *ends], ends), strict=False)),
            Remainder(*map(np.concatenate, zip(old_columns, new_columns, strict=True))),
            np.concatenate([old_images, products[:n_new]]),
        )

    def _choose_likely(self, group: int, scores: Array) -> tuple[list[int], list[int]]:
        """Return which groups of the pool to keep, and which to add.

        Twice as many are added as were used since the last time.
        """
        width = min(self._count_groups(_POOL), scores.size)
        wanted = np.argpartition(-scores, width - 1)[:width]
        likely = wanted[np.argsort(-scores[wanted], kind="stable")].tolist()
        kept = [g for g in self._pool.place if g in likely and scores[g] >= 0]
        others = [g for g in likely if g not in self._pool.place and scores[g] > 0 and g != group]
        limit = max(self._count_groups(FEWEST_FRESH), 2 * self._hits)
        self._hits = 0
        return kept, [group, *others][: min(limit, self._count_groups(_MOST_FRESH))]

    def _count_groups(self, n_columns: int) -> int:
        """Return how many groups of average size have this many columns."""
        return max(1, int(n_columns / self._group_size))

    def _keep(self, groups: list[int]) -> tuple[Remainder, Array]:
        """Return columns and images of groups of the pool, projected off the latest vectors."""
        rows = self._pool.find_rows(groups)
        old = self._pool.columns
        since = old.coordinates.shape[1]
        columns = self.fit.qr.update(Remainder(old.rows[rows], old.coordinates[rows]))
        images = self._pool.images[rows] - columns.coordinates[:, since:] @ self._images
        return columns, images


def make_correlations(fit: GreedyFit) -> DirectCorrelations | LookaheadCorrelations:
    """Return the correlations that suit the operator's type.

    With explicit dense matrices, several products at once cost little more than one,
    unless groups are large.
    """
    operator: Operator = fit.view.operator
    if isinstance(operator, RotatedOperator):
        operator = operator.operator
    if isinstance(operator, CentredMatrix):
        operator = operator.matrix
    groups = fit.view.groups
    small = groups.indices.size <= groups.n_groups * max(_LARGEST_GROUP, len(fit.residual))
    if small and isinstance(operator, Matrix) and not operator.is_sparse:
        return LookaheadCorrelations(fit)
    return DirectCorrelations(fit)
