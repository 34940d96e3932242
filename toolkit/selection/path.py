"""Warm-started paths: one solution for each of a falling sequence of strengths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray
from ..checks import as_strengths, check_callable, check_count
from ..convergence import warn_unless_converged, without_warnings
from ..execution.blas_threads import limit_blas_threads
from ..problem import Problem
from ..solution import Solution
from ..solvers.optimality.session import PenalisedSolver, Session
from ..solvers.requirements import check_is_problem
from .strengths import MOST_ALPHAS, make_alphas


@dataclass(frozen=True, eq=False)
class SolutionPath(Sequence[Solution]):
    """Solutions for a falling sequence of strengths.

    Attributes
    ----------
    solutions : tuple of Solution
        One per strength.
    """

    solutions: tuple[Solution, ...]

    @property
    def alphas(self) -> Array:
        """The strengths, shape (n_alphas,), falling."""
        return np.array([solution.alpha for solution in self.solutions])

    @property
    def coefs(self) -> Array:
        """All coefficients, shape ``(n_alphas, *problem.shape)``: a new array."""
        return np.stack([solution.coef for solution in self.solutions])

    @property
    def n_active(self) -> IntArray:
        """The number of active groups at each strength."""
        return np.array([solution.active_groups.size for solution in self.solutions])

    @property
    def residual_norms(self) -> Array:
        """The root of the deviance at each strength: ``||A x - y||`` for the squared loss."""
        return np.array([solution.residual_norm for solution in self.solutions])

    @property
    def converged(self) -> Array:
        """Whether each strength was solved to the requested accuracy."""
        return np.array([solution.status.is_success for solution in self.solutions])

    def __len__(self) -> int:
        return len(self.solutions)

    @overload
    def __getitem__(self, index: int) -> Solution: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Solution, ...]: ...
    def __getitem__(self, index: int | slice) -> Solution | tuple[Solution, ...]:
        return self.solutions[index]

    def __repr__(self) -> str:
        if not self.solutions:
            return "SolutionPath(0 strengths)"
        return (
            f"SolutionPath({len(self)} strengths from {self.alphas[0]:.3g} to "
            f"{self.alphas[-1]:.3g}, up to {self.n_active.max()} active groups)"
        )


def solution_path(
    solver: PenalisedSolver,
    problem: Problem,
    alphas: ArrayLike | None = None,
    *,
    n_alphas: int = 100,
    ratio: float = 1e-2,
    stop: Callable[[Solution], bool] | None = None,
) -> SolutionPath:
    """Solve a problem at falling strengths, starting each from the previous solution.

    Parameters
    ----------
    solver : PenalisedSolver
        Such as ``BlockCoordinateDescent(L21(1.0))``; the strength of its
        penalty does not matter. A solver with sessions keeps its working set
        and products from one strength to the next.
    problem : Problem
        Operator, data, groups.
    alphas : array_like of float, optional
        Strengths; sorted from the largest down. By default `n_alphas` of them
        from `alpha_max` to `ratio` times it, or a single one if nothing
        penalised correlates with the data. `PrimalDualActiveSet` goes down its
        own strengths, at most `n_alphas` of them, to where it is to stop.
    n_alphas : int
        The number of strengths, where they are not given.
    ratio : float
        The smallest strength relative to `alpha_max`, where they are not given.
    stop : callable, optional
        Called with each `Solution`; a true result ends the path there.

    Returns
    -------
    SolutionPath
        All solutions in one object, up to where it was stopped.

    Raises
    ------
    ValueError
        If the solver has no strength, a strength is not positive, or another number is out
        of its range.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> path = solution_path(BlockCoordinateDescent(L21(1.0)), problem, n_alphas=3)
    >>> path.alphas, path.n_active
    (array([5.  , 0.5 , 0.05]), array([0, 1, 2]))
    """
    check_has_strengths(solver)
    check_is_problem(problem)
    check_callable("stop", stop)
    solver.check_problem(problem)
    with without_warnings(), limit_blas_threads(problem.n_multiplications):
        session = solver.session(problem)
        if alphas is None:
            values = make_default_alphas(session, n_alphas, ratio)
        else:
            values = _check_alphas(alphas)
        path = follow(session, values, stop)
    warn_unless_converged(path)
    return path


def follow(
    session: Session, alphas: Iterable[float], stop: Callable[[Solution], bool] | None = None
) -> SolutionPath:
    """Return the solutions of a session at falling strengths, until `stop` is true for one."""
    solutions = []
    for alpha in alphas:
        solutions.append(session.solve(float(alpha)))
        if stop is not None and stop(solutions[-1]):
            break
    return SolutionPath(tuple(solutions))


def walk(solver: PenalisedSolver, problem: Problem, alphas: Iterable[float]) -> Iterator[Solution]:
    """Yield the solution at each strength, from the one before, as soon as it is asked for.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> steps = walk(BlockCoordinateDescent(L21(1.0)), problem, [2.0, 0.1])
    >>> [solution.active_groups.size for solution in steps]
    [1, 2]
    """
    check_has_strengths(solver)
    solver.check_problem(problem)
    session = solver.session(problem)
    for alpha in alphas:
        with without_warnings(), limit_blas_threads(problem.n_multiplications):
            solution = session.solve(float(alpha))
        yield solution


def check_has_strengths(solver: object) -> None:
    """Raise a `ValueError` unless a solver, and the one inside it, has a penalty with a strength.

    Solvers in turn, exchanges and greedy methods have none.
    """
    if not isinstance(solver, PenalisedSolver):
        raise ValueError(
            "solver must have a penalty whose strength the path can change, such as "
            f"BlockCoordinateDescent(L21(1.0)), got {solver!r}"
        )
    _ = solver.penalty  # raises where a wrapped solver has none


def make_default_alphas(session: Session, n_alphas: int, ratio: float) -> Iterable[float]:
    """Return the strengths that a session prefers, or a falling sequence from the critical one."""
    check_count("n_alphas", n_alphas, most=MOST_ALPHAS)
    if not session.critical > 0:
        return np.ones(1)  # every strength gives the same zero solution
    strengths = session.strengths()
    if strengths is not None:
        return islice(strengths, n_alphas)
    return make_alphas(session.critical, n_alphas, ratio)


def _check_alphas(alphas: ArrayLike) -> Array:
    return np.sort(as_strengths("alphas", alphas))[::-1]
