"""Group-sparse recovery at a given noise level, by root finding on the Pareto curve.

Minimises ``sum_g w_g ||x_g||`` subject to ``||A x - y|| <= noise_level``, or
``1/2 ||A x - y||^2`` subject to ``sum_g w_g ||x_g|| <= radius`` (van den Berg and
Friedlander, 2008; groups and complex data: 2011). The second problem is solved
by projected gradients with Barzilai and Borwein's step and a nonmonotone line
search. Its optimal residual norm is a convex function of the radius with slope
``-||A^H r||_dual / ||r||``; Newton's method finds the radius at which it meets
the noise level. A lower bound of it from any residual gives a Newton step that
never goes too far, so early problems need not be solved accurately: that step
is the dual objective ``(Re<r, y> - noise_level ||r||) / ||A^H r||_dual``. An
iteration costs one `apply`, one `adjoint` and a projection. When the active
groups have settled, Newton's method on these ends the search. Where columns are
correlated, projected gradients creep; if the columns are at hand, block
coordinate descent then searches the strength of the penalised problem instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...checks import check_count, check_level, check_positive, check_strength
from ...penalties import L21, GroupWeights
from ...problem import Problem
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ..history import History
from ..requirements import DISJOINT_GROUPS, Requirement
from ..solver import Solver
from .active_newton import Target, solve_on_active_groups
from .l21_ball import L21Ball
from .pareto_root import ParetoCurve, ParetoPoint
from .spectral_descent import SpectralDescent
from .strength_root import StrengthRoot

_STALL = 0.1  # of what is missing to the noise level: a smaller gain is a stall
_STALL_DECAY, _STALL_LEAST = 0.9, 0.01
_SETTLED = 10  # iterations without a change of the active groups before Newton is tried
_FLAT = 1e-2  # of the first slope: where to ask whether the noise level can be reached


@dataclass(frozen=True, eq=False)
class SpectralProjectedGradient(Solver):
    """Minimise the weighted l2,1 norm at a noise level, or the misfit inside an l2,1 ball.

    Parameters
    ----------
    noise_level : float, optional
        The largest norm of the residual, at least 0. The `objective` of the
        solution is ``sum_g w_g ||x_g||``.
    radius : float, optional
        The largest ``sum_g w_g ||x_g||``, positive. The `objective` of the
        solution is ``1/2 ||A x - y||^2``. Give one of the two.
    group_weights : None, "sqrt" or array_like of float, optional
        ``w_g`` as for `L21`: zero leaves a group unpenalised, infinity
        excludes it.
    tol : float, default 1e-8
        Stop when the duality gap is at most `tol` times the objective and the
        residual norm within `tol` times the noise level (``||y||``, if it is
        zero); with `radius`, when the gap is at most ``tol ||r|| ||y||``. The
        gradient of unpenalised coefficients must fall to `tol` times that of
        all at zero. Rounding of the data sets a lower limit, which is about
        1e-5 in single precision and never more than 1e-3.
    max_iter : int, default 10000
        The largest number of projected gradient steps, and of strengths at which
        the penalised problem is solved instead. The few products of Newton's method
        at the end are not counted.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or not one of `noise_level` and
        `radius` is given.

    Notes
    -----
    It starts from `start`, by default from zero. The solution's `alpha` is the
    multiplier ``max_g ||A_g^H r|| / w_g``, the strength of the penalised problem
    with the same solution; the certificate is the duality gap of the constrained
    problem, with unpenalised coefficients as far as these have converged.
    `history` holds, per iteration: "objective", "residual_norm", "radius". A noise
    level that is not below ``||y||`` is a `ValueError`: the answer is zero.

    With a matrix, dense or sparse, or convolutions, it turns to
    `BlockCoordinateDescent` where it creeps; an iteration is then the solution at
    one strength.

    Examples
    --------
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> solution = SpectralProjectedGradient(radius=4.0).solve(problem)
    >>> solution.coef.round(8)
    array([2.4, 3.2, 0. , 0. ])
    >>> level = solution.residual_norm
    >>> SpectralProjectedGradient(noise_level=level).solve(problem).coef.round(8)
    array([2.4, 3.2, 0. , 0. ])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)

    noise_level: float | None = None
    radius: float | None = None
    group_weights: GroupWeights = None
    tol: float = 1e-8
    max_iter: int = 10000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if (self.noise_level is None) == (self.radius is None):
            raise ValueError(
                "give either noise_level or radius, "
                f"got noise_level={self.noise_level!r} and radius={self.radius!r}"
            )
        if self.noise_level is not None:
            check_level("noise_level", self.noise_level)
        if self.radius is not None:
            check_strength("radius", self.radius)
        L21(1.0, self.group_weights)
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def with_group_weights(self, weights: GroupWeights) -> SpectralProjectedGradient:
        """Return the solver with other weights of the groups."""
        return replace(self, group_weights=weights)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve the constrained problem."""
        return _Run(self, problem, start).run()


class _Run:
    """The state of one solve."""

    def __init__(
        self, config: SpectralProjectedGradient, problem: Problem, start: Array | None
    ) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        weights = L21(1.0, config.group_weights).weights(problem.groups)
        self.ball = ball = L21Ball(problem.groups, weights)
        first = np.zeros(problem.shape, problem.dtype)
        if start is not None:
            first = ball.remove_excluded(start)
        self.curve = ParetoCurve(problem, ball, config.noise_level, config.tol, config.max_iter)
        self.point, self.radius = self.curve.find_first(first, config.radius)
        self.descent = SpectralDescent(self.curve)
        self.flat = _FLAT * self.curve.first_slope
        self.settled, self.patience, self.stall = 0, _SETTLED, _STALL
        self.largest_error, self.fraction = 1.0, 0.0
        self.history = History("objective", "residual_norm", "radius")
        self.search = StrengthRoot(self.curve)

    def run(self) -> Solution:
        """Iterate until optimal, or until callback, limit or the curve's end stop it."""
        iteration = 0
        status = self._find_first_status()
        while status is None:
            iteration += 1
            solved = self.search.advance(iteration, self.point, self.radius)
            ended = self._step() if solved is None else self._accept(solved)
            status = self._find_status(iteration, ended)
        return self._make_solution(status, iteration)

    def _step(self) -> bool:
        """Take a projected gradient step, and what it calls for.

        Return whether the curve ends above the noise level.
        """
        self._descend()
        if self._move_radius():
            return True
        if self._measure_error(self.point) <= 1 or self._groups_have_settled():
            self._finish_on_active_groups()
        return False

    def _accept(self, point: ParetoPoint) -> bool:
        """Go to the solution at a strength; return whether the curve ends above the noise level."""
        self.point = point
        self.descent.forget()
        if self.config.noise_level is not None:
            self.radius = point.norm
        return self.config.noise_level is not None and self._has_ended()

    def _find_first_status(self) -> Status | None:
        """Return the status if zero, or the unpenalised coefficients alone, are the answer."""
        level, point = self.config.noise_level, self.point
        if self.curve.scale:
            met = level is not None and point.residual_norm <= level
            return Status.CONVERGED if met and not point.norm else None
        if level is not None and point.residual_norm > level:
            return Status.NOISE_LEVEL_NOT_REACHED
        return Status.CONVERGED

    def _find_status(self, iteration: int, ended: bool) -> Status | None:
        if not np.isfinite(self.point.residual_norm):
            return Status.DIVERGED
        if self._report(iteration):
            return Status.STOPPED
        if self._measure_error(self.point) <= 1:
            return Status.CONVERGED
        if ended:
            return Status.NOISE_LEVEL_NOT_REACHED
        if iteration < self.config.max_iter:
            return None
        best = self.search.best
        if best is not None and self._measure_error(best) < self._measure_error(self.point):
            self.point = best
        return Status.MAX_ITER

    def _descend(self) -> None:
        before = self.point.norms > 0
        self.point = self.descent.step(self.point, self.radius)
        same = np.array_equal(self.point.norms > 0, before)
        self.settled = self.settled + 1 if same else 0

    def _move_radius(self) -> bool:
        """Take a Newton step on the Pareto curve if the bound or a stall calls for one.

        Return whether the curve ends above the noise level.
        """
        level, point = self.config.noise_level, self.point
        if level is None:
            return False
        misfit = point.residual_norm
        ahead = misfit * (misfit - level)
        bounded = point.slack(self.radius) <= abs(ahead) / 3
        if not bounded and not self._stalls(ahead):
            return False
        if self._has_ended():
            return True
        if bounded:
            self._set_radius(point.root(level))
        else:  # as if the problem were solved: that may go too far, and then comes back
            self._set_radius(max(0.0, self.radius + ahead / point.dual_norm))
        return False

    def _has_ended(self) -> bool:
        """Return whether the curve ends above the noise level, and then go to its end."""
        point, misfit = self.point, self.point.residual_norm
        above = misfit > (self.config.noise_level or 0.0)
        if not above or point.dual_norm > self.flat * misfit:
            return False
        self.flat = 0.1 * point.dual_norm / misfit
        end = self.curve.find_end(point)
        if end is None:
            return False
        self.point, self.radius = end, end.norm
        return True

    def _stalls(self, ahead: float) -> bool:
        """Return whether the fit no longer gains what matters for the noise level."""
        if self.config.noise_level == 0:  # nothing would lead back from a radius too large
            return False
        if self.descent.measure_gain(self.point) > self.stall * abs(ahead):
            return False
        self.stall = max(_STALL_DECAY * self.stall, _STALL_LEAST)  # later steps are to go less far
        return True

    def _set_radius(self, radius: float) -> None:
        self.descent.forget()
        shrinks = radius < self.point.norm
        self.radius = radius
        x = self.ball.project(self.point.x, radius) if shrinks else self.point.x
        self.point = self.curve.make_point(x)  # recomputed, for rounding would add up

    def _groups_have_settled(self) -> bool:
        if self.settled < self.patience:
            return False
        self.patience *= 2
        return True

    def _finish_on_active_groups(self) -> None:
        """Take the solution among the active groups if it is nearer to optimal."""
        self.settled = 0
        level = self.config.noise_level
        if level == 0:
            return
        target = Target(level, self.radius, 0.01 * self.config.tol)
        x = solve_on_active_groups(self.problem, self.ball, self.point.x, target)
        if x is None:
            return
        candidate = self.curve.make_point(x)
        error = self._measure_error(candidate)
        if error < self._measure_error(self.point):
            self.point = candidate
            if level is not None and error > 1:
                self._set_radius(candidate.root(level))

    def _report(self, iteration: int) -> bool:
        """Record the history and call the callback; return whether it asks to stop."""
        point, objective = self.point, self.curve.evaluate_objective(self.point)
        self.history.record(
            objective=objective,
            residual_norm=point.residual_norm,
            radius=self.radius,
        )
        if self.config.callback is None:
            return False
        error = min(max(1.0, self._measure_error(point)), np.finfo(float).max)
        self.largest_error = largest = max(self.largest_error, error)
        reached = 1 - float(np.log(error) / np.log(largest)) if largest > 1 else 1.0
        self.fraction = max(self.fraction, reached, iteration / self.config.max_iter)
        n_active = int(np.count_nonzero(point.norms))
        return bool(self.config.callback(Progress(iteration, self.fraction, objective, n_active)))

    def _measure_error(self, point: ParetoPoint) -> float:
        return self.curve.measure_error(point, self.radius)

    def _make_solution(self, status: Status, iterations: int) -> Solution:
        self.point = point = self.curve.make_point(self.point.x)
        return Solution(
            coef=point.x,
            active_groups=np.flatnonzero(point.norms),
            status=status,
            objective=self.curve.evaluate_objective(point),
            certificate=Certificate(
                CertificateKind.DUALITY_GAP, abs(self.curve.gap(point, self.radius))
            ),
            alpha=point.dual_norm,
            residual_norm=point.residual_norm,
            iterations=iterations,
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
        )
