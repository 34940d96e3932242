"""The l0(l2) problem by a primal-dual active set method with continuation (GPDASC).

Minimises ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` (Jiao, Jin and Lu,
"Group sparse recovery via the l0(l2) penalty", algorithm 1). In the basis in
which the columns of each group are orthonormal, a group belongs to the active
set if its primal plus dual variable exceeds ``sqrt(2 alpha)``; on the active
set the data are fitted by least squares; and alpha falls by the factor rho
from one warm start to the next until the residual meets the noise level. Cost
per inner iteration: one least-squares fit on the active set and one product
with the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ..arrays import Array, squared_magnitude
from ..blas_threads import one_blas_pool
from ..problem import Problem
from ..solution import Certificate, Progress, Solution, Status
from ._feature_view import FeatureView
from ._fitting import make_fitter
from ._group_basis import orthonormal_basis

_SMALLEST_STRENGTH = 1e-24
_LAST_INNER = 50


class _Fit(NamedTuple):
    """Least squares on an active set, in the orthonormal basis (channels as rows)."""

    coef: Array
    residual: Array
    dual: Array
    exact: bool

    @property
    def residual_norm(self) -> float:
        return float(np.linalg.norm(self.residual))


@dataclass(frozen=True)
class PrimalDualActiveSet:
    """The l0(l2) problem by active sets along a falling strength (GPDASC).

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop at the first strength whose residual is
        not above it (the discrepancy principle, eq. 13).
    alpha : float, optional
        Stop at this strength instead. One of the two is needed; with both,
        whichever comes first stops.
    rho : float, default 0.7
        The factor from one strength to the next.
    max_inner : int, default 5
        The largest number of active-set changes per strength.
    tol : float, default 1e-12
        Accuracy of the final fit for operators without a matrix: the gradient
        on the active set relative to that at zero.
    path_tol : float, default 1e-8
        Accuracy of the fits along the path for such operators, relative to
        the threshold ``sqrt(2 alpha)`` that decides about groups.
    max_fit_iter : int, default 500
        The largest number of conjugate-gradient iterations of one fit.
    callback : callable, optional
        Called with a `Progress` after each strength; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> PrimalDualActiveSet(noise_level=0.6).solve(problem).active_groups
    array([0])
    """

    noise_level: float | None = None
    alpha: float | None = None
    rho: float = 0.7
    max_inner: int = 5
    tol: float = 1e-12
    path_tol: float = 1e-8
    max_fit_iter: int = 500
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if self.noise_level is None and self.alpha is None:
            raise ValueError("give noise_level or alpha, so that the path knows where to stop")
        if self.noise_level is not None and not 0 <= self.noise_level < np.inf:
            raise ValueError(
                f"noise_level must be finite and not negative, got {self.noise_level!r}"
            )
        if self.alpha is not None and not 0 < self.alpha < np.inf:
            raise ValueError(f"alpha must be positive and finite, got {self.alpha!r}")
        if not 0 < self.rho < 1:
            raise ValueError(f"rho must lie between 0 and 1, got {self.rho!r}")
        for name in ("max_inner", "max_fit_iter"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)!r}")
        for name in ("tol", "path_tol"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")

    def solve(self, problem: Problem, start: Array | None = None) -> Solution:
        """Follow the path of strengths down to the noise level or to `alpha`.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients whose non-zero groups are the first active set; by
            default the path begins with none.

        Returns
        -------
        Solution
            `history` holds, per strength: "alpha", "n_active", "inner" (active
            set changes), "residual_norm".

        Raises
        ------
        ValueError
            If groups overlap or `start` cannot be coefficients of the problem.
        """
        if problem.groups.overlapping:
            raise ValueError("groups overlap; PrimalDualActiveSet needs disjoint groups")
        with one_blas_pool():
            return _Path(self, problem, start).follow()


class _Path:
    """The state of one solve: the current active set, its fit and its strength."""

    def __init__(self, config: PrimalDualActiveSet, problem: Problem, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.view = FeatureView.of(problem)
        self.groups = self.view.groups
        self.basis = orthonormal_basis(self.view.operator, self.groups)
        self.fitter = make_fitter(self.view, self.basis, config.max_fit_iter)
        self.scale = float(np.linalg.norm(self.fitter.correlations))
        self.history: dict[str, list[float]] = {
            key: [] for key in ("alpha", "n_active", "inner", "residual_norm")
        }
        self.iterations = 0
        self.active = self._first_active(start)
        self.fit = self._fitted(self.active, np.zeros_like(self.fitter.correlations), 0.0)
        self.alpha = float(squared_magnitude(self.view.data).sum()) / 2

    def _first_active(self, start: Array | None) -> Array:
        if start is None:
            return np.zeros(self.groups.n_groups, dtype=bool)
        return self._norms(self.view.features(self.problem.checked_start(start))) > 0

    def follow(self) -> Solution:
        """Let the strength fall until a stopping rule is met."""
        status = Status.CONVERGED if self._noise_level_met() else None
        while status is None:
            if not self._lower_strength():
                status = Status.NOISE_LEVEL_NOT_REACHED
                break
            status = self._solve_at_strength()
            if self._report() and status is None:
                status = Status.STOPPED
        return self._solution(status)

    def _noise_level_met(self) -> bool:
        level = self.config.noise_level
        return level is not None and self.fit.residual_norm <= level

    def _lower_strength(self) -> bool:
        """Go on to the next strength on the grid at which a group enters or leaves."""
        evidence = self._evidence() ** 2 / 2
        entering = evidence[~self.active].max(initial=0.0)
        staying = evidence[self.active].min(initial=np.inf)
        smallest = self.config.alpha or _SMALLEST_STRENGTH * self.scale**2
        if entering <= smallest and self.config.alpha is None:
            return False
        steps = 1.0
        if entering < self.alpha * self.config.rho < staying:
            target = max(entering, smallest)
            steps = max(1.0, np.ceil(np.log(target / self.alpha) / np.log(self.config.rho)))
        self.alpha = max(self.alpha * self.config.rho**steps, smallest)
        return True

    def _solve_at_strength(self) -> Status | None:
        """Change the active set until it stays; return a status if the path ends here."""
        last = self.alpha == self.config.alpha
        threshold = float(np.sqrt(2 * self.alpha))
        stable, before = False, self.iterations
        for _ in range(_LAST_INNER if last else self.config.max_inner):
            active = self._evidence() > threshold
            stable = bool(np.array_equal(active, self.active))
            if stable:
                break
            if self._n_columns(active) > self.view.data.shape[1]:
                return Status.SATURATED
            self.active = active
            self.fit = self._fitted(active, self.fit.coef, self.config.path_tol * threshold)
            self.iterations += 1
        self._record(self.iterations - before)
        if self._noise_level_met():
            return Status.CONVERGED
        if last:
            return Status.CONVERGED if stable else Status.MAX_ITER
        return None

    def _evidence(self) -> Array:
        """Return the norm of primal plus dual variable of every group (eq. 10)."""
        features = self.groups.spread(self.active)
        return self._norms(np.where(features, self.fit.coef, self.fit.dual))

    def _norms(self, features: Array) -> Array:
        """Return the norm of every group over all its features and channels."""
        return self.groups.norms(np.sqrt(squared_magnitude(features).sum(axis=0)))

    def _n_columns(self, active: Array) -> int:
        return int(np.count_nonzero(self.groups.spread(active) & self.basis.independent))

    def _fitted(self, active: Array, start: Array, accuracy: float) -> _Fit:
        features = self.groups.spread(active)
        floor = self.config.tol * self.scale
        return _Fit(*self.fitter.fit(features, start, max(accuracy, floor)))

    def _record(self, inner: int) -> None:
        values = (self.alpha, self._n_active(), inner, self.fit.residual_norm)
        for key, value in zip(self.history, values, strict=True):
            self.history[key].append(value)

    def _n_active(self) -> int:
        return int(np.count_nonzero(self.active))

    def _report(self) -> bool:
        """Tell the callback; return whether it asks to stop."""
        if self.config.callback is None:
            return False
        first = float(np.sqrt(squared_magnitude(self.view.data).sum()))
        now = self.fit.residual_norm
        target = self.config.noise_level or np.sqrt(2 * (self.config.alpha or self.alpha))
        span = np.log(first / target) if first > target > 0 else 0.0
        fraction = min(1.0, float(np.log(first / max(now, target)) / span)) if span > 0 else 1.0
        progress = Progress(self.iterations, fraction, now, self._n_active())
        return bool(self.config.callback(progress))

    def _solution(self, status: Status) -> Solution:
        self.fit = self._fitted(self.active, self.fit.coef, 0.0)
        if status is Status.CONVERGED and not self.fit.exact:
            status = Status.MAX_ITER
        misfit = float(squared_magnitude(self.fit.residual).sum())
        coef = self.view.coefficients(self.basis.coefficients(self.fit.coef))
        return Solution(
            coef=coef.astype(self.problem.dtype, copy=False),
            active_groups=np.flatnonzero(self.active),
            status=status,
            objective=misfit / 2 + float(self.alpha) * self._n_active(),
            certificate=self._certificate(),
            alpha=float(self.alpha),
            residual_norm=float(np.sqrt(misfit)),
            iterations=self.iterations,
            seconds=perf_counter() - self.began,
            history={key: np.array(values) for key, values in self.history.items()},
        )

    def _certificate(self) -> Certificate:
        """Return by how much the thresholds of theorem 9 are violated, relative to them."""
        threshold = np.sqrt(2 * self.alpha)
        evidence = self._evidence()
        above = evidence[~self.active].max(initial=0.0) / threshold - 1 if threshold else 0.0
        below = 1 - evidence[self.active].min(initial=np.inf) / threshold if threshold else 0.0
        return Certificate("coordinatewise", float(max(0.0, above, below)))
