"""Block coordinate descent with working sets for ``1/2 ||A x - y||^2 + penalty(x)``.

The groups whose gradient violates optimality most come into a working set;
there one group after another is minimised exactly (eigendecomposition of its
Gram matrix, then one equation for its norm, see `block_steps`), first all,
then only those that are not zero, extrapolated by Anderson's method; the full
gradient then says whether the problem is solved or which groups are missing.
From a cold start the strength falls in steps from the critical one, so that
the working set stays close to the support. Cost: one product with the adjoint
per gradient; per sweep, two passes over the active columns, or one over their
Gram matrix, which is made once sweeping over columns has cost as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from ...arrays import Array, scalar_like
from ...checks import check_count, check_positive
from ...penalties import GroupL0, GroupNormPenalty, Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import DisjointForm, make_disjoint
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify, compute_critical_strength, space_strengths
from ..optimality.session import PenalisedSolver, Session
from .banded_session import BandedSession
from .working_descent import WorkingDescent

_FINEST = 50  # times the precision: what a gradient's norm can fall to
_STEP = {True: 0.2, False: 0.8}  # from one strength on the way to the next, if it is convex
_STAGE_ACCURACY = {True: 0.3, False: 0.01}  # of the strength, there; by whether it is convex
_STAGES = 50  # no strength on the way takes a larger part of all sweeps
_FEWEST = 20  # groups that may come in at once; later as many as are active
_INNER = 0.2  # of the distance from optimality: by how much a last sweep may move
_HALTED = 1e-3  # where that had to be made so small, sweeps creep
_FARTHEST = 2.0  # times the last step along a path: how far a prediction may go


@dataclass(frozen=True)
class BlockCoordinateDescent(PenalisedSolver):
    """Working-set block coordinate descent.

    Parameters
    ----------
    penalty : Penalty
        The penalty, with its strength; any but `GroupL0`.
    tol : float, default 1e-6
        Stop when the smallest subgradient of the objective has at most `tol`
        times the norm of ``A^H y``; never below 50 times the precision of the
        data. The suboptimality falls with its square.
    max_iter : int, default 10000
        The largest number of sweeps over groups.
    callback : callable, optional
        Called with a `Progress` after each full gradient; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    Needs the columns of the operator: made for matrices, dense and sparse.
    Any operator works, but a matrix-free one is applied to one unit vector for
    every working feature; `FISTA` suits those. For convolutions, one or one per
    channel, the bands of the Gram matrix are all that is needed, every trace is
    a problem of its own, and iterations are those of the slowest. A folded concave penalty has
    many stationary points: from a cold start its path from the critical
    strength is followed in small steps to a good one.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> BlockCoordinateDescent(L21(1.0)).solve(problem).coef
    array([2.4, 3.2, 0. , 0. ])
    """

    penalty: Penalty
    tol: float = 1e-6
    max_iter: int = 10000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.penalty, Penalty) or isinstance(self.penalty.core, GroupL0):
            raise ValueError(
                "penalty must be L21, SparseGroup, LatentOverlap, GroupMCP or GroupSCAD, "
                f"got {self.penalty!r}"
            )
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Minimise the penalised problem.

        Parameters
        ----------
        problem : Problem
            Operator, data, groups.
        start : ndarray, optional
            Coefficients to start from; by default the path from the critical
            strength leads there.

        Returns
        -------
        Solution
            With a duality gap as certificate if the penalty is convex, else
            the distance to the subdifferential. `history` holds, per full
            gradient: "objective", "criterion", "alpha", "n_working"; for
            convolutions, per strength: "alpha", "criterion".

        Raises
        ------
        ValueError
            If groups overlap and the penalty is not `LatentOverlap`, or `start`
            cannot be coefficients of the problem.
        """
        session = self.session(problem)
        if start is not None:
            session.begin(start)
        return session.solve(self.penalty.alpha)

    def session(self, problem: Problem) -> DescentSession | BandedSession:
        """Return a session in which one strength after another is solved, each from the last.

        Parameters
        ----------
        problem : Problem
            Operator, data, groups.

        Returns
        -------
        DescentSession or BandedSession
            With the method ``solve(alpha)``; the second where every channel's
            Gram matrix is banded.
        """
        banded = BandedSession.of(self, problem)
        return banded or DescentSession(self, make_disjoint(problem, self.penalty))


