"""The working set for a loss that is not squared, and weighted least squares on it.

At an image ``u = A x``, the loss is replaced by its quadratic model, with gradient ``g`` and
Hessian ``H``: ``<g, A d> + 1/2 <A d, H A d>`` for a step ``d``. The residual of sweeps is
``-(g + H A d)``. Gram matrices of blocks are weighted by a diagonal that is not below ``H``, the
same for all channels: steps of blocks are as in weighted least squares, and lower the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....arrays import Array, inner, real_dtype, scalar_like
from ....losses.hessian_forms import DiagonalHessian, HessianForm
from ....penalties import Penalty
from ....reformulations.feature_view import FeatureView
from ..columns import DenseColumns, SparseColumns
from ..sweeps import add_columns, make_rows, replace_grams
from ..working_set import REFRESH, Sweeps, WorkingSet

_LEAST_CURVATURE = 1e-4  # of the mean, for the models of data that are fitted perfectly
_MATERIAL = 0.2  # part of the curvature that changes before the blocks are made again
_DECREASE = 1e-3  # part of the decrease along the tangent that a step must reach
_HALVINGS = 30
_ROUNDING = 8.0


class WeightedSet(WorkingSet):
    """A working set that holds the image of its point, as the loss is no function of less."""

    def __init__(self, view: FeatureView, penalty: Penalty, dtype: np.dtype[Any]) -> None:
        self.view, self.dtype, self.term = view, dtype, view.problem.term
        # Whether a row of the view is a channel of the data.
        self._is_split = view.data.shape[1] == len(view.problem.data)
        self._image: Array | None = np.zeros(view.data.shape, dtype)
        self._curvature: Array | None = None
        self._weights: Array = self.find_weights()
        super().__init__(view, penalty, dtype)

    def _make_columns(self, n_rows: int) -> DenseColumns | SparseColumns:
        """Return an empty store for the columns at work: dense, where data are coupled."""
        if self._find_form() is None:
            return super()._make_columns(n_rows)
        return DenseColumns(self.view.operator, n_rows, self.dtype)

    @property
    def image(self) -> Array:
        """``A x``, one row per channel, computed when it is needed."""
        if self._image is None:
            self._image = self._combine()
        return self._image

    @property
    def residual(self) -> Array:
        """Minus the gradient of the loss at the image."""
        if self._residual is None:
            self._residual = self._find_residual(self.image)
        return self._residual

    def _combine(self) -> Array:
        """Return the image of the point, without a copy of columns."""
        places = self.places(self.active)
        if not self.columns.in_table:
            return self.columns.combine(self.x, places)
        image = np.zeros(self.view.data.shape, self.dtype)
        add_columns(self.columns.table, self.columns.places[places], self.x[:, places], image)
        return image

    def _find_residual(self, image: Array | None) -> Array:
        """Return minus the gradient of the loss at an image, None for zero; keep the curvature."""
        rows = np.zeros(self.view.data.shape, self.dtype) if image is None else image
        gradient, curvature = self.term.derivatives(self.view.in_data_shape(rows))
        self._curvature = self.view.in_rows(curvature)
        return -self.view.in_rows(gradient).astype(self.dtype, copy=False)

    @property
    def curvature(self) -> Array:
        """The curvature of the loss at the image, one row per channel."""
        if self._curvature is None:
            self._residual = self._find_residual(self.image)
        assert self._curvature is not None
        return self._curvature

    def find_weights(self) -> Array:
        """Return the largest curvature of the channels, shape (n_rows,), none of it zero."""
        return self._raise(self.curvature.max(axis=0))

    def _raise(self, curvature: Array) -> Array:
        """Return curvature with the smallest values raised, in the precision of the problem."""
        least = _LEAST_CURVATURE * float(curvature.mean()) or 1.0
        weights: Array = np.maximum(curvature, least).astype(real_dtype(self.dtype), copy=False)
        return weights

    def make_hessian(self) -> HessianForm:
        """Return the Hessian of the loss at the image, none of it zero where it is diagonal."""
        form = self._find_form()
        if form is not None:
            return form
        return DiagonalHessian(self._raise(self.curvature))

    def _find_form(self) -> HessianForm | None:
        """Return the Hessian of the loss at the image, None if it is diagonal."""
        if not self._is_split:
            return None
        return self.term.hessian_form(self.view.in_data_shape(self.image))

    def go_to(self, x: Array) -> None:
        """Go to given coefficients of the working features."""
        super().go_to(x)
        self._image = self._curvature = None

    def go_on(self, x: Array, image: Array) -> None:
        """Go to given coefficients, whose image is known."""
        self.go_to(x)
        self._image = image

    def refresh_residual(self) -> None:
        """Keep the image: `count_sweeps` sees to its precision."""

    @property
    def misfit(self) -> float:
        """The root of the deviance."""
        return float(np.sqrt(self.term.deviance(self.view.in_data_shape(self.image))))

    def evaluate_loss(self) -> float:
        """Return the loss at the present point."""
        return float(self.term.value(self.view.in_data_shape(self.image)))

    def weigh_blocks(self, weights: Array) -> None:
        """Make the Gram matrices of the blocks again, if these weights differ materially."""
        changed = float(np.abs(weights - self._weights).sum())
        if changed <= _MATERIAL * float(weights.sum()):
            return
        self._weights = weights
        order = np.arange(self.norms.size)
        sizes = np.diff(self.blocks.indptr)
        grams = self.columns.multiply_blocks(np.arange(self.features.size), sizes, weights)
        replace_grams(self.blocks, order, grams)

    def count_sweeps(self, done: int, *, drifts: bool) -> None:
        """Recompute the image later, if it is not precise enough after so many more sweeps."""
        self._stale += done
        if drifts or self._stale > REFRESH:
            self._residual = self._curvature = self._image = None
            self._stale = 0


class WeightedSweeps(Sweeps):
    """Sweeps on the quadratic model of the loss at the present point."""

    working: WeightedSet

    def _begin(self) -> None:
        """Make the model: residuals, and below them the change of the image."""
        working = self.working
        self.weights = working.find_weights()
        working.weigh_blocks(self.weights)
        self.point, self.image, self.residual = working.x.copy(), working.image, working.residual
        self.loss, self.penalty = working.evaluate_loss(), working.evaluate_penalty()
        columns = working.columns
        if columns.in_table:
            self.rows = make_rows(
                columns.table,
                columns.places,
                are_gram=False,
                hessian=working.make_hessian(),
                residual=self.residual,
            )
            self.state = np.concatenate([self.residual, np.zeros_like(self.residual)])
            return
        gram = columns.multiply_all(self.weights)
        self.rows = make_rows(gram, np.arange(len(gram)), are_gram=True)
        self.state = columns.multiply_rows(self.residual)
        self.targets = self.state + working.x @ gram

    def _measure_misfit(self, state: Array) -> float:
        """Return the quadratic model at a state."""
        residual, moved = np.split(state, 2)
        return -inner(moved, self.residual + residual) / 2

    def accept(self) -> bool:
        """Go from the point of the model as far towards the present one as lowers the objective.

        Return whether that is possible; otherwise the working set is at the point of the model.
        """
        working, ahead = self.working, self.working.x.copy()
        if self.rows.are_gram:
            working.go_to(ahead)
            moved = working.image - self.image
        else:
            moved = self.state[len(self.image) :]
        slope = -inner(self.residual, moved)
        slope += working.evaluate_penalty() - self.penalty
        before = self.loss + self.penalty
        slack = _ROUNDING * float(np.finfo(working.dtype).eps) * (abs(self.loss) + self.penalty)
        step, length = ahead - self.point, 1.0
        for _ in range(_HALVINGS):
            share = scalar_like(length, step)
            x = ahead if length == 1 else self.point + share * step
            working.go_on(x, self.image + share * moved)
            if working.evaluate_objective() <= before + _DECREASE * length * slope + slack:
                return True
            length /= 2
        working.go_on(self.point, self.image)
        return False
