"""The l0(l2) problem by a primal-dual active set method with continuation (GPDASC).

Minimises ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` (Jiao, Jin and Lu,
"Group sparse recovery via the l0(l2) penalty", algorithm 1), or any other loss of
``A x`` in the place of the squared one. In the basis in which the columns of each
group are orthonormal, a group belongs to the active
set if its primal plus dual variable exceeds ``sqrt(2 alpha)``; on the active
set the data are fitted by least squares; and alpha falls by the factor rho
from one warm start to the next until the residual meets the noise level. Cost
per inner iteration: one least-squares fit on the active set, by an updated
factor for matrices, and one product with the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

from ...arrays import Array
from ...checks import check_count, check_fraction, check_level, check_positive, check_strength
from ...execution.blas_threads import limit_blas_threads
from ...losses import Loss
from ...penalties import GroupL0
from ...problem import Problem
from ...solution import Certificate, Progress, Solution, Status
from ..counting_solver import check_n_groups
from ..goal import Goal
from ..optimality.session import PenalisedSolver, Session
from ..requirements import DISJOINT_GROUPS, Requirement
from .active_set import ActiveSet
from .fitting import make_active_set
from .path import ActiveSetPath, PathSettings


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
    rescue_ridge : float, optional
        The ridge with which the path begins again where active groups cancel each other: where
        their coefficients, in the groups' orthonormal bases, have more than four times the energy
        that they explain. Their fit would amplify the noise without a bound. A session, which
        cannot begin again, ends with the last fit before.
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

    With another loss than the squared one, the active set is fitted by Newton steps, and the
    squared norms of primal and dual variable are twice the loss that a group saves: exactly that
    of an active group, by the second-order model for others. So the certificate is
    "coordinatewise" by this model, and at the end, a change of groups that does not lower the
    objective is undone. `noise_level` is then a root of the deviance, `tol` and `max_fit_iter`
    are not used, and as many groups as separate classes end a path.

    `solve` needs to know where to stop: give `noise_level`, `alpha` or
    `n_groups`; of several, whichever comes first stops. Where none is known,
    ``AlongPath(PrimalDualActiveSet(), rule)`` follows the path, and
    ``solution_path(PrimalDualActiveSet(...), problem)`` keeps all of it.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> PrimalDualActiveSet(noise_level=0.6).solve(problem).active_groups
    array([0])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)
    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    noise_level: float | None = None
    alpha: float | None = None
    n_groups: int | None = None
    rho: float = 0.7
    max_inner: int = 1
    refinements: int = 1
    ridge: float = 0.0
    rescue_ridge: float | None = None
    tol: float = 1e-12
    path_tol: float = 1e-3
    max_fit_iter: int = 500
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_level("ridge", self.ridge)
        if self.rescue_ridge is not None:
            check_strength("rescue_ridge", self.rescue_ridge)
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
        """Follow the path down, and again with a ridge or in finer steps while it is lost."""
        if self.noise_level is None and self.alpha is None and self.n_groups is None:
            raise ValueError("give noise_level, alpha or n_groups, so that the path knows its end")
        began = perf_counter()
        state = self.make_active_set(problem)
        first = state.find_groups(start)
        path = ActiveSetPath(self.path_settings, state, first)
        status, history = path.follow()
        for _ in range(self.refinements):
            if path.cancels or not path.is_lost(status):
                break
            path = ActiveSetPath(path.settings.refine(), state, first, path.n_changes)
            status, history = path.follow()
        if path.cancels and self.rescue_ridge is not None:
            state = make_active_set(problem, self.rescue_ridge, self.tol, self.max_fit_iter)
            settings = self.path_settings._replace(watches_cancelling=False)
            path = ActiveSetPath(settings, state, first, path.n_changes)
            status, history = path.follow()
        solution = state.make_solution(path.alpha, status, history.as_arrays())
        return solution.add_work(path.n_changes, perf_counter() - began)

    def make_active_set(self, problem: Problem) -> ActiveSet:
        """Return the groups of a problem, none active yet, with the settings of their fits."""
        return make_active_set(problem, self.ridge, self.tol, self.max_fit_iter)

    @property
    def path_settings(self) -> PathSettings:
        """Where the path stops, and how it goes there."""
        stops = self.noise_level, self.alpha, self.n_groups
        watches = self.rescue_ridge is not None
        steps = self.rho, self.max_inner, self.path_tol
        return PathSettings(*stops, *steps, self.callback, watches)

    def session(self, problem: Problem) -> ActiveSetSession:
        """Return the path as one strength after another, which the session itself names."""
        self.check_problem(problem)
        return ActiveSetSession(self, problem)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if groups overlap, or fewer exist than `n_groups`."""
        super().check_problem(problem)
        check_n_groups(problem, self.n_groups)


class ActiveSetSession(Session):
    """The path of one problem, one strength at a time."""

    def __init__(self, solver: PrimalDualActiveSet, problem: Problem) -> None:
        with limit_blas_threads(problem.n_multiplications):
            state = solver.make_active_set(problem)
            self._path = ActiveSetPath(solver.path_settings, state, state.find_groups(None))
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
