"""The base of methods for a rank r below the number of rows s: part of the support, then MUSIC.

Another solver finds s - r rows. Their columns augment the signal space to dimension
s, and MUSIC finds the rest. The methods differ in how they find the first rows.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.signal_space import SignalSpace
from ...solution import Progress, Solution, Status
from ..counting_solver import CountingSolver, check_stops, find_known_groups
from ..greedy.smallest_count import find_smallest_count
from ..solver import Solver
from .music import MUSIC
from .subspace_solver import find_largest_size


@dataclass(frozen=True)
class AugmentedMUSIC(CountingSolver):
    """A partial support of s - r groups from a finder, and the rest from MUSIC.

    `rank` is estimated from `noise_level` or the singular values of the data if not given;
    ``finder(n_groups=n)`` makes the solver that finds the partial support.
    """

    rank: int | None = None
    finder: Callable[..., Solver] | None = None

    def __post_init__(self) -> None:
        check_stops(self.noise_level, self.n_groups)
        if self.rank is not None:
            check_count("rank", self.rank)
        if self.finder is not None and not callable(self.finder):
            raise ValueError(f"finder must make a solver of n_groups, got {self.finder!r}")

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Find part of the support, and the rest in the augmented signal space."""
        view = FeatureView.of(problem, rotate=True, rescale=True)
        rank = SignalSpace.of(view, self.rank, self.noise_level).rank
        level = self.noise_level
        if not rank or (level is not None and np.linalg.norm(view.data) <= level):
            return MUSIC(noise_level=level or 0.0, n_groups=1).solve(problem, start)
        search = _Search(self, view, start, rank)
        if level is None:
            assert self.n_groups is not None
            return search.solve_for(self.n_groups)
        most = self.n_groups or min(problem.groups.n_groups, view.data.shape[1])
        solution = find_smallest_count(search.solve_for, level, min(most, search.least), most)
        search.report(solution, 1.0)
        return solution

    @abstractmethod
    def make_finder(self, n_partial: int, n_groups: int, rank: int) -> Solver:
        """Return a solver that finds `n_partial` of `n_groups` groups."""


class _Search:
    """One problem, solved for one number of groups after another."""

    def __init__(
        self, config: AugmentedMUSIC, view: FeatureView, start: Array | None, rank: int
    ) -> None:
        self.config, self.view, self.start, self.rank = config, view, start, rank
        self.known = find_known_groups(view.problem, start)
        # The signal space alone determines this many groups.
        self.n_seen = rank // find_largest_size(view)
        self.n_done = 0

    @property
    def least(self) -> int:
        """The smallest number of groups to try."""
        return max(1, self.n_seen, self.known.size)

    def solve_for(self, n_groups: int) -> Solution:
        """Return the solution with a number of groups."""
        known, iterations, seconds = self.known, 0, 0.0
        if n_groups - self.n_seen > known.size:
            known, iterations, seconds = self._find_part(n_groups)
        solution = MUSIC(n_groups=n_groups, rank=self.rank).pursue(self.view, known)
        solution = solution.add_work(iterations, seconds)
        self.n_done += solution.iterations
        if self.report(solution, n_groups / self.view.groups.n_groups):
            return replace(solution, status=Status.STOPPED)
        return solution

    def _find_part(self, n_groups: int) -> tuple[IntArray, int, float]:
        """Return part of the groups, and the iterations and seconds that they took."""
        solver = self.config.make_finder(n_groups - self.n_seen, n_groups, self.rank)
        found = solver.solve(self.view.problem, self.start)
        return found.active_groups, found.iterations, found.seconds

    def report(self, solution: Solution, fraction: float) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.config.callback is None:
            return False
        n_active = solution.active_groups.size
        progress = Progress(self.n_done, min(1.0, fraction), solution.residual_norm, n_active)
        return bool(self.config.callback(progress))
