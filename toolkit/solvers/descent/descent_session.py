"""Descent at one strength after another, with a working set that is kept.

A round measures every group by a full gradient and lets the worst of them into the working set;
sweeps over that set follow until they move the gradient little.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ...arrays import Array, scalar_like
from ...penalties import GroupNormPenalty, Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import DisjointForm
from ...reformulations.feature_view import FeatureView
from ...reformulations.scaled_view import ScaledView
from ...solution import Certificate, Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify, compute_critical_strength
from .newton_step import polish
from .scaled_set import ScaledSet
from .staged_session import FEWEST_GROUPS, INNER_ACCURACY, StagedSession, limit_accuracy
from .working_set import WorkingSet

_DRIFT = 1e4  # times the precision: what an updated residual may be wrong by
_STAGES = 50  # no stage takes a larger part of all sweeps
_HALTED = 1e-3  # sweeps creep where the inner accuracy had to be made so small
_FARTHEST = 2.0  # times the last step along a path: how far a prediction may go


class DescentSession(StagedSession):
    """One problem at several strengths; the working set and its products are kept."""

    def __init__(
        self,
        form: DisjointForm,
        penalty: Penalty,
        tol: float,
        max_iter: int,
        callback: Callable[[Progress], bool | None] | None,
    ) -> None:
        problem = form.problem
        penalty = _fix_weights(penalty, problem)
        super().__init__(penalty, max_iter, callback)
        self.form, self.problem = form, problem
        self.working = self._make_working_set()
        self.view = self.working.view
        self.scale = float(np.linalg.norm(self.working.correlations))
        precision = float(np.finfo(problem.dtype).eps)
        self.rounding = precision * self.scale
        self.accuracy = max(tol * self.scale, self.rounding)
        self.attainable = limit_accuracy(tol, problem.dtype) * self.scale
        self.drifts = tol < _DRIFT * precision
        self.points: list[tuple[float, Array, Array]] = []
        self._reset()

    def _make_working_set(self) -> WorkingSet:
        """Return the working set of the problem, with unpenalised features alone."""
        by_norms = isinstance(self.penalty.core, GroupNormPenalty)
        scaled = ScaledView.find(self.problem) if by_norms else None
        if scaled is not None:
            return ScaledSet(scaled, self.penalty, self.problem.dtype)
        view = FeatureView.of(self.problem, rotate=by_norms)
        return WorkingSet(view, self.penalty, self.problem.dtype)

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
            self._fit_free()
            working.correlate()
        everything = working.data_correlations
        return compute_critical_strength(
            self.penalty, working.correlations, working.free, everything, working.groups
        )

    def _fit_free(self) -> None:
        """Fit the unpenalised features, before other groups have entered."""
        self._descend(0.0, 1)

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
                self._polish()
            target = max(share * max(total, 3 * self.accuracy), self.rounding)
            self.sweeps += self._descend(target, self.max_iter - self.sweeps)

    def _step_is_cheap(self) -> bool:
        """Return whether Newton's step, a third of a cube, costs no more than the sweeps so far."""
        return self.working.places(self.working.active).size <= 3 * self.sweeps

    def _polish(self) -> None:
        """Take Newton's steps on the active groups, where sweeps creep."""
        polish(self.working)

    def _descend(self, target: float, most: int) -> int:
        """Minimise on the working set until a sweep moves the gradient little.

        Return the number of sweeps, `most` at most.
        """
        sweeps = self.working.begin_sweeps()
        done = sweeps.descend(target, most)
        self.working.keep(sweeps, done, drifts=self.drifts)
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

    def _certify(self, x: Array, residual: Array, correlations: Array) -> Certificate:
        """Return the certificate of the present point, all of it in the problem's shapes."""
        return certify(self.problem, self.working.penalty, x, residual, correlations)

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
            certificate=self._certify(x, residual, correlations),
            alpha=float(alpha),
            residual_norm=working.misfit,
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
