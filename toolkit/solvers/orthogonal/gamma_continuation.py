"""Joint sparsity by orthogonal weighting, followed from a convex problem to a rank-aware one.

The solution of the l2,1 problem, gamma = 1, is followed as gamma falls to almost zero,
while the strength is kept where the residual is as large as the noise (Petrosyan, Pieper
and Tran, 2023, sections 6.3 and 6.4). Only the channels that stand out from the noise
are used to find the active groups; all channels are then fitted on these by least squares.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, NamedTuple

import numpy as np

from ...arrays import Array
from ...checks import check_count, check_flag, check_fraction, check_level, check_not_negative
from ...problem import Problem
from ...reformulations.channel_reduction import Channels, ReducedChannels
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..goal import Goal
from ..history import History
from ..least_squares.iterative_fitter import fit_nonzero_features
from ..least_squares.nested_fits import NestedFits
from ..requirements import DISJOINT_GROUPS, EVERY_FEATURE_IN_A_GROUP, Requirement
from ..solver import Solver
from .descent import Descent, Setting
from .variable_metric import back_project, make_descent, make_orthogonal_solution

_BAND = (0.8, 1.25)  # of the noise level
_FIRST_STRENGTH = 0.2  # of that at which the l2,1 solution is zero
_MOST_STRENGTHS = 200  # at one gamma
_UNCHANGED = 1e-3
_MANY = 2**27  # numbers in the columns of the groups found
# How far channels must stand out from the noise, and the residual aimed at, relative to
# the data's norm: where an attempt does not explain the data, the next one is more careful.
_ATTEMPTS = ((4.0, 1e-2), (2.0, 3e-3), (1.0, 1e-3))


@dataclass(frozen=True)
class GammaContinuation(Solver):
    """Orthogonally weighted l2,1 at a known noise level, by continuation in gamma from 1 down.

    Parameters
    ----------
    noise_level : float
        The norm of the noise in the data, 0 for data that are exact.
    rank : int, optional
        How many combinations of channels to use. Default: those that stand out
        from white noise, and more where they do not explain the data.
    refit : bool, default True
        Whether to fit the data by least squares on the groups found: on as many of the
        largest as leave only noise, unless their columns are too many to be held.
        Without, the solution is the penalised one of the channels used, and the
        residual of exact data falls to a thousandth only.
    gamma_ratio : float
        The factor from one gamma to the next.
    gamma_min : float, default 1e-6
        The last gamma. Both are meant for coefficients in units in which the
        back-projected data have spectral norm 1.
    tol : float, default 1e-4
        At each setting, steps end when the predicted decrease is at most this
        part of the objective.
    max_iter : int, default 20000
        The most steps in all.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    A start is for the first problem, which is convex. With a refit the solution has
    ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the normal
    equations; without, those of the last setting and a "first order" certificate, as
    `VariableMetric` has it. `history` holds, per gamma: "gamma" and "alpha" in the units of
    the data, "n_active", "residual_norm" in the channels used, "iterations", "violation".

    Where no attempt explains the data by fewer features than rows, the fit has as
    many and reaches any noise level: its active groups then mean nothing, and the status is
    INTERPOLATED.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(20, 40, 6, 8, rank=5, noise=0.05, random_state=0)
    >>> solution = GammaContinuation(data.noise_level).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """

    requires: ClassVar[tuple[Requirement, ...]] = (
        DISJOINT_GROUPS,
        EVERY_FEATURE_IN_A_GROUP,
    )

    noise_level: float
    rank: int | None = None
    refit: bool = True
    gamma_ratio: float = 10**-0.5
    gamma_min: float = 1e-6
    tol: float = 1e-4
    max_iter: int = 20_000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_flag("refit", self.refit)
        check_level("noise_level", self.noise_level)
        if self.rank is not None:
            check_count("rank", self.rank)
        for name in ("gamma_ratio", "gamma_min"):
            check_fraction(name, getattr(self, name))
        check_not_negative("tol", self.tol)
        check_count("max_iter", self.max_iter)

    @property
    def goal(self) -> Goal:
        """The noise level."""
        return Goal(noise_level=self.noise_level)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Follow the solution from gamma = 1 to `gamma_min`."""
        return _Continuation(self, problem, start).solve()


