"""The base of MUSIC and rank-aware thresholding: groups are compared with the signal space once.

Groups are fitted in the order of that comparison. Known groups are fitted first; the others
are then compared with the signal space projected off the known columns, which augments it
by these.
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
from ...solution import Solution, Status
from ..counting_solver import check_stops, find_known_groups
from ..goal import estimate_rounding
from ..greedy.pursuit import GreedySolver, OrderedChoice
from ..least_squares.growing_fit import GreedyFit

_UNLIKELY = 3.0  # standard deviations


@dataclass(frozen=True)
class SubspaceSolver(GreedySolver):
    """Groups in the order of their scores against the signal space.

    Without `noise_level` and `n_groups` it stops at the known groups and as many as the rank,
    which is estimated from `noise_level` or the singular values of the data if not given.
    """

    rank: int | None = None

    def __post_init__(self) -> None:
        if self.noise_level is not None or self.n_groups is not None:
            check_stops(self.noise_level, self.n_groups)
        if self.rank is not None:
            check_count("rank", self.rank)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Fit the groups that score best."""
        if self.noise_level is None and self.n_groups is None:
            n_known = find_known_groups(problem, start).size
            view = self.view_problem(problem)
            space = SignalSpace.of(view, self.rank)
            if not space.rank:
                return replace(self, noise_level=0.0)._solve(problem, start)
            n_more = -(-space.rank // find_largest_size(view))
            n_groups = max(1, min(n_known + n_more, problem.groups.n_groups))
            counted = replace(self, n_groups=n_groups, rank=space.rank)
            solution = counted.solve(problem, start)
            if self.rank is None and not _explains(view, space, solution):
                return replace(solution, status=Status.RANK_UNCERTAIN)
            return solution
        return super()._solve(problem, start)

    def make_choice(self, fit: GreedyFit, known: IntArray) -> OrderedChoice:
        """Return the choice in the order of the scores."""
        most = None
        if self.n_groups is not None:
            most = (self.n_groups - known.size) * find_largest_size(fit.view)
        vectors = _project_signal(fit, self.rank, self.noise_level, most)
        scores = np.zeros(fit.view.groups.n_groups)
        if len(vectors):
            scores = self._score(fit, vectors)
        return OrderedChoice(fit, known, scores)

    @abstractmethod
    def _score(self, fit: GreedyFit, vectors: Array) -> Array:
        """Return each group's score against vectors, (k, n_rows), orthonormal and off the fit."""


def find_largest_size(view: FeatureView) -> int:
    """Return the number of features that the largest group has in each channel."""
    return int(view.groups.sizes.max(initial=1))


def _explains(view: FeatureView, space: SignalSpace, solution: Solution) -> bool:
    """Return whether a solution leaves no more than the noise, and less than half of the data.

    The noise is estimated beside the signal space, so that a rank that is too small, or smaller
    than the number of groups, leaves more than that.
    """
    left, n_rows = solution.residual_norm, view.data.shape[1]
    n_free = (n_rows - int(view.groups.sizes[solution.active_groups].sum())) * view.n_channels
    if left <= estimate_rounding(view.data) or n_free <= 0:
        return True
    n_noise = max(1, (n_rows - space.rank) * (view.n_channels - space.rank))
    chance = 1 + _UNLIKELY * np.sqrt(1 / (2 * n_free) + 1 / (2 * n_noise))
    most = chance * space.estimate_deviation(view.n_channels) * np.sqrt(n_free)
    return bool(left <= min(most, np.linalg.norm(view.data) / np.sqrt(2)))


def _project_signal(
    fit: GreedyFit, rank: int | None, noise_level: float | None, most: int | None
) -> Array:
    """Return at most `most` orthonormal rows that span the signal space projected off the fit."""
    space = SignalSpace.of(fit.view, rank, noise_level)
    signal = np.ascontiguousarray((space.basis * space.values[: space.rank]).T)
    if fit.qr.size:
        fit.qr.take_out(signal)
    _, values, vectors = np.linalg.svd(signal, full_matrices=False)
    n_left = int(np.count_nonzero(values > fit.rounding))
    left: Array = vectors[: n_left if most is None else min(n_left, max(0, most))]
    return left
