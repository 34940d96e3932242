"""The l0(l2) problem by a primal-dual active set method with continuation (GPDASC).

Minimises ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` (Jiao, Jin and Lu,
"Group sparse recovery via the l0(l2) penalty", algorithm 1). In the basis in
which the columns of each group are orthonormal, a group belongs to the active
set if its primal plus dual variable exceeds ``sqrt(2 alpha)``; on the active
set the data are fitted by least squares; and alpha falls by the factor rho
from one warm start to the next until the residual meets the noise level. Cost
per inner iteration: one least-squares fit on the active set, by an up-dated
factor for matrices, and one product with the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...checks import check_count, check_not_negative, check_positive
from ...execution.blas_threads import limit_blas_threads
from ...penalties import GroupL0
from ...problem import Problem
from ...solution import Progress, Solution, Status
from ..counting_solver import check_n_groups
from ..history import History
from ..optimality.session import PenalisedSolver, Session
from ..requirements import DISJOINT_GROUPS, Requirement
from .path import ActiveSetPath


@dataclass(frozen=True)
class PrimalDualActiveSet(PenalisedSolver):
    """The l0(l2) problem by active sets along a falling strength (GPDASC).

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop at the first strength whose residual is
        not above it (the discrepancy principle, eq. 13).
    alpha : float, optional
        Stop at this strength instead.
    n_groups : int, optional
        Stop when this many groups are active, and stay so: of more groups
        above the threshold the furthest above are kept.
    rho : float, default 0.7
        The factor from one strength to the next.
    max_inner : int, default 1
        The largest number of active-set changes per strength. The paper
        allows 5, which takes twice as long and finds no more.
    refinements : int, default 1
        How often the path to a noise level is followed anew, with steps half
        as long and twice as many changes at each, if it has lost its way: if
        it saturates, or ends with nine active columns or more for ten data.
    ridge : float, default 0
        Adds ``ridge / 2 ||x||^2`` over what is in a group, for groups of nearly
        dependent columns. The groups' bases are orthonormal with it, so that
        all said above holds for it, too.
    tol : float, default 1e-12
        Accuracy of the final fit for operators without a matrix: the gradient
        on the active set relative to that at zero.
    path_tol : float, default 1e-3
        Accuracy of the fits along the path for such operators, relative to the
        noise level and to
        the threshold ``sqrt(2 alpha)`` that decides about groups.
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
        for name in ("noise_level", "ridge"):
            if getattr(self, name) is not None:
                check_not_negative(name, getattr(self, name))
        if self.alpha is not None:
            check_positive("alpha", self.alpha)
        if not 0 < self.rho < 1:
            raise ValueError(f"rho must lie between 0 and 1, got {self.rho!r}")
        for name in ("n_groups", "max_inner", "max_fit_iter"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        if not isinstance(self.refinements, Integral) or int(self.refinements) < 0:
            raise ValueError(
                f"refinements must be an integer and not negative, got {self.refinements!r}"
            )
        for name in ("tol", "path_tol"):
            check_positive(name, getattr(self, name))

    @property
    def penalty(self) -> GroupL0:
        """The penalty, at the strength where the path stops if there is one."""
        return GroupL0(self.alpha or 1.0)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Follow the path of strengths down to where it is to stop.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients whose non-zero groups are the first active set; by
            default the path begins with none.

        Returns
        -------
        Solution
            `history` holds, per strength: "alpha", "n_active", "inner" (active
            set changes), "residual_norm"; of the last path, if more than one
            was followed. Iterations are those of all.

        Raises
        ------
        ValueError
            If it is not known where to stop, groups overlap, fewer exist than
            are asked for, or `start` cannot be coefficients of the problem.
        """
        if self.noise_level is None and self.alpha is None and self.n_groups is None:
            raise ValueError("give noise_level, alpha or n_groups, so that the path knows its end")
        return self._refined(ActiveSetPath(self, problem, start))

    def session(self, problem: Problem) -> ActiveSetSession:
        """Return the path as one strength after another.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.

        Returns
        -------
        ActiveSetSession
            Which names its own strengths.

        Raises
        ------
        ValueError
            If groups overlap, or fewer exist than are asked for.
        """
        self.check_problem(problem)
        return ActiveSetSession(self, problem)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if groups overlap, or fewer exist than are asked for."""
        super().check_problem(problem)
        check_n_groups(problem, self.n_groups)

    def _refined(self, path: ActiveSetPath) -> Solution:
        """Follow the path, and again in finer steps as long as it gets lost."""
        solver = self
        status, history = solver._follow(path)
        while solver.refinements and path.is_lost(status):
            solver = solver._finer()
            path.restart(solver)
            status, history = solver._follow(path)
        return path.solution(status, path.iterations, history.as_arrays())

    def _follow(self, path: ActiveSetPath) -> tuple[Status, History]:
        """Let the strength fall until a stopping rule is met; return how it ended, and its way."""
        history = History("alpha", "n_active", "inner", "residual_norm")
        status = Status.CONVERGED if path.noise_level_met() else None
        while status is None:
            if not path.lower_strength(self.alpha):
                status = self._ended_early()
                break
            before = path.iterations
            status = path.settle(path.alpha, fully=path.alpha == self.alpha)
            inner = path.iterations - before
            history.record(
                alpha=path.alpha,
                n_active=path.n_active,
                inner=inner,
                residual_norm=path.fit.residual_norm,
            )
            stop = self.callback is not None and self.callback(path.progress())
            if stop and status is None:
                status = Status.STOPPED
        return status, history

    def _finer(self) -> PrimalDualActiveSet:
        """Return the solver with steps half as long, and twice as many changes at each."""
        rho, max_inner = float(np.sqrt(self.rho)), 2 * self.max_inner
        return replace(self, rho=rho, max_inner=max_inner, refinements=self.refinements - 1)

    def _ended_early(self) -> Status:
        """Return why nothing more can enter."""
        return Status.SATURATED if self.noise_level is None else Status.NOISE_LEVEL_NOT_REACHED


class ActiveSetSession(Session):
    """The path of one problem, one strength at a time.

    Parameters
    ----------
    config : PrimalDualActiveSet
        The solver.
    problem : Problem
        Operator, data, disjoint groups.
    """

    def __init__(self, config: PrimalDualActiveSet, problem: Problem) -> None:
        self.config = config
        with limit_blas_threads(problem.n_multiplications):
            self._path = ActiveSetPath(config, problem)
        self._next: float | None = None
        self._ended = False

    @property
    def critical(self) -> float:
        """The smallest strength without an active group, seen from where the path is."""
        return self._path.entering

    def strengths(self) -> Iterator[float]:
        """Yield one strength after another, from one without any active group down.

        Solve at each before asking for the next.
        """
        self._next = self._path.alpha
        yield self._next
        while not self._ended and self._path.lower_strength(self.config.alpha):
            self._next = self._path.alpha
            yield self._next

    def solve(self, alpha: float) -> Solution:
        """Return the solution at a strength: the path's next, or any other.

        At the path's own strengths the active set may change a limited number
        of times. On the way to another one the path goes down as it always
        does, and there it must come to rest.
        """
        path, before = self._path, self._path.iterations
        path.began = perf_counter()
        with limit_blas_threads(path.problem.n_multiplications):
            if alpha == self._next:
                status = path.settle(alpha, fully=alpha == self.config.alpha)
            else:
                status = self._descend(alpha)
            self._ended = status is not None
            inner = path.iterations - before
            return path.solution(status or Status.CONVERGED, inner, {})

    def _descend(self, alpha: float) -> Status | None:
        """Follow the path down to a strength; one above where it is, is settled at once."""
        path, status = self._path, None
        while status is None and path.alpha > alpha:
            path.lower_strength(alpha)
            status = path.settle(path.alpha, fully=path.alpha == alpha)
        return path.settle(alpha, fully=True) if path.alpha < alpha else status