class DescentSession(Session):
    """One problem at several strengths; the working set and its products are kept."""

    def __init__(self, config: BlockCoordinateDescent, form: DisjointForm) -> None:
        self.config, self.form, self.problem = config, form, form.problem
        self.penalty = _with_fixed_weights(config.penalty, form.problem)
        by_norms = isinstance(config.penalty.core, GroupNormPenalty)
        self.view = FeatureView.of(form.problem, rotate=by_norms)
        self.descent = WorkingDescent(self.view, self.penalty, form.problem.dtype)
        self.scale = float(np.linalg.norm(self.descent.correlations))
        finest = _FINEST * float(np.finfo(form.problem.dtype).eps)
        self.accuracy = max(config.tol, finest) * self.scale
        self.alpha: float | None = None
        self.points: list[tuple[float, Array, Array]] = []
        self.sweeps = 0

    def begin(self, start: Array) -> None:
        """Take coefficients to start from."""
        features = self.view.features(self.form.start(start))
        self.descent.take(features)
        self.alpha = self.config.penalty.alpha

    @cached_property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""
        descent = self.descent
        descent.fit_free()
        everything = descent.data_correlations
        return compute_critical_strength(
            self.penalty, descent.correlations, descent.free, everything, descent.groups
        )

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, from wherever the session is."""
        began = perf_counter()
        self.history = History("objective", "criterion", "alpha", "n_working")
        self.sweeps = 0
        status = self._approach(alpha)
        if status is None:
            status = self._solve_at(alpha, None, self.config.max_iter)
        self._remember(alpha)
        return self._solution(alpha, status, perf_counter() - began)

    def _approach(self, alpha: float) -> Status | None:
        """Come from the last strength, or the critical one, in steps; return why it stopped."""
        convex = self.penalty.convex
        if self.alpha is None:
            self.alpha = self.critical
        elif convex:
            self._predict(alpha)
        for stage in space_strengths(self.alpha, alpha, _STEP[convex]):
            self.alpha = stage
            # A strength on the way is not worth more than a part of the sweeps.
            most = self.sweeps + self.config.max_iter // _STAGES
            status = self._solve_at(stage, _STAGE_ACCURACY[convex] * stage, most)
            if status is Status.STOPPED or self.sweeps >= self.config.max_iter:
                return status
        self.alpha = alpha
        return None

    def _remember(self, alpha: float) -> None:
        """Keep the point, to predict the next one."""
        descent = self.descent
        now = (alpha, descent.working.x.copy(), descent.correlations)
        self.points = [*self.points[-1:], now]

    def _predict(self, alpha: float) -> None:
        """Go along the line through the last two points, and take in what will be missing."""
        if len(self.points) < 2:
            return
        (first, x0, c0), (last, x1, c1) = self.points
        factor = (last - alpha) / (first - last) if first != last else 0.0
        if not 0 < factor <= _FARTHEST:
            return
        descent, working = self.descent, self.descent.working
        share = scalar_like(factor, x1)
        ahead = x1.copy()
        ahead[:, : x0.shape[1]] += share * (x1[:, : x0.shape[1]] - x0)
        active = working.places(working.active)
        x = np.zeros_like(x1)
        x[:, active] = ahead[:, active]
        descent.go_to(x)
        expected = descent.expected(alpha, c1 + share * (c1 - c0))
        descent.add_worst(expected, max(_FEWEST, working.active.size))
        self._descend(descent.at(alpha), self.accuracy / 3)

    def _descend(self, form: Any, target: float) -> None:
        left = self.config.max_iter - self.sweeps
        self.sweeps += self.descent.descend(form, target, left)

    def _solve_at(self, alpha: float, limit: float | None, most: int) -> Status:
        """Descend and enlarge the working set until the point is optimal, or good enough.

        `limit` is what no group's distance may exceed at an intermediate
        strength; None asks for the accuracy of the solution. `most` is the
        number of sweeps, counted from the beginning, at which to stop.
        """
        descent, form = self.descent, self.descent.at(alpha)
        share, before = _INNER, np.inf
        while True:
            descent.correlate()
            state = descent.optimality(alpha)
            worst = float(state.distances.max(initial=0.0))
            if self._report(form, alpha, state.total):
                return Status.STOPPED
            if state.total <= self.accuracy or (limit is not None and worst <= limit):
                return Status.CONVERGED
            if self.sweeps >= most:
                return Status.MAX_ITER
            descent.add_worst(state.distances, max(_FEWEST, descent.working.active.size))
            # Many small steps in one direction: the sweeps must go on for longer.
            share = share / 10 if state.total > before / 2 else _INNER
            before = state.total
            if share <= _HALTED:
                descent.polish(form)
            self._descend(form, share * max(state.total, 3 * self.accuracy))

    def _report(self, form: Any, alpha: float, criterion: float) -> bool:
        """Keep the history and tell the callback; return whether it asks to stop."""
        objective = self.descent.objective(form)
        n_working = self.descent.working.norms.size
        self.history.record(
            objective=objective, criterion=criterion, alpha=alpha, n_working=n_working
        )
        if self.config.callback is None:
            return False
        first, target = self.scale, self.accuracy
        reached = np.log(first / max(criterion, target)) / np.log(first / target) if first else 1.0
        fraction = min(1.0, max(self.sweeps / self.config.max_iter, float(reached)))
        n_active = int(np.count_nonzero(self.descent.groups.norms(self.descent.working.full())))
        return bool(self.config.callback(Progress(self.sweeps, fraction, objective, n_active)))

    def _solution(self, alpha: float, status: Status, seconds: float) -> Solution:
        descent, problem = self.descent, self.problem
        descent.correlate()
        x = self.view.coefficients(descent.working.full())
        residual = self.view.in_data_shape(descent.residual)
        objective = descent.objective(descent.at(alpha))
        correlations = self.view.coefficients(descent.correlations)
        return Solution(
            coef=self.form.coefficients(x),
            active_groups=np.flatnonzero(problem.groups.norms(x)),
            status=status,
            objective=objective,
            certificate=certify(problem, descent.penalty, x, residual, correlations),
            alpha=float(alpha),
            residual_norm=float(np.linalg.norm(residual)),
            iterations=self.sweeps,
            seconds=seconds,
            history=self.history.as_arrays(),
            latent=self.form.latent(x),
        )


def _with_fixed_weights(penalty: Penalty, problem: Problem) -> Penalty:
    """Return the penalty with its weights as numbers: rotated channels have smaller groups."""
    core = penalty.core
    if core.group_weights is None:
        return penalty
    return penalty.with_group_weights(core.weights(problem.groups))
