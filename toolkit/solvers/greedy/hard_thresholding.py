"""The iterations of simultaneous normalised iterative hard thresholding."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...operators import Matrix
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import RotatedOperator
from ...solution import Progress, Solution, Status
from ...ties import largest_few
from ..history import History
from ..least_squares.fitted_solution import make_fitted_solution
from ..least_squares.growing_fit import GreedyFit

_ROUNDING = 10.0


class Settings(Protocol):
    """See `SimultaneousNIHT`."""

    @property
    def relaxation(self) -> float:
        """The part of the step that is taken."""

    @property
    def refit(self) -> bool:
        """Whether the data are fitted by least squares at the end."""

    @property
    def max_iter(self) -> int:
        """The largest number of iterations."""

    @property
    def tol(self) -> float:
        """The change of the residual, relative to the data, that ends the iterations."""

    @property
    def callback(self) -> Callable[[Progress], bool | None] | None:
        """Told after each iteration; a true result stops."""


class _Iterate(NamedTuple):
    """Coefficients that are zero off the features listed, and what they leave of the data."""

    features: IntArray
    values: Array
    residual: Array
    norm: float


class HardThresholding:
    """Iterations for one number of groups after another.

    Parameters
    ----------
    settings : SimultaneousNIHT
        The parameters.
    view : FeatureView
        Operator on features, right-hand sides, disjoint groups.
    start : ndarray, optional
        Coefficients of the problem where to start; groups that are not zero
        are always kept.

    Attributes
    ----------
    n_known : int
        How many groups are always kept.
    """

    def __init__(self, settings: Settings, view: FeatureView, start: Array | None) -> None:
        self.settings, self.view = settings, view
        self.start: Array | None = None
        self.data_norm = float(np.linalg.norm(view.data))
        self._known = np.zeros(view.groups.n_groups, dtype=bool)
        if start is not None:
            self.start = view.features(start)
            self._known = view.problem.groups.norms(start) > 0
        self.n_known = int(np.count_nonzero(self._known))
        self._images = _Images(view)
        self._n_done = 0

    def solved(self, n_groups: int) -> Solution:
        """Return the solution with a number of groups."""
        began = perf_counter()
        self.history = History("residual_norm", "n_changed")
        gradient = self.view.correlations(self.view.data)
        start = self.start
        if start is None:
            start = np.zeros_like(gradient)
        marked = self._largest(gradient if self.start is None else start, n_groups)
        best, status = self._iterated(self._at(marked, start), marked, n_groups)
        return self._solution(best, status, began)

    def _iterated(self, now: _Iterate, marked: Array, n_groups: int) -> tuple[_Iterate, Status]:
        """Take steps until the residual settles; return the best iterate, and how it ended."""
        best, floor = now, max(self.settings.tol, self._precision) * self.data_norm
        if now.norm <= floor:
            return now, Status.CONVERGED
        for _ in range(self.settings.max_iter):
            gradient = self.view.correlations(now.residual)
            step = self._step(gradient[:, now.features], now.features)
            if not np.isfinite(step):
                return best, Status.DIVERGED
            moved = step * gradient
            moved[:, now.features] += now.values
            before, old = marked, now.norm
            marked = self._largest(moved, n_groups)
            now = self._at(marked, moved)
            best = now if now.norm < best.norm else best
            self._n_done += 1
            n_changed = int(np.count_nonzero(marked & ~before))
            self.history.record(residual_norm=now.norm, n_changed=n_changed)
            n_iter = len(self.history)
            fraction = n_iter / self.settings.max_iter
            if self.report(now.norm, int(np.count_nonzero(marked)), fraction):
                return best, Status.STOPPED
            if not step or abs(now.norm - old) < floor:
                return best, Status.CONVERGED
        return best, Status.MAX_ITER

    @property
    def _precision(self) -> float:
        return _ROUNDING * float(np.finfo(self.view.data.dtype).eps)

    def _step(self, gradient: Array, features: IntArray) -> float:
        """Return the relaxed step along a gradient that is zero off some features."""
        energy = float(squared_magnitude(gradient).sum())
        curvature = float(squared_magnitude(self._images.of(gradient, features)).sum())
        if not energy:
            return 0.0
        return self.settings.relaxation * energy / curvature if curvature else np.inf

    def _at(self, marked: Array, values: Array) -> _Iterate:
        """Return the iterate that keeps the marked groups of given values."""
        features = np.flatnonzero(self.view.groups.spread(marked))
        kept = values[:, features]
        residual = self.view.data - self._images.of(kept, features)
        return _Iterate(features, kept, residual, float(np.linalg.norm(residual)))

    def _largest(self, values: Array, n_groups: int) -> Array:
        """Mark the known groups, and the largest ones up to a number."""
        norms, marked = self._group_norms(values), self._known.copy()
        n_more = n_groups - self.n_known
        if n_more > 0:
            norms[marked] = -1
            marked |= largest_few(norms, n_more)
        return marked

    def _group_norms(self, values: Array) -> Array:
        return self.view.groups.joint_norms(values)

    def report(self, residual_norm: float, n_active: int, fraction: float) -> bool:
        """Tell the callback; return whether it asks to stop."""
        if self.settings.callback is None:
            return False
        progress = Progress(self._n_done, min(1.0, fraction), residual_norm, n_active)
        return bool(self.settings.callback(progress))

    def _solution(self, best: _Iterate, status: Status, began: float) -> Solution:
        n_channels, n_rows = self.view.data.shape
        features = np.zeros((n_channels, self.view.groups.n_coefs), best.values.dtype)
        if self.settings.refit and best.values.any():
            fit = GreedyFit(self.view)
            fit.include(best.features)
            features = fit.coefficients()
        else:
            features[:, best.features] = best.values
        if status is Status.CONVERGED and np.count_nonzero(features.any(axis=0)) > n_rows:
            status = Status.SATURATED
        return make_fitted_solution(
            self.view, features, status, len(self.history), began, self.history.as_arrays()
        )


class _Images:
    """Combinations of a few columns; those of a matrix are gathered when the few change."""

    def __init__(self, view: FeatureView) -> None:
        self._view, operator = view, view.operator
        inner = operator.operator if isinstance(operator, RotatedOperator) else operator
        self._has_columns = isinstance(inner, Matrix)
        self._features: IntArray = np.empty(0, dtype=np.intp)
        self._columns: Array = np.empty((0, view.data.shape[1]), view.data.dtype)

    def of(self, values: Array, features: IntArray) -> Array:
        """Return the image, (K, n_rows), of values, (K, n), at n features."""
        if not self._has_columns:
            everywhere = np.zeros((len(values), self._view.groups.n_coefs), values.dtype)
            everywhere[:, features] = values
            return self._view.image(everywhere)
        if not np.array_equal(features, self._features):
            self._features, self._columns = features, self._view.operator.columns(features)
        result: Array = values @ self._columns
        return result
