"""Sparse Bayesian learning: a group is active if the evidence puts its variance above zero.

Coefficients are independent Gaussian, those of group g with a variance ``gamma_g`` that all
channels share, and so are the noise's entries, with variance lambda. Given the variances, data D
with K channels have the covariance ``C = lambda I + A Gamma A^H``, and the variances minimise

    ``log det C + trace(D^H C^-1 D) / K``,

minus twice the logarithm of the evidence (Wipf and Rao, "An empirical Bayesian strategy for
solving the simultaneous sparse approximation problem", IEEE Trans. Signal Process. 55, 2007; for
groups of several columns Zhang and Rao, 2013, with the identity as correlation inside groups).
Its minima are sparse, without a strength or a number of groups being chosen. Three
things are done beyond the published method:

- D are the data projected on their signal space, so that channels of pure noise do not count;
- expectation maximisation comes first, and the convex bound when it has settled: the better
  minimum of the one and the rate of the other, while the objective always falls;
- groups whose evidence may be chance are eliminated one by one at the end: those that raise its
  logarithm by less than ``2 log(n_groups)``.

Cost per iteration: ``n_rows^2 n``, n the columns of the groups left, or ``n_rows n^2`` if
these are fewer than rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...checks import check_count, check_flag, check_level, check_positive
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.reduced_data import ReducedData, fit_least_norm
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ..counting_solver import CountingSolver
from ..goal import Goal
from ..history import History
from .evidence import EvidenceElimination, GroupVariances, Posterior, compute_joint_posterior

_SETTLED = 1e-3
_LEAST_NOISE = 1e-12
"""The noise's least variance, relative to the data's: a covariance must not be singular."""
_LEAST_START = 1e-3
"""The part of the default variances that is added to those of a start, which may be zero."""


@dataclass(frozen=True)
class SparseBayesianLearning(CountingSolver):
    """Sparse Bayesian learning for rows shared by channels and for groups (M-SBL, block SBL).

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise; zero for exact data. By default estimated from the
        channels that hold no signal, of which there must be some.
    n_groups : int, optional
        How many groups are to be active; by default as many as the evidence
        supports at this noise.
    rank : int, optional
        Of the data without noise: they are projected on that many leading
        singular vectors. By default as many as stand out from the noise.
    refit : bool, default True
        Whether the coefficients of the active groups are fitted to the
        projected data by least squares, rather than their posterior mean.
    tol : float, default 1e-4
        Stop when the norm of what a group explains changes by less, relative
        to the largest.
    max_iter : int, default 2000
        The largest number of iterations.
    callback : callable, optional
        Called with a `Progress` after each iteration, and once more at the end;
        a true result stops, and the posterior mean of all groups left at that
        point is returned.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The first variances follow the squares of `start`. The solution has ``alpha = 0`` and the
    objective ``1/2 ||A x - y||^2``; its certificate of stationarity is the last change that
    `tol` bounds. `history` holds, per iteration: "objective" (of the variances, see the
    module), "n_active", "change". The status is SATURATED if fewer than `n_groups` groups
    could be distinguished from zero.

    All is computed in double precision, from the dense columns of any operator, which must
    not be too many to be held. Where every channel has its own operator
    (`Channelwise`), the channels cannot be projected.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(rank=3, random_state=0)  # 30 active rows, 51 measurements
    >>> solution = SparseBayesianLearning(noise_level=0.0).solve(data.problem)
    >>> np.array_equal(solution.active_groups, data.active_groups)
    True
    """

    rank: int | None = None
    refit: bool = True
    tol: float = 1e-4
    max_iter: int = 2000

    def __post_init__(self) -> None:
        check_flag("refit", self.refit)
        if self.noise_level is not None:
            check_level("noise_level", self.noise_level)
        check_count("max_iter", self.max_iter)
        for name in ("n_groups", "rank"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_positive("tol", self.tol)

    @property
    def goal(self) -> Goal:
        """The number of groups if there is one: the noise level does not stop the method."""
        return Goal(noise_level=self.noise_level) if self.n_groups is None else Goal(self.n_groups)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Adapt the variances of the groups, and fit those that are active."""
        return _Learning(self, problem, start).run()


