"""Greedy pursuits: choose a group, fit, and stop when that is enough.

Each pursuit has its own `Choice` of the next group, which also includes the group in the
fit, since what it knows of the other groups changes with every one that is included.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ...arrays import Array, IntArray
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..counting_solver import CountingSolver, find_known_groups
from ..history import History
from ..least_squares.growing_fit import GreedyFit, GrowingFit
from .correlations import FEWEST_FRESH


@dataclass(frozen=True)
class GreedySolver(CountingSolver):
    """A pursuit that includes one group after another and never removes one."""

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Include group after group until the noise level or the number of groups is reached."""
        return self.pursue(self.view_problem(problem), find_known_groups(problem, start))

    def pursue(self, view: FeatureView, known: IntArray) -> Solution:
        """Return the solution of a problem in a view, fitting the known groups first."""
        fit = GreedyFit(view)
        return Pursuit(self, fit, known, lambda: self.make_choice(fit, known)).run()

    def view_problem(self, problem: Problem) -> FeatureView:
        """Return the view of a problem that the pursuit works in."""
        return FeatureView.of(problem, rotate=True, rescale=True)

    @abstractmethod
    def make_choice(self, fit: GreedyFit, known: IntArray) -> Choice:
        """Return the choice of the groups after the known ones, which have been fitted."""

    @property
    def _n_vectors(self) -> int:
        return FEWEST_FRESH


class Choice(ABC):
    """The choice of the next group, through which all groups join the fit."""

    def __init__(self, fit: GrowingFit, known: IntArray) -> None:
        self.groups, self._rounding = fit.groups, fit.rounding
        self._eligible = np.ones(self.groups.n_groups, dtype=bool)
        self._eligible[known] = False

    @property
    @abstractmethod
    def is_finite(self) -> bool:
        """Whether all that the operator returned so far is finite."""

    @property
    def sees_signal(self) -> bool:
        """Whether a residual no larger than the noise is known to hold more than noise."""
        return False

    @abstractmethod
    def find_best(self) -> int | None:
        """Return the group to include next, or None if none would change the fit."""

    @abstractmethod
    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""

    def _fit_group(self, fit: GrowingFit, group: int) -> int:
        """Include a group in a fit; return the rank of the fit before."""
        before = fit.n_columns
        fit.include(self.groups.members(group))
        self._eligible[group] = False
        return before


class OrderedChoice(Choice):
    """The groups in the order of fixed positive scores, of equal ones the first."""

    def __init__(self, fit: GrowingFit, known: IntArray, scores: Array) -> None:
        super().__init__(fit, known)
        self.fit = fit
        self._is_finite = bool(np.isfinite(scores).all())
        usable = (scores > 0) & self._eligible & self._is_finite
        places = np.flatnonzero(usable)
        self._left: Iterator[int] = iter(places[falling_order(scores[places])].tolist())

    @property
    def is_finite(self) -> bool:
        """Whether all scores are finite."""
        return self._is_finite

    def find_best(self) -> int | None:
        """Return the next group, if the residual is more than rounding."""
        return next(self._left, None) if self.fit.residual_norm > self._rounding else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        return self._fit_group(self.fit, group) < self.fit.n_columns


class Pursuit:
    """One solve: the active groups, their fit, and the choice of the next.

    The choice is made when the known groups have been fitted.
    """

    def __init__(
        self,
        stops: CountingSolver,
        fit: GrowingFit,
        known: IntArray,
        make_choice: Callable[[], Choice],
    ) -> None:
        self.began = perf_counter()
        self.stops, self.fit = stops, fit
        self.active = self._fit_known(known)
        self.choice = make_choice()
        self.history = History("group", "n_active", "residual_norm")

    def run(self) -> Solution:
        """Include groups until a stopping rule is met."""
        status = self._find_end()
        while status is None:
            group = self.choice.find_best()
            if group is None:
                status = self._end_early()
            elif self.choice.include(group):
                self._record(group)
                status = self._find_end()
                if self._report() and status is None:
                    status = Status.STOPPED
        steps = len(self.history)
        return self.fit.make_solution(status, steps, self.began, self.history.as_arrays())

    def _fit_known(self, known: IntArray) -> list[int]:
        """Fit unpenalised coefficients and known groups; return those that are not redundant."""
        groups = self.fit.groups
        if groups.unpenalised.size:
            self.fit.include(groups.unpenalised)
        kept = []
        for group in known.tolist():
            before = self.fit.n_columns
            self.fit.include(groups.members(group))
            if self.fit.n_columns > before:
                kept.append(group)
        return kept

    def _find_end(self) -> Status | None:
        """Return how the pursuit ends at the present fit, if it does."""
        level, n_groups = self.stops.noise_level, self.stops.n_groups
        if level is not None and self.fit.residual_norm <= level and not self.choice.sees_signal:
            return Status.CONVERGED
        if n_groups is not None and len(self.active) >= n_groups:
            return Status.CONVERGED
        return Status.SATURATED if self.fit.is_full else None

    def _end_early(self) -> Status:
        """Return how the pursuit ends when no further group would change the fit."""
        if not self.choice.is_finite:
            return Status.DIVERGED
        level = self.stops.noise_level
        if level is not None and self.fit.residual_norm > max(level, self.fit.rounding):
            return Status.NOISE_LEVEL_NOT_REACHED
        return Status.CONVERGED

    def _record(self, group: int) -> None:
        self.active.append(group)
        n_active, norm = len(self.active), self.fit.residual_norm
        self.history.record(group=group, n_active=n_active, residual_norm=norm)

    def _report(self) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.stops.callback is None:
            return False
        now, n_active = self.fit.residual_norm, len(self.active)
        fraction = n_active / self.stops.n_groups if self.stops.n_groups else 0.0
        level = self.stops.noise_level
        if level is not None and now <= level:
            fraction = 1.0
        elif level:
            span = np.log(self.fit.data_norm / level)
            fraction = max(fraction, float(np.log(self.fit.data_norm / now) / span))
        progress = Progress(len(self.history), min(1.0, max(0.0, fraction)), now, n_active)
        return bool(self.stops.callback(progress))
