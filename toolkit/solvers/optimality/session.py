"""What a solver offers to paths: one problem at several strengths, each from the last."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from ...problem import Problem
from ...solution import Solution
from .critical import critical_strength


class Session(Protocol):
    """A problem being solved at one strength after another."""

    @property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, from wherever the session is."""


@runtime_checkable
class SteppingSession(Session, Protocol):
    """A session that knows itself which strength is next."""

    def strengths(self) -> Iterator[float]:
        """Yield one strength after another; each is solved before the next is asked for."""


def session_of(solver: Any, problem: Problem) -> Session:
    """Return the solver's own session, or one that starts it anew at each strength.

    Parameters
    ----------
    solver : BlockCoordinateDescent, FISTA or another
        With a penalty.
    problem : Problem
        The problem.

    Returns
    -------
    Session
        For one strength after another.
    """
    if hasattr(solver, "session"):
        own: Session = solver.session(problem)
        return own
    return _Restarts(solver, problem)


class _Restarts:
    """A session of a solver that keeps nothing but the last coefficients."""

    def __init__(self, solver: Any, problem: Problem) -> None:
        self.solver, self.problem = solver, problem
        self.last: Any = None

    @property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""
        return critical_strength(self.problem, self.solver.penalty)

    def solve(self, alpha: float) -> Any:
        """Minimise at this strength, from the last coefficients."""
        solver = dataclasses.replace(self.solver, penalty=self.solver.penalty.with_alpha(alpha))
        start = None if self.last is None else self.last.coef
        self.last = solver.solve(self.problem, start)
        return self.last
