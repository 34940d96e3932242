"""Block coordinate descent with working sets for ``1/2 ||A x - y||^2 + penalty(x)``.

The groups that violate optimality most enter a working set; there one group
after another is minimised exactly (eigendecomposition of its Gram matrix, then
one equation for its norm, see `block_steps`), first all, then only those that
are not zero, extrapolated by Anderson's method; the full gradient then shows
whether the problem is solved or which groups are missing. From a cold start the
strength falls in stages from the critical one (`staged_session`). Cost: one
product with the adjoint per gradient; per sweep, two passes over the active
columns, or one over their Gram matrix, which is made once sweeping over columns
has cost as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ...arrays import Array, scalar_like
from ...checks import check_count, check_positive
from ...penalties import GroupL0, GroupNormPenalty, Penalty
from ...penalties.block_forms import TwoThresholds
from ...problem import Problem
from ...reformulations.channel_parts import ChannelParts
from ...reformulations.disjoint_groups import DisjointForm, make_disjoint
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify, compute_critical_strength
from ..optimality.session import PenalisedSolver
from .banded_session import BandedSession
from .newton_step import polish
from .staged_session import (
    DEPTH,
    FEWEST_GROUPS,
    INNER_ACCURACY,
    MOST_INNER_SWEEPS,
    StagedSession,
    limit_accuracy,
)
from .sweeps import Anderson
from .working_set import Sweeps, WorkingSet

_DRIFT = 1e4  # times the precision: what an updated residual may be wrong by
_STAGES = 50  # no stage takes a larger part of all sweeps
_HALTED = 1e-3  # sweeps creep where the inner accuracy had to be made so small
_FARTHEST = 2.0  # times the last step along a path: how far a prediction may go


@dataclass(frozen=True)
class BlockCoordinateDescent(PenalisedSolver):
    """Block coordinate descent with a working set of groups, for convex and concave penalties.

    Parameters
    ----------
    penalty : Penalty
        The penalty, with its strength; any but `GroupL0`.
    tol : float, default 1e-6
        Stop when the smallest subgradient of the objective has at most `tol`
        times the norm of ``A^H y``, or where rounding halts it below 50 times the
        precision of the data. The suboptimality falls with its square, the duality gap
        in proportion.
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
    channel, only the bands of the Gram matrix are needed, every trace is a
    problem by itself, and iterations are those of the slowest.

    Without `start`, the path from the critical strength leads to the solution;
    of the many stationary points of a folded concave penalty, its small steps
    lead to a good one. The certificate is a duality gap if the penalty is
    convex, else the distance to the subdifferential. `history` holds, per full
    gradient: "objective", "criterion", "alpha", "n_working"; for convolutions,
    per strength: "alpha", "criterion".

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> BlockCoordinateDescent(L21(1.0)).solve(problem).coef
    array([2.4, 3.2, 0. , 0. ])
    """

    accepted_penalties: ClassVar[str] = "L21, SparseGroup, LatentOverlap, GroupMCP or GroupSCAD"
    refused_penalties: ClassVar[tuple[type[Penalty], ...]] = (GroupL0,)

    penalty: Penalty
    tol: float = 1e-6
    max_iter: int = 10000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        self.check_penalty()
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Minimise the penalised problem."""
        session = self.session(problem)
        if start is not None:
            session.begin(start)
        return session.solve(self.penalty.alpha)

    def session(self, problem: Problem) -> StagedSession:
        """Return a session that solves one strength after another, each from the last.

        It is a `BandedSession` where every channel's Gram matrix is banded.
        """
        parts = _find_banded_parts(problem, self.penalty)
        if parts is not None:
            return BandedSession(parts, self.penalty, self.tol, self.max_iter, self.callback)
        return DescentSession(self, make_disjoint(problem, self.penalty))


