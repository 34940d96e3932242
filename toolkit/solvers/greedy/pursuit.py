"""The loop of greedy pursuits: choose a group, fit, and see whether that is enough.

Each pursuit has its own object that chooses the next group; that object also
lets the group into the fit, since what it knows of the others changes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Protocol

import numpy as np

from ...arrays import Array, IntArray
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..counting_solver import CountingSolver
from ..history import History
from ..least_squares.fitted_solution import make_fitted_solution
from ..least_squares.growing_fit import GreedyFit

_ROUNDING = 100.0  # a residual that is rounding, in units of the data's precision


class Choice(Protocol):
    """What chooses the next group."""

    @property
    def is_finite(self) -> bool:
        """Whether the operator has given numbers so far."""

    @property
    def sees_signal(self) -> bool:
        """Whether a residual no larger than the noise is known to hold more than noise."""

    def best(self) -> int | None:
        """Return the group to include next, or None if none would change the fit."""

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""


class Pursuit:
    """The state of one solve: the active groups, their fit, and the choice of the next.

    Parameters
    ----------
    stops : Stops
        When to stop.
    view : FeatureView
        Operator on features, right-hand sides, disjoint groups.
    known : ndarray of int
        Groups known to be active: they are fitted first.
    make_choice : callable
        Makes the `Choice` from the fit and the known groups.
    """

    def __init__(
        self,
        stops: CountingSolver,
        view: FeatureView,
        known: IntArray,
        make_choice: Callable[[GreedyFit, IntArray], Choice],
    ) -> None:
        self.began = perf_counter()
        self.stops, self.view = stops, view
        self.fit = GreedyFit(view)
        self.active = self._fitted(known)
        self.choice = make_choice(self.fit, known)
        self.history = History("group", "n_active", "residual_norm")
        self.iterations = 0

    def _fitted(self, known: IntArray) -> list[int]:
        """Fit unpenalised coefficients and known groups; return those that are not redundant."""
        groups = self.view.groups
        if groups.unpenalised.size:
            self.fit.include(groups.unpenalised)
        return [int(g) for g in known if self.fit.include(groups.members(int(g))).back.shape[1] > 0]

    def run(self) -> Solution:
        """Include groups until a stopping rule is met."""
        status = self._reached()
        while status is None:
            group = self.choice.best()
            if group is None:
                status = self._ended()
            elif self.choice.include(group):
                self._record(group)
                status = self._reached()
                if self._report() and status is None:
                    status = Status.STOPPED
        return make_fitted_solution(
            self.view,
            self.fit.coefficients(),
            status,
            self.iterations,
            self.began,
            self.history.as_arrays(),
        )

    def _reached(self) -> Status | None:
        """Return how the pursuit ends at the present fit, if it does."""
        level, n_groups = self.stops.noise_level, self.stops.n_groups
        if level is not None and self.fit.residual_norm <= level and not self.choice.sees_signal:
            return Status.CONVERGED
        if n_groups is not None and len(self.active) >= n_groups:
            return Status.CONVERGED
        return Status.SATURATED if self.fit.qr.size == self.fit.qr.n_rows else None

    def _ended(self) -> Status:
        """Return how the pursuit ends when no further group would change the fit."""
        if not self.choice.is_finite:
            return Status.DIVERGED
        level = self.stops.noise_level
        rounding = _ROUNDING * float(np.finfo(self.fit.residual.dtype).eps) * self.fit.data_norm
        if level is not None and self.fit.residual_norm > max(level, rounding):
            return Status.NOISE_LEVEL_NOT_REACHED
        return Status.CONVERGED

    def _record(self, group: int) -> None:
        self.active.append(group)
        self.iterations += 1
        n_active, norm = len(self.active), self.fit.residual_norm
        self.history.record(group=group, n_active=n_active, residual_norm=norm)

    def _report(self) -> bool:
        """Tell the callback; return whether it asks to stop."""
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
        progress = Progress(self.iterations, min(1.0, max(0.0, fraction)), now, n_active)
        return bool(self.stops.callback(progress))


_ROUNDING = 100.0


class OrderedChoice:
    """The next group is the one with the largest score that is left, of equals the first.

    Parameters
    ----------
    fit : GreedyFit
        The fit, to which groups are added through this object from now on.
    known : ndarray of int
        Groups that have been fitted before.
    scores : ndarray of float, shape (n_groups,)
        Groups whose score is not positive are never included.
    """

    sees_signal = False

    def __init__(self, fit: GreedyFit, known: IntArray, scores: Array) -> None:
        self.fit, self.is_finite = fit, bool(np.isfinite(scores).all())
        self._floor = _ROUNDING * float(np.finfo(fit.residual.dtype).eps) * fit.data_norm
        usable = scores > 0 if self.is_finite else np.zeros(scores.shape, dtype=bool)
        usable[known] = False
        places = np.flatnonzero(usable)
        order = places[falling_order(scores[places])]
        self._left: Iterator[int] = iter(order.tolist())

    def best(self) -> int | None:
        """Return the next group, if more than rounding is left to be explained."""
        return next(self._left, None) if self.fit.residual_norm > self._floor else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self.fit.qr.size
        self.fit.include(self.fit.view.groups.members(group))
        return self.fit.qr.size > before
