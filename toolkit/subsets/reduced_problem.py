"""Problems of choosing columns, with as few rows and channels as determine the answer.

Rows beyond the span of the columns change every fit alike, and fits do not depend on a
rotation of the channels. So of M samples, N features and K targets at most
min(M, N) rows and as many channels remain; no square matrix of N or K is made unless M is larger.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import IntArray
from ..checks import check_count
from ..convergence import without_warnings
from ..problem import Problem
from ..reformulations.channel_reduction import Channels
from ..reformulations.channel_rotation import reduce_to_extent
from ..reformulations.feature_view import FeatureView
from ..solution import Solution
from ..solvers.solver import Solver
from ..solvers.subset.subset_fit import SubsetFit, extract_columns_and_data
from .independent_columns import IndependentColumns
from .subset_errors import check_columns_and_data


def make_column_problem(X: ArrayLike, Y: ArrayLike | None = None) -> Problem:
    """Return the problem of choosing columns of a matrix, with no more channels than rows.

    With the matrix itself as target and many more columns than rows, the coefficients are
    (n_columns, n_rows) instead of square.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        The columns to choose among.
    Y : array_like, shape (n_rows, n_targets), optional
        The targets to be fitted; X itself by default.

    Returns
    -------
    Problem
        Residual norms of its fits are those of fits to Y.

    Raises
    ------
    ValueError
        If these are not matrices of finite numbers with the same rows.

    Examples
    --------
    >>> make_column_problem(np.ones((3, 100))).shape
    (100, 3)
    """
    columns, data = check_columns_and_data(X, X if Y is None else Y)
    return Problem(columns, np.ascontiguousarray(reduce_to_extent(data.T).T))


class ReducedProblem:
    """The reduced form of a problem whose groups are single features.

    `columns`, shape (n_rows, n_groups), and `data`, shape (n_rows, K), are in double precision
    and each in units of its largest entry; `problem` is that of these two.
    """

    def __init__(self, original: Problem) -> None:
        view = FeatureView.of(original, rescale=True)
        if view.groups.overlapping or view.groups.sizes.max(initial=0) > 1:
            raise ValueError("groups must be single features, shared by all channels, for subsets")
        columns, data = extract_columns_and_data(
            view, view.groups.indices.astype(np.intp, copy=False)
        )
        if len(columns) > columns.shape[1]:
            rotation, columns = scipy.linalg.qr(columns, mode="economic", check_finite=False)
            data = rotation.conj().T @ data
        self.columns, self.data = columns, np.ascontiguousarray(reduce_to_extent(data.T).T)
        self.problem = Problem(columns, self.data)

    @cached_property
    def rank(self) -> int:
        """The numerical rank of the data."""
        return Channels(self.problem).rank

    def solve(self, solver: Solver) -> Solution:
        """Solve the reduced problem; how that ended is in the status, not in a warning."""
        with without_warnings():
            return solver.solve(self.problem)

    def select_forward(self, known: IntArray, n: int) -> IntArray:
        """Return known independent groups, then forward selection until there are `n` or no more.

        The known ones come first; if there are `n` or more of them they are returned as they are.
        """
        if known.size >= n:
            return known
        fit = SubsetFit(self.columns, self.data)
        fit.choose(known.tolist())
        while len(fit.chosen) < n and fit.grow():
            pass
        return np.asarray(fit.chosen, dtype=np.intp)

    def drop_dependent(self, order: IntArray) -> IntArray:
        """Return an order without the groups that depend on ones before them."""
        found = IndependentColumns(self.columns[:, order], float(np.finfo(float).eps) ** 0.7)
        for n in range(order.size):
            if found.find_usable()[n]:
                found.include(n)
        kept: IntArray = order[found.order]
        return kept

    def sort_members(self, members: IntArray) -> IntArray:
        """Return independent ones of some groups, by forward selection among them."""
        fit = SubsetFit(self.columns[:, np.unique(members)], self.data)
        while fit.grow():
            pass
        chosen: IntArray = np.unique(members)[np.asarray(fit.chosen, dtype=np.intp)]
        return chosen


def check_sizes(problem: Problem, sizes: Iterable[int]) -> list[int]:
    """Return numbers of features in increasing order, up to the number of groups, each once."""
    asked = list(sizes)
    for size in asked:
        check_count("sizes", size)
    return sorted({int(size) for size in asked if size <= problem.groups.n_groups})
