"""A problem of few features with as few rows and channels as hold all that matters for them.

Rows beyond the span of the columns change every fit alike, and fits do not depend on a
rotation of the channels. So of M samples, N features and K targets are left at most
min(M, N) rows and as many channels; no square matrix of N or K is made unless M is larger.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import scipy.linalg

from ..arrays import Array, IntArray
from ..checks import check_count
from ..problem import Problem
from ..reformulations.channel_reduction import Channels
from ..reformulations.feature_view import FeatureView
from ..solution import Solution, without_warnings
from ..solvers.subset.subset_fit import SubsetFit, explicit_fit
from ._independent import Independent


class Reduced:
    """The reduced form of a problem whose groups are single features.

    Parameters
    ----------
    original : Problem
        Every group is one feature, in all channels.

    Attributes
    ----------
    columns : ndarray, shape (n_rows, n_groups)
        Of the groups, in double precision and units of their largest entry.
    data : ndarray, shape (n_rows, K)
        In units of its own.
    problem : Problem
        Of these two.

    Raises
    ------
    ValueError
        If groups overlap or hold several features.
    """

    def __init__(self, original: Problem) -> None:
        view = FeatureView.of(original)
        if view.groups.overlapping or view.groups.sizes.max(initial=0) > 1:
            raise ValueError("groups must be single features, shared by all channels, for subsets")
        columns, data = explicit_fit(view, view.groups.indices.astype(np.intp, copy=False))
        if len(columns) > columns.shape[1]:
            rotation, columns = scipy.linalg.qr(columns, mode="economic", check_finite=False)
            data = rotation.conj().T @ data
        if data.shape[1] > len(data):
            factor = scipy.linalg.qr(data.conj().T, mode="r", check_finite=False)[0]
            data = factor[: len(data)].conj().T
        self.columns, self.data = columns, np.ascontiguousarray(data)
        self.problem = Problem(columns, self.data)

    @cached_property
    def rank(self) -> int:
        """The numerical rank of the data."""
        return Channels(self.problem).rank

    def solve(self, solver: object) -> Solution:
        """Solve the reduced problem; how that ended is in the status, not in a warning."""
        with without_warnings():
            solution: Solution = solver.solve(self.problem)  # type: ignore[attr-defined]
        return solution

    def forward(self, known: IntArray, n: int) -> IntArray:
        """Return known groups, then forward selection until there are `n` or no more independent.

        Parameters
        ----------
        known : ndarray of int
            Independent groups, at most `n`.
        n : int
            How many in all.

        Returns
        -------
        ndarray of int
            The known ones first.
        """
        if known.size >= n:
            return known
        fit = SubsetFit(self.columns, self.data)
        fit.choose(known.tolist())
        while len(fit.chosen) < n and fit.grow():
            pass
        return np.asarray(fit.chosen, dtype=np.intp)

    def independent(self, order: IntArray) -> IntArray:
        """Return an order without the groups that depend on ones before them."""
        found = Independent(self.columns[:, order], float(np.finfo(float).eps) ** 0.7)
        for n in range(order.size):
            if found.usable()[n]:
                found.include(n)
        kept: IntArray = order[found.order()]
        return kept

    def ordered(self, members: IntArray) -> IntArray:
        """Return independent ones of some groups, by forward selection among them."""
        fit = SubsetFit(self.columns[:, np.unique(members)], self.data)
        while fit.grow():
            pass
        chosen: IntArray = np.unique(members)[np.asarray(fit.chosen, dtype=np.intp)]
        return chosen


def checked_sizes(problem: Problem, sizes: Iterable[int]) -> list[int]:
    """Return numbers of features in increasing order.

    Parameters
    ----------
    problem : Problem
        Of whose groups so many are to be chosen.
    sizes : iterable of int
        From 1 on.

    Returns
    -------
    list of int
        Each once; those beyond the number of groups are left out.

    Raises
    ------
    ValueError
        If one is not a positive integer.
    """
    asked = list(sizes)
    for size in asked:
        check_count("sizes", size)
    return sorted({int(size) for size in asked if size <= problem.groups.n_groups})


def prefixes(order: Array, sizes: list[int]) -> dict[int, IntArray]:
    """Return the first so many of an order, for every number that it reaches."""
    return {size: order[:size] for size in sizes if size <= order.size}
