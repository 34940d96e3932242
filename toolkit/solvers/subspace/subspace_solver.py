"""What MUSIC and rank-aware thresholding have in common: one look at the signal space.

Groups are compared with the signal space of the data once, and fitted in that order.
Known groups are fitted first; the comparison is then with what is left of the signal
space, projected off their columns, so that it is augmented by them.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.signal_space import SignalSpace
from ...solution import Solution
from ..counting_solver import check_stops, find_known_groups
from ..greedy.greedy_solver import GreedySolver
from ..greedy.pursuit import OrderedChoice
from ..least_squares.growing_fit import GreedyFit

_ROUNDING = 100.0


@dataclass(frozen=True)
class SubspaceSolver(GreedySolver):
    """Groups in the order of their scores against the signal space.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active, known ones counted. Without
        either stop: the known ones and as many as the rank.
    callback : callable, optional
        Called with a `Progress` after each group; a true result stops.
    rank : int, optional
        The rank of what is not noise; estimated from `noise_level` or from
        the singular values of the data by default.

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """

    rank: int | None = None

    def __post_init__(self) -> None:
        if self.noise_level is not None or self.n_groups is not None:
            check_stops(self.noise_level, self.n_groups)
        if self.rank is not None:
            check_count("rank", self.rank)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Fit the groups that score best.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients whose non-zero groups are known to be active: they
            are fitted first.

        Returns
        -------
        Solution
            With ``alpha = 0`` and the objective ``1/2 ||A x - y||^2``. `history`
            holds, per group included: "group", "n_active", "residual_norm".

        Raises
        ------
        ValueError
            If groups overlap, fewer exist than `n_groups`, `rank` exceeds the
            numerical rank of the data, or `start` cannot be coefficients of
            the problem.
        """
        if self.noise_level is None and self.n_groups is None:
            n_known = find_known_groups(problem, start).size
            view = FeatureView.of(problem, rotate=True)
            rank = SignalSpace.of(view, self.rank).rank
            n_more = -(-rank // largest_size(view))
            n_groups = max(1, min(n_known + n_more, problem.groups.n_groups))
            return replace(self, n_groups=n_groups, rank=rank or None)._solve(problem, start)
        return super()._solve(problem, start)

    def _choice(self, fit: GreedyFit, known: IntArray) -> OrderedChoice:
        most = None
        if self.n_groups is not None:
            most = (self.n_groups - known.size) * largest_size(fit.view)
        vectors = _signal_left(fit, self.rank, self.noise_level, most)
        scores = np.zeros(fit.view.groups.n_groups)
        if len(vectors):
            scores = self._scores(fit, vectors)
        return OrderedChoice(fit, known, scores)

    @abstractmethod
    def _scores(self, fit: GreedyFit, vectors: Array) -> Array:
        """Return each group's score against orthonormal vectors, (k, n_rows), off the fit."""


def largest_size(view: FeatureView) -> int:
    """Return how many features the largest group has in each channel."""
    return int(view.groups.sizes.max(initial=1))


def _signal_left(
    fit: GreedyFit, rank: int | None, noise_level: float | None, most: int | None
) -> Array:
    """Return orthonormal rows that span the signal space projected off the fit, at most so many."""
    space = SignalSpace.of(fit.view, rank, noise_level)
    signal = np.ascontiguousarray((space.basis * space.values[: space.rank]).T)
    if fit.qr.size:
        fit.qr.take_out(signal)
    _, values, vectors = np.linalg.svd(signal, full_matrices=False)
    floor = _ROUNDING * float(np.finfo(values.dtype).eps) * fit.data_norm
    n_left = int(np.count_nonzero(values > floor))
    left: Array = vectors[: n_left if most is None else min(n_left, max(0, most))]
    return left