class _Learning:
    """The state of one solve: the variances under the reduced data."""

    def __init__(
        self, config: SparseBayesianLearning, problem: Problem, start: Array | None
    ) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.view = FeatureView.of(problem, rotate=True)
        self.reduced = ReducedData.of(self.view, config.rank, config.noise_level)
        self.data = self.reduced.data
        energy = self._energy()
        self.is_silent = not energy
        self.noise = max(self.reduced.noise_variance, _LEAST_NOISE * energy / len(self.data))
        self.variances = GroupVariances(self.reduced.columns, self.view.groups.sizes, energy)
        if start is not None:
            self._begin_at(self.view.features(start))
        self.settled = False
        self.history = History("objective", "n_active", "change")

    def _energy(self) -> float:
        """Return the energy of the data per channel; zero if it may all be noise."""
        if self.reduced.norm <= (self.config.noise_level or 0.0):
            return 0.0
        return float(squared_magnitude(self.data).sum() / self.data.shape[1])

    def _begin_at(self, features: Array) -> None:
        """Move variances towards the mean squares of coefficients."""
        squares = self.view.groups.sums(squared_magnitude(features).sum(axis=0).astype(float))
        squares /= self.view.groups.sizes * max(self.data.shape[1], 1)
        now = self.variances
        now.gamma = _LEAST_START * now.gamma + squares[now.kept]

    def run(self) -> Solution:
        """Adapt the variances until they settle, and fit the groups that are active."""
        status = Status.CONVERGED if self.is_silent else None
        while status is None:
            status = self._iterate()
        status, kept, fitted = self._fit(status)
        if self.config.callback is not None and status is not Status.STOPPED:
            self.config.callback(self._make_progress(1.0, kept.size))
        return self._make_solution(status, kept, fitted)

    def _iterate(self) -> Status | None:
        """Update the variances once; return how the run ends, if it does."""
        now = self._find_posterior()
        if now is None or not np.isfinite(now.objective):
            return Status.DIVERGED
        change = self.variances.update(now, convex_bound=self.settled)
        n_active = self.variances.kept.size
        self.history.record(objective=now.objective, n_active=n_active, change=change)
        if self._report(change):
            return Status.STOPPED
        tol = self.config.tol
        if not n_active or (self.settled and change <= tol):
            return Status.CONVERGED
        self.settled |= change <= max(tol, _SETTLED)
        return Status.MAX_ITER if len(self.history) >= self.config.max_iter else None

    def _find_posterior(self) -> Posterior | None:
        """Return the posterior, with as much noise as keeps the covariance from being singular."""
        while np.isfinite(self.noise):
            now = self.variances.find_posterior(self.data, self.noise)
            if now is not None:
                return now
            self.noise *= 10
        return None

    def _fit(self, status: Status) -> tuple[Status, IntArray, Array]:
        """Return how the run ends, the active groups, and their coefficients, (n, r)."""
        variances = self.variances
        if self.is_silent or status is Status.DIVERGED:
            variances.keep_strongest(0)
        elif status is not Status.STOPPED:
            self._eliminate()
        if not variances.kept.size:
            return status, variances.kept, self.data[:0]
        if self.config.refit and status is not Status.STOPPED:
            return status, variances.kept, fit_least_norm(variances.columns, self.data)
        now = self._find_posterior()
        if now is None:
            return Status.DIVERGED, variances.kept[:0], self.data[:0]
        return status, variances.kept, variances.deviations[:, None] * now.mean

    def _eliminate(self) -> None:
        """Eliminate the groups that the evidence does not support, or the least supported."""
        variances = self.variances
        variances.keep_strongest(2 * len(self.data))
        if not variances.kept.size:
            return
        scaled = variances.columns * variances.deviations
        joint = compute_joint_posterior(scaled, self.data, self.noise)
        elimination = EvidenceElimination(*joint, variances.sizes)
        least_gain = 2 * float(np.log(self.view.groups.n_groups))
        elimination.run(least_gain, self.config.n_groups)
        variances.keep(elimination.alive)

    def _report(self, change: float) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.config.callback is None:
            return False
        share = np.log(max(change, 1e-300)) / np.log(min(self.config.tol, 0.5))
        progress = self._make_progress(float(np.clip(share, 0, 1)), self.variances.kept.size)
        return bool(self.config.callback(progress))

    def _make_progress(self, fraction: float, n_active: int) -> Progress:
        iterations, objectives = len(self.history), self.history["objective"]
        objective = objectives[-1] if objectives else 0.0
        return Progress(iterations, fraction, objective, n_active)

    def _make_solution(self, status: Status, kept: IntArray, fitted: Array) -> Solution:
        features = self._make_features(kept, fitted)
        residual = self.view.data - self.view.image(features)
        misfit = float(squared_magnitude(residual).sum())
        coef = self.view.coefficients(features).astype(self.problem.dtype, copy=False)
        change = self.history["change"]
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(self.problem.groups.norms(coef)),
            status=status,
            objective=misfit / 2,
            certificate=Certificate(CertificateKind.STATIONARITY, change[-1] if change else 0.0),
            alpha=0.0,
            residual_norm=float(np.sqrt(misfit)),
            iterations=len(change),
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
        )

    def _make_features(self, kept: IntArray, fitted: Array) -> Array:
        """Return all features, (K, n_features), from those of the active groups, (n, r)."""
        groups = self.view.groups
        features = np.zeros((len(self.view.data), groups.n_coefs), self.data.dtype)
        marked = np.zeros(groups.n_groups, dtype=bool)
        marked[kept] = True
        members = groups.indices[np.repeat(marked, groups.sizes)]
        features[:, members] = self.reduced.rotation.restore(fitted.T)
        if groups.unpenalised.size:
            left = (self.view.data - self.view.image(features)).T
            features[:, groups.unpenalised] = fit_least_norm(self.reduced.free, left).T
        return features
