"""Two solvers, the second from the solution of the first."""

from __future__ import annotations

from dataclasses import dataclass

from ...arrays import Array
from ...problem import Problem
from ...solution import Solution
from ..solver import Solver


@dataclass(frozen=True)
class InTurn(Solver):
    """Two solvers, the second started from what the first has found.

    The active sets along a path of the l0(l2) problem and the groups that a
    concave penalty keeps are both near the best ones, in different ways: where
    groups are many, `PrimalDualActiveSet` started from a group MCP solution
    recovers more of them than along its own path.

    Parameters
    ----------
    first, then : solver
        Any two solvers; a solver may be another `InTurn`.

    Raises
    ------
    ValueError
        If one of them cannot solve.

    Notes
    -----
    Status, certificate and history are those of the second. That the first did
    not converge is not reported: it only makes a start.

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

    first: Solver
    then: Solver

    def __post_init__(self) -> None:
        for name in ("first", "then"):
            solver = getattr(self, name)
            if not isinstance(solver, Solver):
                raise ValueError(f"{name} must be a solver, got {solver!r}")

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve by the first, then by the second.

        Parameters
        ----------
        problem : Problem
            Operator, data, groups.
        start : ndarray, optional
            Where the first solver starts.

        Returns
        -------
        Solution
            Of the second solver; iterations and seconds are those of both.

        Raises
        ------
        ValueError
            As the solvers say.
        """
        begun = self.first.solve(problem, start)
        solution = self.then.solve(problem, begun.coef)
        return solution.add_work(begun.iterations, begun.seconds)
