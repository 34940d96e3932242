"""Two solvers in sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...arrays import Array
from ...losses import Loss
from ...problem import Problem
from ...solution import Solution
from ..goal import Goal
from ..solver import Solver


@dataclass(frozen=True)
class InTurn(Solver):
    """Run two solvers in sequence; the second starts from the solution of the first.

    With many groups, `PrimalDualActiveSet` started from a group MCP solution
    recovers more of them than along its own path: both methods come close to the
    best active set, but miss it in different ways.

    Parameters
    ----------
    first, then : solver
        Any two solvers; a solver may be another `InTurn`.

    Raises
    ------
    ValueError
        If one of them is not a solver.

    Notes
    -----
    Status, certificate and history are those of the second solver; iterations and
    seconds are the sums of both. A first solver that fails to converge is not
    reported, since it only provides a start.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.penalties import GroupMCP
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent, PrimalDualActiveSet
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> concave = BlockCoordinateDescent(GroupMCP(1.0))
    >>> InTurn(concave, PrimalDualActiveSet(noise_level=0.6)).solve(problem).active_groups
    array([0])
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)  # what is wrapped checks

    first: Solver
    then: Solver

    def __post_init__(self) -> None:
        for name in ("first", "then"):
            solver = getattr(self, name)
            if not isinstance(solver, Solver):
                raise ValueError(f"{name} must be a solver, got {solver!r}")

    @property
    def goal(self) -> Goal:
        """The goal of the second solver."""
        return self.then.goal

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve by the first solver, then by the second."""
        begun = self.first.solve(problem, start)
        solution = self.then.solve(problem, begun.coef)
        return solution.add_work(begun.iterations, begun.seconds)
