"""The l0(l2) problem by a primal-dual active set method with continuation (GPDASC).

Minimises ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` (Jiao, Jin and Lu,
"Group sparse recovery via the l0(l2) penalty", algorithm 1). In the basis in
which the columns of each group are orthonormal, a group belongs to the active
set if its primal plus dual variable exceeds ``sqrt(2 alpha)``; on the active
set the data are fitted by least squares; and alpha falls by the factor rho
from one warm start to the next until the residual meets the noise level. Cost
per inner iteration: one least-squares fit on the active set, by an updated
factor for matrices, and one product with the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...checks import check_count, check_fraction, check_level, check_positive, check_strength
from ...execution.blas_threads import limit_blas_threads
from ...penalties import GroupL0
from ...problem import Problem
from ...solution import Certificate, Progress, Solution, Status
from ...ties import largest_few
from ..counting_solver import check_n_groups
from ..goal import Goal
from ..history import History
from ..optimality.session import PenalisedSolver, Session
from ..requirements import DISJOINT_GROUPS, Requirement
from .active_set import ActiveSet

_SMALLEST_STRENGTH = 1e-24  # of the squared correlations with the data
_ROUNDING = 10.0  # of correlations, in units of the data's precision
_LAST_INNER = 50
_LOST = 0.9  # of the rows: so many active columns are no sparse solution


@dataclass(frozen=True)
class PrimalDualActiveSet(PenalisedSolver):
    """Primal-dual active sets with continuation (GPDASC) for the l0(l2) problem.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop at the first strength whose residual is
        not above it (the discrepancy principle, eq. 13).
    alpha : float, optional
        Stop at this strength instead.
    n_groups : int, optional
        Stop when this many groups are active, and stay so: of more groups
        above the threshold, those furthest above are kept.
    rho : float, default 0.7
        The factor from one strength to the next.
    max_inner : int, default 1
        The largest number of active-set changes per strength. The paper
        allows 5, which takes twice as long and finds no more.
    refinements : int, default 1
        How often the path to a noise level is followed again, with steps half
        as long and twice as many changes at each, if it was lost: if it
        saturates, or ends with nine active columns or more for ten data.
    ridge : float, default 0
        Adds ``ridge / 2 ||x||^2`` over the coefficients in groups, for groups of
        nearly dependent columns. The groups' bases are orthonormal with it, so
        that everything above still holds.
    tol : float, default 1e-12
        Accuracy of the final fit for operators without a matrix: the gradient
        on the active set relative to that at zero.
    path_tol : float, default 1e-3
        Accuracy of the fits along the path for such operators, relative to the
        noise level and to the threshold ``sqrt(2 alpha)`` of groups.
    max_fit_iter : int, default 500
        The largest number of conjugate-gradient iterations of one fit.
    callback : callable, optional
        Called with a `Progress` after each strength; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The groups that are not zero in `start` are the first active set; by default
    the path begins with none. For dense matrices the certificate tells whether one group that
    joins or leaves lowers the objective, all others fitted again; for other operators, on
    paths, and where this takes more than 2**27 multiplications, while all others stay
    ("coordinatewise"). `history`
    holds, per strength of the last path followed: "alpha", "n_active", "inner"
    (changes of the active set), "residual_norm"; iterations count all changes.

    `solve` needs to know where to stop: give `noise_level`, `alpha` or
    `n_groups`; of several, whichever comes first stops. Where none is known,
    ``AlongPath(PrimalDualActiveSet(), rule)`` follows the path, and
    ``solution_path(PrimalDualActiveSet(...), problem)`` keeps all of it.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> PrimalDualActiveSet(noise_level=0.6).solve(problem).active_groups
    array([0])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)

    noise_level: float | None = None
    alpha: float | None = None
    n_groups: int | None = None
    rho: float = 0.7
    max_inner: int = 1
    refinements: int = 1
    ridge: float = 0.0
    tol: float = 1e-12
    path_tol: float = 1e-3
    max_fit_iter: int = 500
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_level("ridge", self.ridge)
        if self.noise_level is not None:
            check_level("noise_level", self.noise_level)
        if self.alpha is not None:
            check_strength("alpha", self.alpha)
        check_fraction("rho", self.rho)
        for name in ("max_inner", "max_fit_iter"):
            check_count(name, getattr(self, name))
        if self.n_groups is not None:
            check_count("n_groups", self.n_groups)
        check_count("refinements", self.refinements, least=0)
        for name in ("tol", "path_tol"):
            check_positive(name, getattr(self, name))

    @property
    def penalty(self) -> GroupL0:
        """The penalty, at the strength where the path stops if there is one."""
        return GroupL0(self.alpha or 1.0)

    @property
    def goal(self) -> Goal:
        """The noise level, the strength and the number of groups, whichever comes first."""
        return Goal(self.n_groups, self.noise_level, self.alpha)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Follow the path down, and again in finer steps while it is lost."""
        if self.noise_level is None and self.alpha is None and self.n_groups is None:
            raise ValueError("give noise_level, alpha or n_groups, so that the path knows its end")
        began = perf_counter()
        state = self._make_active_set(problem)
        first = state.find_groups(start)
        path = _Path(self, state, first)
        status, history = path.follow()
        while path.settings.refinements and path.is_lost(status):
            path = _Path(path.settings._refine(), state, first, path.n_changes)
            status, history = path.follow()
        solution = state.make_solution(path.alpha, status, history.as_arrays())
        return solution.add_work(path.n_changes, perf_counter() - began)

    def _make_active_set(self, problem: Problem) -> ActiveSet:
        return ActiveSet(problem, self.ridge, self.tol, self.max_fit_iter)

    def _refine(self) -> PrimalDualActiveSet:
        """Return the solver with steps half as long, and twice as many changes at each."""
        rho, max_inner = float(np.sqrt(self.rho)), 2 * self.max_inner
        return replace(self, rho=rho, max_inner=max_inner, refinements=self.refinements - 1)

    def session(self, problem: Problem) -> ActiveSetSession:
        """Return the path as one strength after another, which the session itself names."""
        self.check_problem(problem)
        return ActiveSetSession(self, problem)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if groups overlap, or fewer exist than `n_groups`."""
        super().check_problem(problem)
        check_n_groups(problem, self.n_groups)


