"""What greedy pursuits have in common: when they stop, and what they ask of a problem."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from ...arrays import Array, IntArray
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Solution
from ..counting_solver import CountingSolver, find_known_groups
from ..least_squares.growing_fit import GreedyFit
from .correlations import FEWEST_FRESH
from .pursuit import Choice, Pursuit


@dataclass(frozen=True)
class GreedySolver(CountingSolver):
    """A pursuit that includes one group after another and never lets one go.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.
    """

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Include group after group until the noise level or the number of groups is reached.

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
            holds, per step: "group", "n_active", "residual_norm".

        Raises
        ------
        ValueError
            If groups overlap, fewer exist than `n_groups`, or `start` cannot
            be coefficients of the problem.
        """
        known = find_known_groups(problem, start)
        return Pursuit(self, self._view(problem), known, self._choice).run()

    @property
    def _n_vectors(self) -> int:
        return FEWEST_FRESH

    def _view(self, problem: Problem) -> FeatureView:
        """Return how the pursuit sees the problem."""
        return FeatureView.of(problem, rotate=True)

    @abstractmethod
    def _choice(self, fit: GreedyFit, known: IntArray) -> Choice:
        """Return what chooses the groups after the known ones."""
