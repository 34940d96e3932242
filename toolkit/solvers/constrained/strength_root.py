"""The constrained problem as a search over the strength of the penalised one.

A solution of ``1/2 ||A x - y||^2 + alpha sum_g w_g ||x_g||`` solves the
constrained problem for its own residual norm, and for its own radius; the first
rises with the strength, the second falls. The secant method, in logarithms,
finds the strength at which one of them meets its target. Where the columns of
the operator are at hand, block coordinate descent solves a strength in far
fewer passes than projected gradients need when the columns are correlated.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ...arrays import Array
from ...operators import CentredMatrix, Matrix
from ...penalties import L21
from ...problem import Problem
from ...reformulations.channel_parts import ChannelParts
from ...reformulations.feature_view import FeatureView
from ...solution import Status
from ..descent.block_coordinate_descent import BlockCoordinateDescent
from ..descent.staged_session import StagedSession
from .pareto_root import ParetoCurve, ParetoPoint

_SLOW, _VERY_SLOW = 60, 200  # gradient steps, far from the noise level and near it
_FAR = 4.0  # times the noise level
_SWEEPS = 2  # as many sweeps as gradient steps, or more, are likely to be needed
_SHARE = 0.1  # of the tolerance: how accurately every strength is solved
_FINEST = 200  # times the precision: sweeps may not get a gradient below
_BELOW = 0.1  # of a strength: where it is not accurate enough any more
_PARTS = 5  # a strength takes such a part of the iterations as sweeps at most
_MOST = 30  # strengths
_FARTHEST = 3.0  # by how much the logarithm of the strength may change at once


class StrengthRoot:
    """The search for the strength of one problem, begun where gradient steps creep.

    `best` is the solution at a strength that is nearest to optimal, None before the first.
    """

    def __init__(self, curve: ParetoCurve) -> None:
        self.curve = curve
        self.best: ParetoPoint | None = None
        self._solutions: Iterator[ParetoPoint] | None = None

    @cached_property
    def _n_entries(self) -> float:
        return _count_entries(self.curve.problem)

    def advance(self, iteration: int, point: ParetoPoint, radius: float) -> ParetoPoint | None:
        """Return the solution at the next strength; None if a gradient step is to be taken."""
        if self._solutions is None:
            if not self._pays(iteration, point):
                return None
            self._solutions = _search(self.curve, radius, point.dual_norm)
        found = next(self._solutions, None)
        if found is not None:
            error = self.curve.measure_error
            if self.best is None or error(found, radius) < error(self.best, radius):
                self.best = found
        return found

    def _pays(self, iteration: int, point: ParetoPoint) -> bool:
        """Return whether gradient steps have cost what coordinate descent is likely to."""
        if iteration <= _SLOW or not (self._n_entries and 0 < point.dual_norm < np.inf):
            return False
        level, allowance = self.curve.noise_level, self.curve.allowance
        far = level is not None and point.residual_norm > _FAR * max(level, allowance)
        n_active = np.count_nonzero(point.x) / (self.curve.problem.operator.n_channels or 1)
        # A sweep over the Gram matrix of the active columns, relative to two products.
        sweep = n_active**2 / (2 * self._n_entries)
        return iteration > (_SLOW if far else _VERY_SLOW) * max(1.0, _SWEEPS * sweep)


def _count_entries(problem: Problem) -> float:
    """Return the number of entries of a channel's matrix: what a product costs.

    Zero if the columns are not at hand, infinite if their bands are, as sweeps are then cheap.
    """
    operator = FeatureView.of(problem).operator
    if isinstance(operator, CentredMatrix):
        operator = operator.matrix
    if isinstance(operator, Matrix):
        return float(operator.values.size)
    parts = ChannelParts.of(problem)
    return np.inf if parts is not None and parts.are_banded else 0.0


def _search(curve: ParetoCurve, radius: float, strength: float) -> Iterator[ParetoPoint]:
    """Yield the solutions at strengths that approach the right one, from a guess of it.

    `radius` counts if the curve has no noise level. It ends where a strength cannot be
    solved, or the search gets no further.
    """
    session, made_for = _begin_session(curve, strength, None), strength
    if not session.critical:
        return
    secant, error = Secant(np.log(min(strength, session.critical))), np.inf
    for _ in range(_MOST):
        strength = float(np.exp(secant.place))
        solution = session.solve(strength)
        point = curve.make_point(solution.coef)
        if strength < _BELOW * made_for:
            session, made_for = _begin_session(curve, strength, point.x), strength
        excess = _measure_excess(curve, point, radius)
        if curve.noise_level is None and excess < 0:
            point = curve.make_point(curve.ball.project(point.x, radius))
        yield point
        before, error = error, curve.measure_error(point, radius)
        lost = curve.noise_level == 0 and error > before  # rounding has the better of it
        if lost or solution.status is not Status.CONVERGED or not secant.move(excess):
            return


def _begin_session(curve: ParetoCurve, strength: float, start: Array | None) -> StagedSession:
    """Return a session that solves this strength as accurately as the curve's tolerance asks."""
    problem, ball = curve.problem, curve.ball
    everything = float(np.linalg.norm(problem.operator.adjoint(problem.data)))
    rounding = float(np.finfo(problem.dtype).eps)
    least = float(ball.weights[ball.penalised].min())
    tol = max(_SHARE * curve.tol * strength * least / everything, _FINEST * rounding)
    most = max(1, curve.max_iter // _PARTS)
    descent = BlockCoordinateDescent(L21(strength, ball.weights), tol=tol, max_iter=most)
    session = descent.session(problem)
    if start is not None:
        session.begin(start)
    return session


def _measure_excess(curve: ParetoCurve, point: ParetoPoint, radius: float) -> float:
    """Return the logarithm of what rises with the strength, relative to its target."""
    with np.errstate(divide="ignore"):
        if curve.noise_level is not None:
            return float(np.log(point.residual_norm) - np.log(curve.noise_level))
        return float(np.log(radius) - np.log(point.norm))


class Secant:
    """The search for the root of a rising function, in the interval that is known to hold it.

    >>> search = Secant(2.0)
    >>> while search.move(search.place**3 - 1):
    ...     pass
    >>> round(search.place, 6)
    1.0
    """

    def __init__(self, place: float) -> None:
        self.place = place
        self.low, self.high, self.slope = -np.inf, np.inf, 1.0
        self.before: tuple[float, float] | None = None

    def move(self, value: float) -> bool:
        """Move on, given the value at the present place; return whether that is another place."""
        here = self.place
        if value > 0:
            self.high = here
        else:
            self.low = here
        if self.before is not None:
            slope = (value - self.before[1]) / (here - self.before[0])
            self.slope = slope if 0 < slope < np.inf else self.slope
        self.before = here, value
        ahead = here - float(np.clip(value / self.slope, -_FARTHEST, _FARTHEST))
        if not self.low < ahead < self.high:
            ahead = (self.low + self.high) / 2
        self.place = ahead
        return bool(np.isfinite(ahead) and ahead != here)