class DescentSession(StagedSession):
    """One problem at several strengths; the working set and its products are kept."""

    def __init__(self, solver: BlockCoordinateDescent, form: DisjointForm) -> None:
        problem = form.problem
        penalty = _fix_weights(solver.penalty, problem)
        super().__init__(penalty, solver.max_iter, solver.callback)
        self.form, self.problem = form, problem
        by_norms = isinstance(penalty.core, GroupNormPenalty)
        self.view = FeatureView.of(problem, rotate=by_norms)
        self.working = WorkingSet(self.view, penalty, problem.dtype)
        self.scale = float(np.linalg.norm(self.working.correlations))
        precision = float(np.finfo(problem.dtype).eps)
        self.rounding = precision * self.scale
        self.accuracy = max(solver.tol * self.scale, self.rounding)
        self.attainable = limit_accuracy(solver.tol, problem.dtype) * self.scale
        self.drifts = solver.tol < _DRIFT * precision
        self.points: list[tuple[float, Array, Array]] = []
        self._reset()

    def begin(self, start: Array) -> None:
        """Move to given coefficients, as if they belonged to the penalty's strength."""
        self.working.take(self.view.features(self.form.start(start)))
        self.alpha = self.penalty.alpha

    @cached_property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""
        working = self.working
        if working.free.any():
            working.set_strength(1.0)
            self._descend(0.0, 1)
            working.correlate()
        everything = working.data_correlations
        return compute_critical_strength(
            self.penalty, working.correlations, working.free, everything, working.groups
        )

    def _solve_at(self, alpha: float, limit: float | None) -> Status:
        """Descend and enlarge the working set until the point is optimal, or good enough."""
        working, share, before = self.working, INNER_ACCURACY, np.inf
        working.set_strength(alpha)
        most = self.max_iter
        if limit is not None:
            most = min(most, self.sweeps + self.max_iter // _STAGES)
        while True:
            working.correlate()
            distances, total = working.measure_optimality()
            if self._report(alpha, total):
                return Status.STOPPED
            good_enough = limit is not None and distances.max(initial=0.0) <= limit
            halted = total <= self.attainable and total > before / 2 and share < INNER_ACCURACY
            if total <= self.accuracy or halted or good_enough:
                return Status.CONVERGED
            if self.sweeps >= most:
                return Status.MAX_ITER
            working.add_worst(distances, max(FEWEST_GROUPS, working.active.size))
            # Many small steps in one direction: the sweeps must go on for longer.
            share = share / 10 if total > before / 2 else INNER_ACCURACY
            before = total
            near = share < INNER_ACCURACY and total <= self.attainable
            if share <= _HALTED or (near and self._step_is_cheap()):
                polish(working)
            target = max(share * max(total, 3 * self.accuracy), self.rounding)
            self.sweeps += self._descend(target, self.max_iter - self.sweeps)

    def _step_is_cheap(self) -> bool:
        """Return whether Newton's step, a third of a cube, costs no more than the sweeps so far."""
        return self.working.places(self.working.active).size <= 3 * self.sweeps

    def _descend(self, target: float, most: int) -> int:
        """Sweep over all groups, then over active ones until a sweep moves the gradient little.

        Return the number of sweeps, `most` at most.
        """
        working, sweeps = self.working, Sweeps(self.working)
        everything, done = np.arange(working.norms.size), 1
        if sweeps.over(everything) > target and most > 1:
            active, extrapolation = working.active, Anderson(DEPTH)
            places = working.places(active)
            for _ in range(min(MOST_INNER_SWEEPS, most - 1)):
                done += 1
                if sweeps.over(active) <= target:
                    break
                ahead = extrapolation.extrapolate(working.x[:, places], sweeps.state)
                if ahead is not None:
                    sweeps.try_point(active, places, *ahead)
        if working.free.any():
            sweeps.over(everything[:1])
        working.keep(sweeps, done, drifts=self.drifts)
        return done

    def _predict(self, alpha: float) -> None:
        """Go along the line through the last two solutions, and add the groups it will miss."""
        if len(self.points) < 2 or not self.penalty.convex:
            return
        (first, x0, c0), (last, x1, c1) = self.points
        factor = (last - alpha) / (first - last) if first != last else 0.0
        if not 0 < factor <= _FARTHEST:
            return
        working = self.working
        share = scalar_like(factor, x1)
        ahead = x1.copy()
        ahead[:, : x0.shape[1]] += share * (x1[:, : x0.shape[1]] - x0)
        places = working.places(working.active)
        x = np.zeros_like(x1)
        x[:, places] = ahead[:, places]
        working.go_to(x)
        working.set_strength(alpha)
        expected = working.predict_distances(c1 + share * (c1 - c0))
        working.add_worst(expected, max(FEWEST_GROUPS, working.active.size))
        target = max(self.accuracy / 3, self.rounding)
        self.sweeps += self._descend(target, self.max_iter - self.sweeps)

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, and remember the solution to predict the next one."""
        solution = super().solve(alpha)
        now = (alpha, self.working.x.copy(), self.working.correlations)
        self.points = [*self.points[-1:], now]
        return solution

    def _reset(self) -> None:
        self.sweeps = 0
        self.history = History("objective", "criterion", "alpha", "n_working")

    def _report(self, alpha: float, criterion: float) -> bool:
        """Record the history and call the callback; return whether it asks to stop."""
        working = self.working
        objective = working.evaluate_objective()
        self.history.record(
            objective=objective, criterion=criterion, alpha=alpha, n_working=working.norms.size
        )
        if self.callback is None:
            return False
        first, target = self.scale, self.accuracy
        reached = np.log(first / max(criterion, target)) / np.log(first / target) if first else 1.0
        fraction = min(1.0, max(self.sweeps / self.max_iter, float(reached)))
        n_active = int(np.count_nonzero(working.groups.norms(working.expand())))
        return bool(self.callback(Progress(self.sweeps, fraction, objective, n_active)))

    def _make_solution(self, alpha: float, status: Status, seconds: float) -> Solution:
        working, problem = self.working, self.problem
        working.set_strength(alpha)
        working.correlate()
        working.refresh_residual()
        x = self.view.coefficients(working.expand())
        residual = self.view.in_data_shape(working.residual)
        correlations = self.view.coefficients(working.correlations)
        return Solution(
            coef=self.form.coefficients(x),
            active_groups=np.flatnonzero(problem.groups.norms(x)),
            status=status,
            objective=working.evaluate_objective(),
            certificate=certify(problem, working.penalty, x, residual, correlations),
            alpha=float(alpha),
            residual_norm=float(np.linalg.norm(residual)),
            iterations=self.sweeps,
            seconds=seconds,
            history=self.history.as_arrays(),
            latent=self.form.latent(x),
        )


def _fix_weights(penalty: Penalty, problem: Problem) -> Penalty:
    """Return the penalty with its weights as numbers: rotated channels have smaller groups."""
    core = penalty.core
    if core.group_weights is None:
        return penalty
    return penalty.with_group_weights(core.weights(problem.groups))


def _find_banded_parts(problem: Problem, penalty: Penalty) -> ChannelParts | None:
    """Return the channels of a problem that a `BandedSession` can solve, or None for others.

    A sample's block is a number in every channel, and only records couple samples.
    """
    if penalty.ridge:
        return None
    parts = ChannelParts.of(problem)
    if parts is None or not parts.are_banded:
        return None
    return None if isinstance(penalty.block_form(problem.groups), TwoThresholds) else parts