class _Path:
    """An active set on its way down in strength, from given groups or none."""

    def __init__(
        self,
        settings: PrimalDualActiveSet,
        state: ActiveSet,
        first: Array,
        n_changes: int = 0,
    ) -> None:
        self.settings, self.state, self.n_changes = settings, state, n_changes
        state.clear()
        self.alpha = state.data_energy / 2
        if first.any() or state.groups.unpenalised.size:
            state.activate(first)
            begin = state.staying
            if not self._meets_noise_level():
                begin = max(begin, state.entering)
            self.alpha = min(self.alpha, begin)

    def follow(self) -> tuple[Status, History]:
        """Lower the strength until a stopping rule is met; return how it ended, and its way."""
        settings, state = self.settings, self.state
        history = History("alpha", "n_active", "inner", "residual_norm")
        status = Status.CONVERGED if self._meets_noise_level() else None
        while status is None:
            if not self.lower_strength(settings.alpha):
                return self._explain_early_end(), history
            before = self.n_changes
            status = self.settle(fully=self.alpha == settings.alpha)
            history.record(
                alpha=self.alpha,
                n_active=state.n_active,
                inner=self.n_changes - before,
                residual_norm=state.residual_norm,
            )
            stop = settings.callback is not None and settings.callback(self._measure_progress())
            if stop and status is None:
                status = Status.STOPPED
        return status, history

    def lower_strength(self, last: float | None) -> bool:
        """Go to the next strength on the grid at which a group enters or leaves, if there is one.

        Not below `last`, which counts as a step.
        """
        entering, staying = self.state.entering, self.state.staying
        rho, smallest = self.settings.rho, last or self._smallest
        if last is None and min(entering, self.alpha) <= smallest:
            return False  # only rounding stands out
        steps = 1.0
        if entering < self.alpha * rho < staying:
            target = max(entering, smallest)
            steps = max(1.0, np.ceil(np.log(target / self.alpha) / np.log(rho)))
        self.alpha = max(self.alpha * rho**steps, smallest)
        return True

    @property
    def _smallest(self) -> float:
        """The strength at which only rounding stands out."""
        precision = float(np.finfo(self.state.problem.dtype).eps)
        return max(_SMALLEST_STRENGTH, (_ROUNDING * precision) ** 2) * self.state.scale**2

    def settle(self, *, fully: bool) -> Status | None:
        """Change the active set at this strength until it stays; return None if the path goes on.

        Unless `fully`, as at the last strength, a few changes will do.
        """
        state, threshold = self.state, float(np.sqrt(2 * self.alpha))
        full, stable = self._is_full(), False
        n_changes = 0
        while n_changes < (_LAST_INNER if fully or full else self.settings.max_inner):
            wanted = self._choose_groups(threshold)
            stable = bool(np.array_equal(wanted, state.active))
            if stable:
                break
            if self._exceeds_rows(wanted):
                wanted = self._add_strongest(wanted)
                if self._exceeds_rows(wanted) or np.array_equal(wanted, state.active):
                    return Status.SATURATED
            state.activate(wanted, self._fit_accuracy(threshold))
            n_changes += 1
            self.n_changes += 1
            full = self._is_full()
        if full:
            self.alpha = max(self.alpha, state.entering)
        if self._meets_noise_level():
            self._come_to_rest(threshold)
            return Status.CONVERGED
        if fully or full:
            return Status.CONVERGED if stable else Status.MAX_ITER
        return None

    def _come_to_rest(self, threshold: float) -> None:
        """Change the active set until it stays, as long as the noise level is met."""
        state = self.state
        for _ in range(_LAST_INNER):
            before, wanted = (state.active, state.fit), self._choose_groups(threshold)
            if np.array_equal(wanted, state.active):
                return
            if self._exceeds_rows(wanted):
                return
            state.activate(wanted, self._fit_accuracy(threshold))
            if not self._meets_noise_level():
                state.active, state.fit = before
                return
            self.n_changes += 1

    def _explain_early_end(self) -> Status:
        """Return why nothing more can enter."""
        level = self.settings.noise_level
        return Status.SATURATED if level is None else Status.NOISE_LEVEL_NOT_REACHED

    def _choose_groups(self, threshold: float) -> Array:
        """Return the groups above the threshold; of too many, those furthest above."""
        evidence, limit = self.state.evidence, self.settings.n_groups
        above = evidence > threshold
        if limit is None or np.count_nonzero(above) <= limit:
            return above
        return largest_few(evidence, limit)

    def _exceeds_rows(self, wanted: Array) -> bool:
        """Return whether groups have more columns than the data can determine."""
        return self.state.count_columns(wanted) > self.state.n_rows

    def _add_strongest(self, wanted: Array) -> Array:
        """Return the active groups and the one furthest above the threshold of too many wanted.

        On the way to a noise level only where none is active: a path lost in the noise ends.
        """
        state = self.state
        chosen = state.active.copy()
        if self.settings.n_groups is not None or not state.n_active:
            evidence = np.where(wanted & ~state.active, state.evidence, -1.0)
            chosen[int(np.argmax(evidence))] |= bool(evidence.max() > 0)
        return chosen

    def _fit_accuracy(self, threshold: float) -> float:
        """Return how small a gradient a fit must reach: small beside all that it decides."""
        level = self.settings.noise_level
        return self.settings.path_tol * (threshold if level is None else min(threshold, level))

    def _meets_noise_level(self) -> bool:
        level = self.settings.noise_level
        return level is not None and self.state.residual_norm <= level

    def _is_full(self) -> bool:
        """Return whether as many groups are active as were asked for."""
        limit = self.settings.n_groups
        return limit is not None and self.state.n_active >= limit

    def is_lost(self, status: Status) -> bool:
        """Return whether the path to a noise level ended with nearly as many columns as data."""
        crowded = self.state.count_columns(self.state.active) >= _LOST * self.state.n_rows
        ended = status is Status.SATURATED or (status is Status.CONVERGED and crowded)
        return self.settings.noise_level is not None and ended

    def _measure_progress(self) -> Progress:
        """Return how far the path has come, by the logarithm of the residual."""
        settings, n_active = self.settings, self.state.n_active
        first, now = float(np.sqrt(self.state.data_energy)), self.state.residual_norm
        target = settings.noise_level or float(np.sqrt(2 * (settings.alpha or self.alpha)))
        span = np.log(first / target) if first > target > 0 else 0.0
        fraction = min(1.0, float(np.log(first / max(now, target)) / span)) if span > 0 else 1.0
        if settings.n_groups is not None:
            fraction = max(fraction, n_active / settings.n_groups)
        return Progress(self.n_changes, fraction, now, n_active)


