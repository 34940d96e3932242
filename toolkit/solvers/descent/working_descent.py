"""Descent on a working set of groups: sweeps, extrapolation, and the gradient outside it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...arrays import Array, IntArray, inner, scalar_like, squared_magnitude
from ...penalties import Penalty
from ...penalties.block_forms import LinearSlope, TwoThresholds
from ...reformulations.feature_view import FeatureView
from .anderson import Anderson
from .block_kernels import block_norms, penalty_value, sweep
from .block_steps import Workspace
from .newton_step import newton_step, without_turned
from .working_set import WorkingSet

_DEPTH = 5
_ACTIVE_SWEEPS = 100  # without a look at the full gradient
_REFRESH = 50
_LENGTHS = 0.3 ** np.arange(8)
# A multiply-add of the Gram matrix's product costs so many times less than one of a sweep.
_BLAS_ADVANTAGE = 50


class Optimality(NamedTuple):
    """How far a point is from stationary.

    Attributes
    ----------
    distances : ndarray of float, shape (n_groups,)
        Of each group's negative gradient from the subdifferential.
    total : float
        The norm of the smallest subgradient, unpenalised features included.
    """

    distances: Array
    total: float


class WorkingDescent:
    """Coefficients on a working set, their residual, and the gradient of all features.

    Parameters
    ----------
    view : FeatureView
        Operator, groups of features, data.
    penalty : Penalty
        The penalty; its strength is given anew for every descent.
    dtype : dtype
        That of the coefficients.
    """

    def __init__(self, view: FeatureView, penalty: Penalty, dtype: Any) -> None:
        self.view, self.penalty = view, penalty
        n_channels = len(view.data)
        self.groups = view.groups.over_channels((n_channels, view.groups.n_coefs), axis=0)
        self.working = WorkingSet(view, dtype)
        self._residual: Array | None = view.data.astype(dtype, copy=True)
        self.data_correlations = view.correlations(self.residual)
        self.correlations = self.data_correlations
        self.fresh = True
        self.free = penalty.free_coefs(self.groups).reshape(n_channels, -1)
        # Groups of weight zero are fitted as a part of the first block, too.
        self._member = view.groups.norms(self.free[0]) > 0
        self._excluded = penalty.excluded_groups(self.groups)
        self._begin_with_free()
        self._column_work, self._stale = 0.0, 0
        self._form: Any = None

    def _begin_with_free(self) -> None:
        """Make all unpenalised features the first block, so that each sweep fits them exactly."""
        groups = self.view.groups
        features = np.flatnonzero(self.free[0])
        if features.size:
            number = np.array([groups.n_groups])
            self.working.add(features, np.array([features.size]), number, 0.0)
        largest = max(features.size, int(groups.sizes.max(initial=0)))
        shape, dtype = (len(self.view.data), largest), self.working.dtype
        self._work = Workspace(
            np.empty(shape, dtype), np.empty(shape, dtype), np.empty(shape, dtype)
        )

    @property
    def residual(self) -> Array:
        """``y - A x``, one row per channel, computed when it is asked for."""
        if self._residual is None:
            self._residual = self.view.data - self.working.image()
            self._stale = 0
        return self._residual

    def at(self, alpha: float) -> Any:
        """Return what the kernels need to know of the penalty at a strength."""
        if self._form is None or self.penalty.alpha != alpha:
            self.penalty = self.penalty.with_alpha(alpha)
            form: Any = self.penalty.block_form(self.groups)
            fields = {
                name: np.append(value, 0.0)  # the block of unpenalised features
                for name, value in zip(form._fields, form, strict=True)
                if isinstance(value, np.ndarray)
            }
            self._form = form._replace(**fields)
        return self._form

    def take(self, features: Array) -> None:
        """Go to given coefficients of shape (channels, n_features)."""
        norms = self.groups.norms(features)
        self.add(np.flatnonzero((norms > 0) & ~self._member & ~self._excluded))
        self.go_to(features[:, self.working.features])

    def go_to(self, x: Array) -> None:
        """Go to given coefficients of the working features."""
        working = self.working
        working.x[...] = x
        block_norms(working.blocks, np.arange(working.norms.size), working.x, working.norms)
        self._residual, self.fresh = None, False

    def add(self, numbers: IntArray) -> None:
        """Take groups into the working set."""
        if not numbers.size:
            return
        groups = self.view.groups
        chosen = np.zeros(groups.n_groups, dtype=bool)
        chosen[numbers] = self._member[numbers] = True
        members = groups.indices[np.repeat(chosen, groups.sizes)]
        places = np.flatnonzero(chosen)
        self.working.add(members, groups.sizes[places], places, self.penalty.ridge)

    def add_worst(self, distances: Array, most: int) -> None:
        """Take in the groups outside that are furthest from optimal, at most so many."""
        outside = np.where(self._member | self._excluded, 0.0, distances)
        candidates = np.flatnonzero(outside)
        if candidates.size > most:
            order = np.argpartition(-outside[candidates], most - 1)[:most]
            candidates = candidates[order]
        self.add(candidates)

    def correlate(self) -> None:
        """Compute the gradient of all features, unless it is known."""
        if not self.fresh:
            self.correlations = self.view.correlations(self.residual)
            self.fresh = True

    def expected(self, alpha: float, correlations: Array) -> Array:
        """Return how far from optimal the groups would be at zero, with such correlations."""
        self.at(alpha)
        return self.penalty.zero_distances(correlations, self.groups)

    def optimality(self, alpha: float) -> Optimality:
        """Measure how far the point is from stationary, by the correlations at hand."""
        self.at(alpha)
        x, gradient = self.working.full(), -self.correlations
        distances = self.penalty.group_distances(x, gradient, self.groups)
        outside = squared_magnitude(self.correlations[:, self.view.groups.unpenalised]).sum()
        return Optimality(distances, float(np.sqrt(outside + np.sum(distances**2))))

    def objective(self, form: Any) -> float:
        """Return the objective at the present point."""
        return float(squared_magnitude(self.residual).sum()) / 2 + self._penalty_value(form)

    def _penalty_value(self, form: Any) -> float:
        working = self.working
        return float(penalty_value(form, working.blocks, working.active, working.x))

    def fit_free(self) -> None:
        """Fit the unpenalised features alone."""
        if self.free.any():
            self.descend(self.at(1.0), 0.0, 1)
            self.correlate()

    def descend(self, form: Any, target: float, most: int) -> int:
        """Sweep over all groups once, then over active ones until little moves.

        Parameters
        ----------
        form : NamedTuple
            The penalty, from `at`.
        target : float
            By how much a sweep may still move the gradient at the end.
        most : int
            The largest number of sweeps.

        Returns
        -------
        int
            Sweeps done.
        """
        run = _Sweeps(self, form)
        everything = np.arange(self.working.norms.size)
        done = 1
        if run.over(everything) > target and most > 1:
            done += run.until(self.working.active, target, min(_ACTIVE_SWEEPS, most - 1))
        if self.free.any():
            run.over(everything[:1])
        self._leave(run, done)
        return done

    def polish(self, form: Any) -> None:
        """Take Newton's step on the active groups, as far as it lowers the objective.

        Only for convex penalties; an l1 norm with complex coefficients is no such sum of
        smooth parts. Nothing happens for others.
        """
        working = self.working
        entries = isinstance(form, TwoThresholds)
        if entries and working.dtype.kind == "c":
            return
        if not entries and not (isinstance(form, LinearSlope) and form.fall == 0):
            return
        known = self.correlations[:, working.features]
        of_entries = form.of_entries if entries else None
        step = newton_step(working, form.strengths, of_entries, known)
        if step is None:
            return
        # Near the solution the objective no longer tells: the gradient still does.
        limit = self.objective(form) * (1 + 4 * float(np.finfo(working.dtype).eps))
        start = working.x.copy()
        for length in _LENGTHS:
            ahead = start + scalar_like(length, step) * step
            self.go_to(without_turned(working, start, ahead, entries=entries))
            if self.objective(form) <= limit:
                return
        self.go_to(start)

    def _leave(self, run: _Sweeps, done: int) -> None:
        """Keep the residual that belongs to the new coefficients."""
        self.fresh = False
        self._stale += done
        single = np.finfo(self.working.dtype).eps > 1e-10
        if run.is_gram or single or self._stale > _REFRESH:
            self._residual = None

    def gram_pays(self) -> bool:
        """Return whether sweeps over columns have cost as much as the Gram matrix would."""
        n = self.working.features.size
        if not self.working.columns.in_table:
            return True
        return 2 * n <= self.view.data.shape[1] and self._column_work >= n**2 / _BLAS_ADVANTAGE

    def count(self, n_features: int) -> None:
        """Note the cost of a sweep over columns."""
        self._column_work += n_features


class _Sweeps:
    """Sweeps over a working set whose groups stay the same, in one form of the state."""

    def __init__(self, descent: WorkingDescent, form: Any) -> None:
        self.descent, self.form = descent, form
        self.working = working = descent.working
        self.is_gram = descent.gram_pays()
        if self.is_gram:
            self.table = working.gram()
            self.places = np.arange(working.features.size)
            self.targets = descent.data_correlations[:, working.features]
            if descent.fresh:
                self.state = descent.correlations[:, working.features]
            else:
                n = working.features.size
                self.state = self.targets - working.x @ self.table[:n, :n]
        else:
            self.table, self.state = working.columns.table, descent.residual
            self.places = working.columns.places
        self.anderson = Anderson(_DEPTH)

    def over(self, order: IntArray) -> float:
        """Sweep once over these groups."""
        working = self.working
        moved = sweep(
            self.form,
            working.blocks,
            order,
            self.table,
            self.places,
            self.is_gram,
            self.state,
            working.x,
            working.norms,
            self.descent._work,
        )
        if not self.is_gram:
            self.descent.count(working.features.size * order.size // max(1, working.norms.size))
        return float(moved)

    def until(self, order: IntArray, target: float, most: int) -> int:
        """Sweep over these groups until little moves, with extrapolation."""
        places = self.working.places(order)
        self.anderson.forget()
        for done in range(1, most + 1):
            if self.over(order) <= target:
                return done
            self._extrapolate(order, places)
        return most

    def _extrapolate(self, order: IntArray, places: IntArray) -> None:
        """Go to the combination of the last iterates, if that lowers the objective."""
        working = self.working
        combined = self.anderson.extrapolated(working.x[:, places], self.state)
        if combined is None:
            return
        before, kept = self._objective(self.state, order), working.x[:, places]
        working.x[:, places] = combined[0]
        if self._objective(combined[1], order) < before:
            self.state[...] = combined[1]
            block_norms(working.blocks, order, working.x, working.norms)
        else:
            working.x[:, places] = kept

    def _objective(self, state: Array, order: IntArray) -> float:
        """Return the objective, up to groups not in `order`, from residuals or correlations."""
        working = self.working
        if self.is_gram:
            misfit = -inner(working.x, self.targets + state) / 2
        else:
            misfit = float(squared_magnitude(state).sum()) / 2
        # Also groups that the last sweep set to zero: a combination may bring them back.
        return misfit + float(penalty_value(self.form, working.blocks, order, working.x))
