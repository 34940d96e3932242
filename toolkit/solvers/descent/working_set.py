"""The groups at work in block coordinate descent: coefficients, blocks, residual, gradient.

The Gram matrix of the working set is made when it is first needed, and later
extended by the groups that were added since. Memory: the square of the number of
working features, and their columns where these cannot be read in place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...arrays import Array, IntArray, inner, squared_magnitude
from ...penalties import Penalty
from ...penalties.block_forms import BlockForm
from ...reformulations.feature_view import FeatureView
from .block_steps import ScaledWorkspace, Workspace
from .columns import DenseColumns, SparseColumns, make_columns
from .staged_session import DEPTH, MOST_INNER_SWEEPS
from .sweeps import (
    Anderson,
    Rows,
    block_norms,
    extend_blocks,
    make_blocks,
    make_rows,
    penalty_value,
    sweep,
)

REFRESH = 50  # sweeps after which the residual is recomputed, for rounding adds up
# A multiply-add of the Gram matrix's product costs so many times less than one of a sweep.
_BLAS_ADVANTAGE = 50


class Optimality(NamedTuple):
    """How far each group, and the whole point, is from stationary.

    The whole counts unpenalised features, too: it is the norm of the smallest subgradient.
    """

    distances: Array
    total: float


class WorkingSet:
    """Groups of features in the order in which they were added, and the point they hold.

    All unpenalised features are its first group, so that each sweep fits them exactly.
    """

    _weights: Array | None = None  # of the data, in the Gram matrices of the blocks

    def __init__(self, view: FeatureView, penalty: Penalty, dtype: np.dtype[Any]) -> None:
        self.view, self.penalty, self.dtype = view, penalty, dtype
        n_channels, n_rows = view.data.shape
        self.groups = view.groups.over_channels((n_channels, view.groups.n_coefs), axis=0)
        self.columns = self._make_columns(n_rows)
        self.features: IntArray = np.empty(0, np.intp)
        self.x: Array = np.empty((n_channels, 0), dtype)
        self.norms: Array = np.empty(0)
        self.blocks = make_blocks(dtype)
        self._block_of: IntArray = np.empty(0, np.intp)
        self._gram: Array = np.empty((0, 0), dtype)
        self._n_gram, self._column_work, self._stale = 0, 0.0, 0
        self._residual: Array | None = self._find_residual(None)
        self.data_correlations = view.correlations(self.residual)
        self.correlations, self.fresh = self.data_correlations, True
        self.form = self._make_form()
        self.free = penalty.free_coefs(self.groups).reshape(n_channels, -1)
        # Groups of weight zero are fitted as a part of the first block, too.
        self._member = view.groups.norms(self.free[0]) > 0
        self._excluded = penalty.excluded_groups(self.groups)
        free = np.flatnonzero(self.free[0])
        if free.size:
            self._append(free, np.array([free.size]), np.array([view.groups.n_groups]), 0.0)
        largest = max(free.size, int(view.groups.sizes.max(initial=0)))
        self.work = self._make_workspace((n_channels, largest))

    def _make_workspace(self, shape: tuple[int, int]) -> Workspace | ScaledWorkspace:
        return Workspace(*(np.empty(shape, self.dtype) for _ in Workspace._fields))

    def _make_columns(self, n_rows: int) -> DenseColumns | SparseColumns:
        """Return an empty store for the columns at work."""
        return make_columns(self.view.operator, n_rows, self.dtype)

    @property
    def active(self) -> IntArray:
        """Places of the blocks that are not zero."""
        return np.flatnonzero(self.norms)

    def places(self, order: IntArray) -> IntArray:
        """Return the places of these blocks' features among the working ones."""
        chosen = np.zeros(self.norms.size, dtype=bool)
        chosen[order] = True
        return np.flatnonzero(chosen[self._block_of])

    def expand(self) -> Array:
        """Return the coefficients of all features, shape (channels, n_features)."""
        coef = np.zeros((len(self.x), self.view.groups.n_coefs), self.dtype)
        coef[:, self.features] = self.x
        return coef

    def set_strength(self, alpha: float) -> None:
        """Set the strength of the penalty."""
        if self.penalty.alpha != alpha:
            self.penalty = self.penalty.with_alpha(alpha)
            self.form = self._make_form()

    def _make_form(self) -> BlockForm:
        """Return the penalty as the kernels need it, with a block of unpenalised features."""
        form = self.penalty.block_form(self.groups)
        fields: dict[str, Any] = {
            name: np.concatenate([value, np.zeros_like(value[:1], shape=(1, *value.shape[1:]))])
            for name, value in zip(form._fields, form, strict=True)
            if isinstance(value, np.ndarray)
        }
        return form._replace(**fields)

    def take(self, coef: Array) -> None:
        """Go to given coefficients of all features."""
        norms = self.groups.norms(coef)
        self.add(np.flatnonzero((norms > 0) & ~self._member & ~self._excluded))
        self.go_to(coef[:, self.features])

    def go_to(self, x: Array) -> None:
        """Go to given coefficients of the working features."""
        self.x[...] = x
        block_norms(self.blocks, np.arange(self.norms.size), self.x, self.norms)
        self._residual, self.fresh = None, False

    def add_worst(self, distances: Array, most: int) -> None:
        """Add the groups outside that are furthest from optimal, `most` at most."""
        outside = np.where(self._member | self._excluded, 0.0, distances)
        candidates = np.flatnonzero(outside)
        if candidates.size > most:
            order = np.argpartition(-outside[candidates], most - 1)[:most]
            candidates = candidates[order]
        self.add(candidates)

    def add(self, numbers: IntArray) -> None:
        """Add groups with coefficients of zero."""
        if not numbers.size:
            return
        groups = self.view.groups
        chosen = np.zeros(groups.n_groups, dtype=bool)
        chosen[numbers] = self._member[numbers] = True
        members = groups.indices[np.repeat(chosen, groups.sizes)]
        places = np.flatnonzero(chosen)
        self._append(members, groups.sizes[places], places, self.penalty.ridge)

    def _append(self, members: IntArray, sizes: IntArray, numbers: IntArray, ridge: float) -> None:
        """Append blocks of features; `numbers` are their groups in the penalty."""
        self.features = np.concatenate([self.features, members])
        self.x = np.concatenate([self.x, np.zeros((len(self.x), members.size), self.dtype)], axis=1)
        blocks = np.repeat(self.norms.size + np.arange(sizes.size), sizes)
        self._block_of = np.concatenate([self._block_of, blocks])
        self.norms = np.concatenate([self.norms, np.zeros(numbers.size)])
        grams = self.columns.take(members, sizes, self._weights)
        ridges = np.full(numbers.size, ridge)
        self.blocks = extend_blocks(self.blocks, numbers, sizes, grams, ridges)

    @property
    def residual(self) -> Array:
        """``y - A x``, one row per channel, computed when it is needed.

        For other losses than the squared one, minus the gradient at the image.
        """
        if self._residual is None:
            self._residual = self._find_residual(self._combine())
            self._stale = 0
        return self._residual

    def _combine(self) -> Array:
        """Return the image of the point."""
        return self.columns.combine(self.x, self.places(self.active))

    def _find_residual(self, image: Array | None) -> Array:
        """Return minus the gradient of the loss at an image, None for zero."""
        data = self.view.data
        if image is None:
            return data.astype(self.dtype, order="C", copy=True)
        return np.subtract(data, image, order="C")

    def correlate(self) -> None:
        """Compute ``A^H (y - A x)`` for all features, unless it is known."""
        if not self.fresh:
            self.correlations = self.view.correlations(self.residual)
            self.fresh = True

    def correlate_own(self) -> Array:
        """Return ``A^H (y - A x)`` for the working features alone, by their Gram matrix."""
        n = self.features.size
        result: Array = self.data_correlations[:, self.features] - self.x @ self.gram()[:n, :n]
        return result

    def measure_optimality(self) -> Optimality:
        """Measure how far the point is from stationary, by the correlations at hand."""
        distances = self.penalty.group_distances(self.expand(), -self.correlations, self.groups)
        outside = squared_magnitude(self.correlations[:, self.view.groups.unpenalised]).sum()
        return Optimality(distances, float(np.sqrt(outside + np.sum(distances**2))))

    def predict_distances(self, correlations: Array) -> Array:
        """Return how far from optimal the groups would be at zero, with such correlations."""
        return self.penalty.zero_distances(correlations, self.groups)

    @property
    def misfit(self) -> float:
        """The norm of the residual; for other losses, the root of the deviance."""
        return float(np.linalg.norm(self.residual))

    def evaluate_loss(self) -> float:
        """Return the loss at the present point."""
        return float(squared_magnitude(self.residual).sum()) / 2

    def evaluate_penalty(self) -> float:
        """Return the penalty, and the ridge, at the present point."""
        return float(penalty_value(self.form, self.blocks, self.active, self.x))

    def evaluate_objective(self) -> float:
        """Return the objective at the present point."""
        return self.evaluate_loss() + self.evaluate_penalty()

    def gram(self) -> Array:
        """Return ``<a_i, a_j>`` for working features as entry (j, i) of an array in C order.

        The array may be larger than the number of features.
        """
        n, done = self.features.size, self._n_gram
        if done < n:
            if len(self._gram) < n:
                grown = np.empty((max(n, 3 * done // 2),) * 2, self.dtype)
                grown[:done, :done] = self._gram[:done, :done]
                self._gram = grown
            self._gram[done:n, :n] = self.columns.correlate(done)
            self._gram[:done, done:n] = self._gram[done:n, :done].conj().T
            self._n_gram = n
        return self._gram

    def gram_pays(self) -> bool:
        """Return whether sweeps over columns have cost as much as the Gram matrix would."""
        n = self.features.size
        if not self.columns.in_table:
            return True
        return 2 * n <= self.view.data.shape[1] and self._column_work >= n**2 / _BLAS_ADVANTAGE

    def count_work(self, n_features: int) -> None:
        """Count a sweep over columns of so many features."""
        self._column_work += n_features

    def refresh_residual(self) -> None:
        """Recompute the residual, if sweeps have updated it since it was computed."""
        if self._stale:
            self._residual = None

    @property
    def scales(self) -> Array:
        """What the Gram matrices are multiplied by in every channel."""
        return np.ones(len(self.x))

    def begin_sweeps(self) -> Sweeps:
        """Return sweeps from the present point."""
        return Sweeps(self)

    def keep(self, sweeps: Sweeps, done: int, *, drifts: bool) -> None:
        """Keep the residual after so many sweeps, if it is known and precise enough.

        `drifts` says that the sum of its updates is not.
        """
        self.fresh = False
        self._stale += done
        if sweeps.rows.are_gram or drifts or self._stale > REFRESH:
            self._residual = None


class Sweeps:
    """Sweeps over a working set that stays the same, with residuals or correlations as state."""

    rows: Rows
    state: Array
    targets: Array

    def __init__(self, working: WorkingSet) -> None:
        self.working = working
        self._begin()

    def _begin(self) -> None:
        """Choose the table and the state of the sweeps."""
        working = self.working
        if not working.gram_pays():
            self.rows = make_rows(working.columns.table, working.columns.places, are_gram=False)
            self.state = working.residual
            return
        n, features = working.features.size, working.features
        self.rows = make_rows(working.gram(), np.arange(n), are_gram=True)
        self.targets = working.data_correlations[:, features]
        fresh = working.fresh
        correlations = working.correlations
        self.state = correlations.take(features, axis=1) if fresh else working.correlate_own()

    def descend(self, target: float, most: int, *, share: float = 0.0) -> int:
        """Sweep over all groups, then over active ones until a sweep moves the gradient little.

        That is by at most `target`, or `share` of what the first sweep moved it by. Return the
        number of sweeps, `most` at most.
        """
        working = self.working
        everything, done = np.arange(working.norms.size), 1
        self.first = self.over(everything)
        if self.first > target and most > 1:
            target = max(target, share * self.first)
            active, extrapolation = working.active, Anderson(DEPTH)
            places = working.places(active)
            for _ in range(min(MOST_INNER_SWEEPS, most - 1)):
                done += 1
                if self.over(active) <= target:
                    break
                ahead = extrapolation.extrapolate(working.x[:, places], self.state)
                if ahead is not None:
                    self.try_point(active, places, *ahead)
        if working.free.any():
            self.over(everything[:1])
        return done

    def over(self, order: IntArray) -> float:
        """Sweep once over these groups; return by how much that moved the gradient."""
        working = self.working
        x, norms = working.x, working.norms
        moved = sweep(
            working.form, working.blocks, order, self.rows, self.state, x, norms, working.work
        )
        if not self.rows.are_gram:
            working.count_work(working.features.size * order.size // max(1, norms.size))
        return float(moved)

    def try_point(self, order: IntArray, places: IntArray, x: Array, state: Array) -> None:
        """Go to coefficients `x` of these groups, at `places`, if that lowers the objective."""
        working = self.working
        before, kept = self._evaluate(self.state, order), working.x[:, places]
        working.x[:, places] = x
        if self._evaluate(state, order) < before:
            self.state[...] = state
            block_norms(working.blocks, order, working.x, working.norms)
        else:
            working.x[:, places] = kept

    def _evaluate(self, state: Array, order: IntArray) -> float:
        """Return the objective, up to groups not in `order`, from residuals or correlations."""
        working = self.working
        if self.rows.are_gram:
            misfit = -inner(working.x, self.targets + state) / 2
        else:
            misfit = self._measure_misfit(state)
        # Also groups that the last sweep set to zero: a combination may bring them back.
        return misfit + float(penalty_value(working.form, working.blocks, order, working.x))

    def _measure_misfit(self, state: Array) -> float:
        """Return the least squares that a state of residuals belongs to."""
        return float(squared_magnitude(state).sum()) / 2
