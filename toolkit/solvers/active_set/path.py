"""The state of a primal-dual active set solver on its way down in strength."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np

from ...arrays import Array, squared_magnitude
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import orthonormal_basis
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ...ties import largest_few
from ..least_squares.fitting import make_fitter

_SMALLEST_STRENGTH = 1e-24
_LAST_INNER = 50
_LOST = 0.9


class _PathSettings(Protocol):
    """What `PrimalDualActiveSet` is asked for."""

    @property
    def noise_level(self) -> float | None: ...
    @property
    def alpha(self) -> float | None: ...
    @property
    def n_groups(self) -> int | None: ...
    @property
    def rho(self) -> float: ...
    @property
    def max_inner(self) -> int: ...
    @property
    def ridge(self) -> float: ...
    @property
    def tol(self) -> float: ...
    @property
    def path_tol(self) -> float: ...
    @property
    def max_fit_iter(self) -> int: ...


class _Fit(NamedTuple):
    """Least squares on an active set, in the orthonormal basis (channels as rows)."""

    coef: Array
    residual: Array
    dual: Array
    exact: bool = True

    @property
    def residual_norm(self) -> float:
        return float(np.linalg.norm(self.residual))


class ActiveSetPath:
    """The current active set, its fit and its strength.

    Parameters
    ----------
    config : _PathSettings
        The solver.
    problem : Problem
        Operator, data, disjoint groups.
    start : ndarray, optional
        Coefficients whose non-zero groups are the first active set.
    """

    def __init__(self, config: _PathSettings, problem: Problem, start: Array | None = None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.view = FeatureView.of(problem)
        self.groups = self.view.groups
        self.basis = orthonormal_basis(self.view.operator, self.groups, config.ridge)
        self.fitter = make_fitter(self.view, self.basis, config.max_fit_iter)
        self.scale = float(np.linalg.norm(self.fitter.correlations))
        self.iterations = 0
        self._start = self._first_active(start)
        self.restart(config)

    def _first_active(self, start: Array | None) -> Array:
        if start is None:
            return np.zeros(self.groups.n_groups, dtype=bool)
        return self._norms(self.view.features(start)) > 0

    def restart(self, config: _PathSettings) -> None:
        """Go back to where the path began, to follow it with other settings."""
        self.config = config
        self.alpha = float(squared_magnitude(self.view.data).sum()) / 2
        correlations = self.fitter.correlations
        self.active = np.zeros(self.groups.n_groups, dtype=bool)
        self.fit = _Fit(np.zeros_like(correlations), self.view.data, correlations)
        if self._start.any() or self.groups.unpenalised.size:
            self.take(self._start, 0.0)
            begin = self.staying if self.noise_level_met() else max(self.staying, self.entering)
            self.alpha = min(self.alpha, begin)

    def is_lost(self, status: Status) -> bool:
        """Return whether the path found hardly fewer coefficients than data on its way to noise."""
        crowded = self.n_columns(self.active) >= _LOST * self.n_rows
        ended = status is Status.SATURATED or (status is Status.CONVERGED and crowded)
        return self.config.noise_level is not None and ended

    @property
    def n_active(self) -> int:
        """The number of active groups."""
        return int(np.count_nonzero(self.active))

    @property
    def entering(self) -> float:
        """The strength below which the next group would enter."""
        evidence = self.evidence()[~self.active].max(initial=0.0)
        return float(evidence**2 / 2)

    @property
    def staying(self) -> float:
        """The strength above which the first active group would leave; infinite without any."""
        evidence = self.evidence()[self.active].min(initial=np.inf)
        return float(evidence**2 / 2)

    def noise_level_met(self) -> bool:
        """Return whether the residual is not above the noise level, if there is one."""
        level = self.config.noise_level
        return level is not None and self.fit.residual_norm <= level

    def lower_strength(self, last: float | None) -> bool:
        """Go on to the next strength on the grid at which a group enters or leaves.

        Parameters
        ----------
        last : float or None
            The strength not to go below; it counts as a step, if there is one.

        Returns
        -------
        bool
            Whether there is a next one.
        """
        entering, staying = self.entering, self.staying
        smallest = last or _SMALLEST_STRENGTH * self.scale**2
        if last is None and min(entering, self.alpha) <= smallest:
            return False  # what still stands out is rounding
        steps = 1.0
        if entering < self.alpha * self.config.rho < staying:
            target = max(entering, smallest)
            steps = max(1.0, np.ceil(np.log(target / self.alpha) / np.log(self.config.rho)))
        self.alpha = max(self.alpha * self.config.rho**steps, smallest)
        return True

    def settle(self, alpha: float, *, fully: bool = False) -> Status | None:
        """Change the active set at a strength until it stays.

        Parameters
        ----------
        alpha : float
            The strength.
        fully : bool
            Whether the active set must stay in the end, as at the last strength
            it must; else a few changes will do.

        Returns
        -------
        Status or None
            None where the path may go on.
        """
        self.alpha = alpha
        threshold = float(np.sqrt(2 * alpha))
        stable, n_changes = False, 0
        full = self._is_full()
        while n_changes < (_LAST_INNER if fully or full else self.config.max_inner):
            active = self._wanted(threshold)
            stable = bool(np.array_equal(active, self.active))
            if stable:
                break
            if self.n_columns(active) > self.n_rows:
                return Status.SATURATED
            self.take(active, self._path_accuracy(threshold))
            n_changes += 1
            self.iterations += 1
            full = self._is_full()
        if full:
            self.alpha = max(alpha, self.entering)
        if self.noise_level_met():
            self._come_to_rest(threshold)
            return Status.CONVERGED
        if fully or full:
            return Status.CONVERGED if stable else Status.MAX_ITER
        return None

    def _come_to_rest(self, threshold: float) -> None:
        """Change the active set until it stays, as long as the noise level is met."""
        for _ in range(_LAST_INNER):
            before, wanted = (self.active, self.fit), self._wanted(threshold)
            if np.array_equal(wanted, self.active) or self.n_columns(wanted) > self.n_rows:
                return
            self.take(wanted, self._path_accuracy(threshold))
            if not self.noise_level_met():
                self.active, self.fit = before
                return
            self.iterations += 1

    def _path_accuracy(self, threshold: float) -> float:
        """Return how small a gradient may be left: small beside all that is decided by the fit."""
        level = self.config.noise_level
        return self.config.path_tol * (threshold if level is None else min(threshold, level))

    def _is_full(self) -> bool:
        """Return whether as many groups are active as were asked for."""
        return self.config.n_groups is not None and self.n_active >= self.config.n_groups

    def _wanted(self, threshold: float) -> Array:
        """Return the groups above the threshold; of too many, those furthest above."""
        evidence = self.evidence()
        above = evidence > threshold
        limit = self.config.n_groups
        if limit is None or np.count_nonzero(above) <= limit:
            return above
        return largest_few(evidence, limit)

    def evidence(self) -> Array:
        """Return the norm of primal plus dual variable of every group (eq. 10)."""
        features = self.groups.spread(self.active)
        return self._norms(np.where(features, self.fit.coef, self.fit.dual))

    def _norms(self, features: Array) -> Array:
        """Return the norm of every group over all its features and channels."""
        return self.groups.joint_norms(features)

    @property
    def n_rows(self) -> int:
        """The number of data per channel."""
        return int(self.view.data.shape[1])

    def n_columns(self, active: Array) -> int:
        """Return how many independent columns groups have, taken each for itself."""
        return int(np.count_nonzero(self.groups.spread(active) & self.basis.independent))

    def take(self, active: Array, accuracy: float) -> None:
        """Make groups the active set and fit it; a group that others make redundant is left out.

        Parameters
        ----------
        active : ndarray of bool, shape (n_groups,)
            The groups.
        accuracy : float
            Of the gradient on them.
        """
        self.fit = self._fitted(active, accuracy)
        self.active = active & (self._norms(self.fit.coef) > 0)

    def _fitted(self, active: Array, accuracy: float) -> _Fit:
        features = self.groups.spread(active)
        floor = self.config.tol * self.scale
        return _Fit(*self.fitter.fit(features, self.fit.coef, max(accuracy, floor)))

    def objective(self) -> float:
        """Return the objective where the path is, at its strength."""
        misfit = float(squared_magnitude(self.fit.residual).sum())
        ridge = float(self.basis.ridge_energy(self.fit.coef).sum())
        return (misfit + ridge) / 2 + float(self.alpha) * self.n_active

    def progress(self) -> Progress:
        """Return how far the path has come, by the logarithm of the residual."""
        first = float(np.sqrt(squared_magnitude(self.view.data).sum()))
        now, target = self.fit.residual_norm, self.config.noise_level
        if not target:
            target = float(np.sqrt(2 * (self.config.alpha or self.alpha)))
        span = np.log(first / target) if first > target > 0 else 0.0
        fraction = min(1.0, float(np.log(first / max(now, target)) / span)) if span > 0 else 1.0
        if self.config.n_groups is not None:
            fraction = max(fraction, self.n_active / self.config.n_groups)
        return Progress(self.iterations, fraction, now, self.n_active)

    def solution(self, status: Status, iterations: int, history: Mapping[str, Array]) -> Solution:
        """Return where the path is, fitted to full accuracy.

        Parameters
        ----------
        status : Status
            How it got there.
        iterations : int
            How many changes of the active set it took.
        history : mapping of str to ndarray
            What to tell about the path.

        Returns
        -------
        Solution
            With coefficients of the problem's shape.
        """
        if not self.fitter.direct:
            self.fit = self._fitted(self.active, 0.0)
        if status is Status.CONVERGED and not self.fit.exact:
            status = Status.MAX_ITER
        misfit = float(squared_magnitude(self.fit.residual).sum())
        coef = self.view.coefficients(self.basis.coefficients(self.fit.coef))
        return Solution(
            coef=coef.astype(self.problem.dtype, copy=False),
            active_groups=np.flatnonzero(self.active),
            status=status,
            objective=self.objective(),
            certificate=self._certificate(),
            alpha=float(self.alpha),
            residual_norm=float(np.sqrt(misfit)),
            iterations=iterations,
            seconds=perf_counter() - self.began,
            history=history,
        )

    def _certificate(self) -> Certificate:
        """Return by how much the thresholds of theorem 9 are violated, relative to them."""
        threshold = np.sqrt(2 * self.alpha)
        if not threshold:
            return Certificate(CertificateKind.COORDINATEWISE, 0.0)
        evidence = self.evidence() / threshold
        above = evidence[~self.active].max(initial=0.0) - 1
        below = 1 - evidence[self.active].min(initial=np.inf)
        return Certificate(CertificateKind.COORDINATEWISE, float(max(0.0, above, below)))
