"""Simultaneous normalised iterative hard thresholding: gradient steps, and s rows kept.

From ``X = 0``, with T the groups active at present, R the residual and ``G = A^H R``:

    X <- H_s(X + omega mu G),   mu = ||G_T||^2 / ||A_T G_T||^2,

where H_s keeps the s groups of largest norm (Blanchard, Cermak, Hanle and Jing,
"Greedy algorithms for joint sparse recovery", 2014, algorithm SNIHT, which has
omega = 1). Its mu minimises the misfit along the gradient on T; such steps zigzag,
and the support is caught in a cycle. A step shorter by a constant omega does not
zigzag (Raydan and Svaiter, "Relaxed steepest descent and Cauchy-Barzilai-Borwein
method", 2002), and finds the support far more often. Cost per iteration: one product
with the adjoint and two with s columns, for every channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...checks import check_count, check_flag, check_not_negative
from ...operators import Matrix
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import RotatedOperator
from ...solution import Progress, Solution, Status
from ...ties import largest_few
from ..counting_solver import CountingSolver, check_stops
from ..history import History
from ..least_squares.fitted_solution import make_fitted_solution
from ..least_squares.growing_fit import GreedyFit
from .smallest_count import find_smallest_count

_ROUNDING = 10.0


@dataclass(frozen=True)
class SimultaneousNIHT(CountingSolver):
    """Simultaneous normalised iterative hard thresholding (SNIHT) of groups.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: find the fewest groups that leave a residual not above it.
    n_groups : int, optional
        s, the number of active groups; with `noise_level`, the largest one.
        One of the two is needed.
    relaxation : float, default 0.75
        omega, the part of the step that is taken; published with 1.
    refit : bool, default True
        Whether the data are fitted by least squares on the groups found.
    max_iter : int, default 1000
        The largest number of iterations for one number of groups.
    tol : float, default 1e-6
        Stop when an iteration changes the residual's norm by less than this
        part of that of the data.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    The groups that are not zero in `start` are known to be active: they are always kept, and
    counted in `n_groups`. The solution is the iterate with the smallest residual. It has
    ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the normal
    equations; `history` holds, per iteration with the number of groups returned:
    "residual_norm" and "n_changed", the number of groups that joined.

    Groups are compared in the columns as given, as published. Where norms of
    columns differ, ``OrthonormalGroups(SimultaneousNIHT(...))`` recovers more.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(30, 50, n_active=10, rank=6, random_state=0)
    >>> solution = SimultaneousNIHT(n_groups=10).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """

    relaxation: float = 0.75
    refit: bool = True
    max_iter: int = 1000
    tol: float = 1e-6

    def __post_init__(self) -> None:
        check_stops(self.noise_level, self.n_groups)
        if not (isinstance(self.relaxation, Real) and 0 < self.relaxation < 2):
            raise ValueError(f"relaxation must be between 0 and 2, got {self.relaxation!r}")
        check_flag("refit", self.refit)
        check_count("max_iter", self.max_iter)
        check_not_negative("tol", self.tol)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Take gradient steps and keep the largest groups until the residual settles."""
        view = FeatureView.of(problem, rotate=True, rescale=True)
        run = _Run(self, view, start)
        if self.noise_level is None:
            assert self.n_groups is not None
            return run.solve_for(self.n_groups)
        most = self.n_groups or min(problem.groups.n_groups, view.data.shape[1])
        least = min(most, run.n_known)
        solution = find_smallest_count(run.solve_for, self.noise_level, least, most)
        run.report(solution.residual_norm, solution.active_groups.size, 1.0)
        return solution


class _Iterate(NamedTuple):
    """Coefficients that are zero off the features listed, and their residual."""

    features: IntArray
    values: Array
    residual: Array
    norm: float