class _Outcome(NamedTuple):
    """Coefficients in the channels of a view, and whether they explain or at least fit the data.

    A fit with as many features as rows fits any data, and explains nothing.
    """

    view: FeatureView
    rows: Array
    explains: bool
    fits: bool


class _Continuation:
    """One solve: attempts, each from gamma = 1 down."""

    def __init__(self, config: GammaContinuation, problem: Problem, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.start = start
        self.channels = Channels(problem, config.noise_level)
        if config.rank is not None and config.rank > max(1, self.channels.rank):
            raise ValueError(
                f"rank must be at most {max(1, self.channels.rank)}, the numerical rank of the "
                f"data, got {config.rank}"
            )
        self.data_norm = float(np.linalg.norm(problem.data))
        rounding = float(np.sqrt(np.finfo(problem.dtype).eps))
        self.level = max(config.noise_level, rounding * self.data_norm)
        self.iterations, self.fraction, self.least = 0, 0.0, 0.0
        self.unit, self.setting = 1.0, Setting(1.0, 1.0)
        self.history = History(
            "gamma", "alpha", "n_active", "residual_norm", "iterations", "violation"
        )

    def solve(self) -> Solution:
        """Attempt, with more care each time, until the data are explained."""
        outcome = _Outcome(self.channels.view, self._make_zeros(self.channels.view), True, True)
        status = Status.CONVERGED
        for reduced, target in self._generate_attempts():
            # In the data's units gamma could be so near to 0 or 1 that the rest is rounding.
            self.unit = _find_spectral_norm(back_project(reduced.view)) or 1.0
            view = dataclasses.replace(reduced.view, data=reduced.view.data / self.unit)
            descent = make_descent(view, self._make_first_rows(view))
            status = self._follow(descent, view, target / self.unit)
            outcome = self._judge_outcome(reduced.view, descent)
            if outcome.explains or status is not Status.CONVERGED:
                break
        if status is Status.CONVERGED and not outcome.fits:
            status = Status.NOISE_LEVEL_NOT_REACHED
        return make_orthogonal_solution(
            outcome.view,
            outcome.rows,
            setting=None if self.config.refit else _rescale(self.setting, self.unit),
            violation=(self.history["violation"] or [0.0])[-1],
            status=status,
            iterations=self.iterations,
            began=self.began,
            history=self.history.as_arrays(),
        )

    def _generate_attempts(self) -> Iterator[tuple[ReducedChannels, float]]:
        """Yield channels, and the residual norm to aim at in them."""
        before = None
        if self.data_norm <= self.config.noise_level or not self.channels.rank:
            return
        for margin, relative in _ATTEMPTS:
            if self.config.rank is not None:
                reduced = self.channels.keep_strongest(min(self.config.rank, self.channels.rank))
            elif margin > 1:
                reduced = self.channels.keep_outstanding(margin)
            else:
                reduced = self.channels.drop_noise()
            data = reduced.view.data
            target = max(reduced.noise_level, relative * float(np.linalg.norm(data)))
            if (len(data), target) != before:
                yield reduced, target
            before = len(data), target

    def _make_first_rows(self, view: FeatureView) -> Array:
        if self.start is None:
            return self._make_zeros(view)
        return np.array(view.features(self.start), order="C") / self.unit

    def _make_zeros(self, view: FeatureView) -> Array:
        return np.zeros((len(view.data), view.groups.n_coefs), view.data.dtype)

    def _follow(self, descent: Descent, view: FeatureView, target: float) -> Status:
        """Follow the solution down to the last gamma."""
        correlations = view.correlations(view.data)
        strength = _FIRST_STRENGTH * float(view.groups.joint_norms(correlations).max())
        gamma, status = 1.0, Status.CONVERGED
        # Below this no residual falls: the operator cannot reach the data.
        self.least = float(np.finfo(self.problem.dtype).eps) * strength
        if strength == 0:
            return status
        n_levels = np.log(self.config.gamma_min) / np.log(self.config.gamma_ratio)
        while status is Status.CONVERGED:
            self.fraction = float(np.log(gamma) / np.log(self.config.gamma_ratio)) / n_levels
            begun = self.iterations
            strength, status = self._balance(descent, strength, gamma, target)
            setting = _rescale(self.setting, self.unit)
            self.history.record(
                gamma=setting.gamma,
                alpha=setting.alpha,
                n_active=descent.n_active,
                residual_norm=self.unit * float(np.linalg.norm(descent.residual)),
                iterations=self.iterations - begun,
                violation=descent.measure_violation(),
            )
            if gamma <= self.config.gamma_min:
                break
            gamma *= self.config.gamma_ratio
            if gamma < (1 + 1e-6) * self.config.gamma_min:  # rounding does not make a step
                gamma = self.config.gamma_min
        return status

    def _balance(
        self, descent: Descent, strength: float, gamma: float, target: float
    ) -> tuple[float, Status]:
        """Solve at the strength at which the residual is as large as the noise, section 6.3."""
        before, may_rise = None, True
        for _ in range(_MOST_STRENGTHS):
            self.setting = Setting(strength, gamma)
            descent.begin(self.setting)
            left = self.config.max_iter - self.iterations
            status = descent.settle(self.config.tol, left, lambda: self._report(descent))
            misfit = float(np.linalg.norm(descent.residual))
            if status is not Status.CONVERGED:
                break
            if misfit > _BAND[1] * target and strength > self.least:
                # Where the residual jumps across the band, keep the strength below the jump.
                may_rise &= before is None
                strength = max(strength * (1 - (1 - target / misfit) / 2), self.least)
            elif misfit < _BAND[0] * target and may_rise:
                # A larger strength need not raise the residual at small gamma.
                if before is not None and abs(misfit - before) <= _UNCHANGED * target:
                    break
                strength *= min(1.5, (1 + target / max(misfit, 1e-3 * target)) / 2)
                before = misfit
            else:
                break
        return strength, status

    def _judge_outcome(self, view: FeatureView, descent: Descent) -> _Outcome:
        """Return the coefficients, and whether they explain the data up to the noise."""
        rows = descent.rows * self.unit
        if not self.config.refit:
            least = _ATTEMPTS[-1][1] * self.data_norm
            misfit = self._find_misfit(view, view.data - self.unit * descent.residual)
            fits = misfit <= _BAND[1] * max(self.level, least)
            return _Outcome(view, rows, fits, fits)
        norms = view.groups.joint_norms(rows)
        if np.count_nonzero(rows.any(axis=0)) * view.data.shape[1] > _MANY:
            return self._fit_iteratively(view, rows)
        order = falling_order(norms)[: np.count_nonzero(norms)]
        everything = self.channels.view
        nested = NestedFits(everything, order)
        wanted = nested.find_sufficient(self.level, len(everything.data))
        fitted = self.channels.keep_signal().view
        n = order.size if wanted is None else wanted
        rows = nested.coefficients(n, fitted)
        fits = bool(nested.residual_norms[n] <= self.level)
        return _Outcome(fitted, rows, wanted is not None, fits)

    def _fit_iteratively(self, view: FeatureView, rows: Array) -> _Outcome:
        """Return the fit on all groups found, where their columns are too many to be held."""
        rows = fit_nonzero_features(view, rows)
        fits = self._find_misfit(view, view.image(rows)) <= self.level
        return _Outcome(view, rows, fits, fits)

    def _find_misfit(self, view: FeatureView, image: Array) -> float:
        """Return the norm of the data of all channels minus an image in some."""
        return float(np.linalg.norm(view.in_data_shape(image) - self.problem.data))

    def _report(self, descent: Descent) -> bool:
        self.iterations += 1
        if self.config.callback is None:
            return False
        objective = self.unit**2 * self.setting.alpha * descent.objective
        progress = Progress(self.iterations, self.fraction, objective, descent.n_active)
        return bool(self.config.callback(progress))


def _rescale(setting: Setting, unit: float) -> Setting:
    """Return the setting for coefficients and data that are `unit` times as large."""
    alpha, gamma = setting
    total = gamma * unit**2 + (1 - gamma)
    return Setting(float(alpha * unit**2 / np.sqrt(total)), gamma * unit**2 / total)


def _find_spectral_norm(rows: Array) -> float:
    """Return the largest singular value of few long rows."""
    wide = rows.astype(np.result_type(rows, np.float64), copy=False)
    return float(np.sqrt(max(0.0, np.linalg.eigvalsh(wide @ wide.conj().T)[-1])))