class ActiveSetSession(Session):
    """The path of one problem, one strength at a time."""

    def __init__(self, solver: PrimalDualActiveSet, problem: Problem) -> None:
        with limit_blas_threads(problem.n_multiplications):
            state = solver._make_active_set(problem)
            self._path = _Path(solver, state, state.find_groups(None))
        self.solver, self.problem, self.state = solver, problem, state
        self._next: float | None = None
        self._ended = False

    @property
    def critical(self) -> float:
        """The smallest strength without an active group, seen from the present ones."""
        return self.state.entering

    def strengths(self) -> Iterator[float]:
        """Yield one strength after another, from one without any active group down.

        Solve at each before asking for the next.
        """
        self._next = self._path.alpha
        yield self._next
        while not self._ended and self._path.lower_strength(self.solver.alpha):
            self._next = self._path.alpha
            yield self._next

    def solve(self, alpha: float) -> Solution:
        """Return the solution at a strength: the path's next, or any other.

        At the path's own strengths the active set may change a limited number
        of times. To any other the path goes down as usual, and comes to rest there.
        """
        began, path, before = perf_counter(), self._path, self._path.n_changes
        with limit_blas_threads(self.problem.n_multiplications):
            if alpha == self._next:
                path.alpha = alpha
                status = path.settle(fully=alpha == self.solver.alpha)
            else:
                status = self._descend(alpha)
            self._ended = status is not None
            ending = status or Status.CONVERGED
            solution = self.state.make_solution(path.alpha, ending, {}, on_path=True)
        return solution.add_work(path.n_changes - before, perf_counter() - began)

    def certify(self, solution: Solution) -> Certificate:
        """Return the certificate that `PrimalDualActiveSet.solve` would give a solution."""
        with limit_blas_threads(self.problem.n_multiplications):
            self.state.activate(self.state.find_groups(solution.coef))
            return self.state.certify(solution.alpha)

    def _descend(self, alpha: float) -> Status | None:
        """Follow the path down to a strength; settle at once at one above the present."""
        path, status = self._path, None
        while status is None and path.alpha > alpha:
            path.lower_strength(alpha)
            status = path.settle(fully=path.alpha == alpha)
        if path.alpha >= alpha:
            return status
        path.alpha = alpha
        return path.settle(fully=True)
