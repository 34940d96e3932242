"""Descent of the orthogonally weighted problem by sweeps over its groups.

A step minimises the model of the penalty (equation (10) of Petrosyan, Pieper and
Tran, 2023) plus the data term as it is, instead of its bound by one step size, by
sweeps over a working set: ill-conditioning of the operator and of the metric does
not slow it down. The step is shortened until the objective falls by a
part of what the model predicts. Some of the steps scan all groups.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, squared_magnitude
from ...groups import Groups
from ...reformulations.feature_view import FeatureView
from .descent import Descent, Point, Setting
from .kernels import WorkingColumns, make_point, minimise_model

_SCAN_EVERY = 5
_SWEEPS = 3
_MOST_NEW = 64
_ARMIJO = 1e-3
_ROUNDING = 4  # of the objective, in units of its precision
_MOST_HALVINGS = 30
_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-6, 1e6


class BlockDescent(Descent):
    """The descent by sweeps over columns, which changes the coefficients given in place."""

    def __init__(self, view: FeatureView, rows: Array) -> None:
        self.view, self.groups = view, view.groups
        self._everywhere = rows
        self._damping = _DAMPING
        self._age = 0
        self._setting = Setting(1.0, 1.0)
        self._select(self._mark_active(rows))

    @property
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""
        self._everywhere[:, self._features] = self._point.rows.T
        return self._everywhere

    def begin(self, setting: Setting) -> None:
        """Set the strength and relaxation of the next steps."""
        self._setting = setting
        self._age = 0
        self._point = self._make_point(self._point.rows, self._point.residual)

    def step(self, tol: float) -> bool:
        """Do one step; see `Descent.step`."""
        scanned = self._age % _SCAN_EVERY == 0
        if scanned:
            self._scan()
        self._age += 1
        settled = self._descend() <= tol * self._point.objective
        if settled and not scanned:
            self._age = 0
        return settled and scanned

    def _mark_active(self, rows: Array) -> Array:
        """Return which groups are not zero."""
        if not rows.any():
            return np.zeros(self.groups.n_groups, dtype=bool)
        active: Array = self.groups.norms(np.abs(rows).max(axis=0)) > 0
        return active

    def _scan(self) -> None:
        """Work on the active groups and those zero ones that would gain most."""
        active = self._mark_active(self.rows)
        correlations = self._point.metric.times(self.view.correlations(self.residual), 0.5)
        gains = self.groups.joint_norms(correlations) / self._setting.alpha
        gains[active] = 0
        wanted = np.flatnonzero(gains > 1)
        limit = max(_MOST_NEW, int(np.count_nonzero(active)))
        if wanted.size > limit:
            wanted = wanted[np.argpartition(-gains[wanted], limit)[:limit]]
        active[wanted] = True
        self._select(active)

    def _select(self, chosen: Array) -> None:
        """Gather the columns of some groups, and recompute the residual."""
        rows, groups = self._everywhere, self.groups
        self._features = groups.indices[np.repeat(chosen, groups.sizes)]
        indptr = np.concatenate([[0], np.cumsum(groups.sizes[chosen])])
        columns = self.view.operator.columns(self._features)
        columns = np.ascontiguousarray(columns, dtype=rows.dtype)
        lengths = squared_magnitude(columns).sum(axis=1)
        local = Groups(indptr, np.arange(lengths.size), lengths.size)
        self._working = WorkingColumns(columns, indptr, local.sums(lengths))
        chosen_rows = np.ascontiguousarray(rows[:, self._features].T)
        self._point = self._make_point(chosen_rows, self.view.data - chosen_rows.T @ columns)

    def _make_point(self, rows: Array, residual: Array) -> Point:
        return make_point(rows, residual, self._working.indptr, self._setting)

    def _descend(self) -> float:
        """Take one step; return the decrease that was predicted."""
        before = self._point
        rows, residual, predicted = minimise_model(
            self._working, before, self._setting, self._damping, _SWEEPS
        )
        trial, step = self._make_point(rows, residual), 1.0
        rounding = _ROUNDING * float(np.finfo(rows.dtype).eps) * before.objective
        for _ in range(_MOST_HALVINGS):
            wanted = before.objective - _ARMIJO * step * predicted + rounding
            if np.isfinite(trial.objective) and trial.objective <= wanted:
                self._point = trial
                self._damping = max(self._damping * (0.7 if step == 1 else 2), _LEAST_DAMPING)
                return float(predicted)
            step /= 2
            trial = self._make_point(*before.move_towards(rows, residual, step))
        if self._damping >= _MOST_DAMPING:
            return 0.0  # no step lowers the objective by more than rounding
        self._damping *= 8
        return float(predicted)
