"""Problems that are solved at one strength after another, each from the last."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Self

from ...arrays import Array
from ...penalties import GroupWeights, Penalty
from ...problem import Problem
from ...solution import Certificate, Solution
from ..solver import Solver
from .certificates import find_critical_strength


class Session(ABC):
    """A problem being solved at one strength after another."""

    @property
    @abstractmethod
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""

    @abstractmethod
    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, starting from the last solution."""

    def certify(self, solution: Solution) -> Certificate:
        """Return the certificate that the solver itself would give a solution of the path.

        Nothing is solved afterwards.
        """
        return solution.certificate

    def strengths(self) -> Iterator[float] | None:
        """Return the strengths the session prefers, each solved before the next is requested.

        None where any sequence of strengths will do.
        """
        return None


class PenalisedSolver(Solver):
    """A solver of ``1/2 ||A x - y||^2 + alpha * Omega(x)``: it has a penalty and paths."""

    if TYPE_CHECKING:  # a field in most solvers

        @property
        def penalty(self) -> Penalty:
            """The penalty, with its strength."""

    accepted_penalties: ClassVar[str] = "a penalty such as L21(alpha)"
    """The penalties that the solver accepts, to follow "must be" in a message."""
    refused_penalties: ClassVar[tuple[type[Penalty], ...]] = ()
    """The penalties that it refuses."""

    def session(self, problem: Problem) -> Session:
        """Return a session that restarts the solver at each strength from the last solution."""
        return _Restarts(self, problem)

    def with_penalty(self, penalty: Penalty) -> Self:
        """Return the solver with another penalty."""
        return dataclasses.replace(self, penalty=penalty)  # type: ignore[type-var]

    def check_penalty(self) -> None:
        """Raise a `ValueError` if the penalty is not one that the solver accepts."""
        given = self.penalty
        if not isinstance(given, Penalty) or isinstance(given.core, self.refused_penalties):
            raise ValueError(f"penalty must be {self.accepted_penalties}, got {given!r}")

    @property
    def group_weights(self) -> GroupWeights:
        """The weights of the groups in the penalty; a `ValueError` if it has none."""
        core = self.penalty.core
        return core.group_weights if core.takes_group_weights else super().group_weights

    def with_group_weights(self, weights: GroupWeights) -> Solver:
        """Return the solver with other weights of the groups in its penalty."""
        return self.with_penalty(self.penalty.with_group_weights(weights))


def find_penalised(solver: Solver) -> PenalisedSolver:
    """Return a solver that another one wraps; a `ValueError` if it has no penalty."""
    if not isinstance(solver, PenalisedSolver):
        raise ValueError(f"solver must have a penalty, got {solver!r}")
    return solver


class _Restarts(Session):
    """A session that keeps nothing but the last coefficients."""

    def __init__(self, solver: PenalisedSolver, problem: Problem) -> None:
        self.solver, self.problem = solver, problem
        self.last: Array | None = None

    @property
    def critical(self) -> float:
        return find_critical_strength(self.problem, self.solver.penalty)

    def solve(self, alpha: float) -> Solution:
        solver = self.solver.with_penalty(self.solver.penalty.with_alpha(alpha))
        solution = solver.solve(self.problem, self.last)
        self.last = solution.coef
        return solution
