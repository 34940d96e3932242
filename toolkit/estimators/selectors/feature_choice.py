"""The choice of features: by number, by error, or by both.

Data of many columns are reduced first: fits do not depend on a rotation of the samples or
of the targets, so that no matrix of features by features is made unless there are more
samples than features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray
from ...convergence import without_warnings
from ...problem import Problem
from ...solvers import SubsetSearch
from ...solvers.subset.subset_fit import SubsetFit
from ...subsets.methods import MethodLike, as_method
from ...subsets.subset_errors import order_errors, svd_bound
from ...ties import falling_order

_DEPENDENT = 1e-10  # singular values below this part of the largest are rounding
_GROWTH = 1.5
CONSTANT = 1e-12  # a deviation or an error of this part of the data's size is rounding


@dataclass(frozen=True, eq=False)
class FeatureChoice:
    """Features to choose from, their targets, and the method of choice.

    `columns`, shape (n_samples, n_features), are centred and in double precision, constant
    features zero; `targets`, shape (n_samples, n_targets), are centred, or None for the columns
    themselves. With `polish`, features are exchanged afterwards while that lowers the error.
    """

    columns: Array
    targets: Array | None
    method: MethodLike
    polish: bool

    @cached_property
    def _factor(self) -> tuple[Array | None, Array]:
        """Q, where there are more samples than features, and R of a QR factorisation."""
        columns = self.columns
        if len(columns) > columns.shape[1]:
            rotation, triangle = scipy.linalg.qr(columns, mode="economic", check_finite=False)
            return rotation, triangle
        return None, scipy.linalg.qr(columns.T, mode="r", check_finite=False)[0][: len(columns)]

    @cached_property
    def problem(self) -> Problem:
        """Columns and targets with as few rows and channels as hold all of them."""
        rotation, triangle = self._factor
        if rotation is None:
            targets = triangle.T if self.targets is None else self.targets
            return Problem(self.columns, np.ascontiguousarray(targets))
        return Problem(triangle, triangle if self.targets is None else rotation.T @ self.targets)

    @cached_property
    def rank(self) -> int:
        """The number of independent features."""
        values = scipy.linalg.svdvals(self._factor[1], check_finite=False)
        return int(np.count_nonzero(values > _DEPENDENT * values.max(initial=0.0)))

    @property
    def explained(self) -> Array:
        """The targets, shape (n_samples, n_targets)."""
        return self.columns if self.targets is None else self.targets

    def select(self, rows: IntArray, *, standardize: bool) -> FeatureChoice:
        """Return the choice on some of the samples, whose features are centred again."""
        columns = self.columns[rows]
        columns = columns - columns.mean(axis=0)
        deviation = np.sqrt(np.mean(columns**2, axis=0))
        vanishing = deviation <= CONSTANT * np.abs(self.columns).max(axis=0)
        columns[:, vanishing] = 0
        if standardize:
            columns[:, ~vanishing] /= deviation[~vanishing]
        targets = None if self.targets is None else self.targets[rows]
        centred = None if targets is None else targets - targets.mean(axis=0)
        return replace(self, columns=columns, targets=centred)

    def compute_errors(self, order: IntArray) -> Array:
        """Return the root-mean-square errors of the first 0, 1, ... features of an order."""
        norms = order_errors(self.columns, self.explained, order)
        result: Array = norms / np.sqrt(self.explained.size)
        return result

    def choose(self, n: int) -> IntArray:
        """Return so many features, or as many as are independent; the most important first."""
        best, chosen = np.empty(0, dtype=np.intp), as_method(self.method)
        size = high = min(n, self.rank)
        while high > best.size:
            found = chosen.subsets(self.problem, [size]).get(size)
            if found is None:
                high = size - 1
            else:
                best = found
            size = (best.size + high + 1) // 2
        return self._polish(best) if self.polish and best.size else best

    def choose_within(self, tol: float, most: int) -> IntArray:
        """Return as few features as have at most that error, or `most` if none have."""
        bound = svd_bound(self.problem.data)
        level = tol * float(np.sqrt(self.explained.size))
        least = int(np.argmax(bound <= level)) if self.targets is None else 1
        low, high = max(1, min(least, most)) - 1, max(1, min(least, most))
        while (best := self.choose(high)).size == high < most:
            if self.compute_errors(best)[-1] <= tol:
                break
            low, high = high, min(most, int(high * _GROWTH) + 1)
        while high - low > 1:
            middle = (low + high) // 2
            order = self.choose(middle)
            if self.compute_errors(order)[-1] <= tol:
                best, high = order, middle
            else:
                low = middle
        return best

    def sort_others(self, order: IntArray) -> IntArray:
        """Return all other features, first the one that would lower the error most."""
        fit = SubsetFit(_columns_of(self.problem), self.problem.data)
        fit.choose(order.tolist())
        others = np.setdiff1d(np.arange(self.columns.shape[1]), order)
        result: IntArray = others[falling_order(fit.find_gains()[others], fit.rounding)]
        return result

    def _polish(self, order: IntArray) -> IntArray:
        start = np.zeros(self.problem.shape)
        start[order] = 1
        search = SubsetSearch(order.size, width=1, depth=0)
        with without_warnings():
            solution = search.solve(self.problem, start)
        return solution.history["group"].astype(np.intp)


def _columns_of(problem: Problem) -> Array:
    """Return the columns of a reduced problem."""
    joint: Any = problem.operator
    columns: Array = joint.operator.values
    return columns