class _Run:
    """One problem, solved for one number of groups after another."""

    def __init__(self, config: SimultaneousNIHT, view: FeatureView, start: Array | None) -> None:
        self.config, self.view = config, view
        self.start: Array | None = None
        self.data_norm = float(np.linalg.norm(view.data))
        self._known = np.zeros(view.groups.n_groups, dtype=bool)
        if start is not None:
            self.start = view.features(start)
            self._known = view.problem.groups.norms(start) > 0
        self.n_known = int(np.count_nonzero(self._known))
        self._images = _Images(view)
        self._n_done = 0

    def solve_for(self, n_groups: int) -> Solution:
        """Return the solution with a number of groups."""
        began = perf_counter()
        self.history = History("residual_norm", "n_changed")
        gradient = self.view.correlations(self.view.data)
        start = self.start
        if start is None:
            start = np.zeros_like(gradient)
        marked = self._mark_largest(gradient if self.start is None else start, n_groups)
        best, status = self._iterate(self._restrict(start, marked), marked, n_groups)
        return self._make_solution(best, status, began)

    def _iterate(self, now: _Iterate, marked: Array, n_groups: int) -> tuple[_Iterate, Status]:
        """Take steps until the residual settles; return the best iterate, and how it ended."""
        precision = _ROUNDING * float(np.finfo(self.view.data.dtype).eps)
        best, floor = now, max(self.config.tol, precision) * self.data_norm
        if now.norm <= floor:
            return now, Status.CONVERGED
        for _ in range(self.config.max_iter):
            gradient = self.view.correlations(now.residual)
            step = self._find_step(gradient[:, now.features], now.features)
            if not np.isfinite(step):
                return best, Status.DIVERGED
            moved = step * gradient
            moved[:, now.features] += now.values
            before, old = marked, now.norm
            marked = self._mark_largest(moved, n_groups)
            now = self._restrict(moved, marked)
            best = now if now.norm < best.norm else best
            self._n_done += 1
            n_changed = int(np.count_nonzero(marked & ~before))
            self.history.record(residual_norm=now.norm, n_changed=n_changed)
            fraction = len(self.history) / self.config.max_iter
            if self.report(now.norm, int(np.count_nonzero(marked)), fraction):
                return best, Status.STOPPED
            if not step or abs(now.norm - old) < floor:
                return best, Status.CONVERGED
        return best, Status.MAX_ITER

    def _find_step(self, gradient: Array, features: IntArray) -> float:
        """Return omega mu for a gradient that is zero off some features."""
        energy = float(squared_magnitude(gradient).sum())
        curvature = float(squared_magnitude(self._images.combine(gradient, features)).sum())
        if not energy:
            return 0.0
        return self.config.relaxation * energy / curvature if curvature else np.inf

    def _mark_largest(self, values: Array, n_groups: int) -> Array:
        """Mark the known groups, and the largest ones up to a number."""
        norms, marked = self.view.groups.joint_norms(values), self._known.copy()
        n_more = n_groups - self.n_known
        if n_more > 0:
            norms[marked] = -1
            marked |= largest_few(norms, n_more)
        return marked

    def _restrict(self, values: Array, marked: Array) -> _Iterate:
        """Return the iterate that keeps the marked groups of given values."""
        features = np.flatnonzero(self.view.groups.spread(marked))
        kept = values[:, features]
        residual = self.view.data - self._images.combine(kept, features)
        return _Iterate(features, kept, residual, float(np.linalg.norm(residual)))

    def report(self, residual_norm: float, n_active: int, fraction: float) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.config.callback is None:
            return False
        progress = Progress(self._n_done, min(1.0, fraction), residual_norm, n_active)
        return bool(self.config.callback(progress))

    def _make_solution(self, best: _Iterate, status: Status, began: float) -> Solution:
        n_channels, n_rows = self.view.data.shape
        features = np.zeros((n_channels, self.view.groups.n_coefs), best.values.dtype)
        if self.config.refit and best.values.any():
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
    """Combinations of a few columns, which a matrix gathers again only when the few change."""

    def __init__(self, view: FeatureView) -> None:
        self._view, operator = view, view.operator
        inner = operator.operator if isinstance(operator, RotatedOperator) else operator
        self._has_columns = isinstance(inner, Matrix)
        self._features: IntArray = np.empty(0, dtype=np.intp)
        self._columns: Array = np.empty((0, view.data.shape[1]), view.data.dtype)

    def combine(self, values: Array, features: IntArray) -> Array:
        """Return the image, (K, n_rows), of values, (K, n), at n features."""
        if not self._has_columns:
            everywhere = np.zeros((len(values), self._view.groups.n_coefs), values.dtype)
            everywhere[:, features] = values
            return self._view.image(everywhere)
        if not np.array_equal(features, self._features):
            self._features, self._columns = features, self._view.operator.columns(features)
        result: Array = values @ self._columns
        return result
