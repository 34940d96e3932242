"""A solver that follows a path of strengths and gives the solution that a rule chooses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..checks import check_count, check_fraction
from ..losses import Loss
from ..penalties import GroupL0
from ..problem import Problem
from ..solution import Progress, Solution, Status
from ..solvers.goal import Goal
from ..solvers.optimality.session import PenalisedSolver
from ..solvers.solver import Solver
from .path import check_has_strengths, follow, make_default_alphas
from .rules import Discrepancy, Rule


@dataclass(frozen=True)
class AlongPath(Solver):
    """Follow a path of strengths; return the solution that a rule chooses.

    The path begins at zero: a start is not used. The solution's `history` holds, per strength,
    "alpha", "n_active", "residual_norm", "iterations" and "score"; its iterations and seconds are
    those of the whole path.

    Parameters
    ----------
    solver : PenalisedSolver
        Such as ``BlockCoordinateDescent(GroupMCP(1.0))``; the strength of its
        penalty does not matter.
    rule : Rule
        Such as `Discrepancy`, `MallowsCp` or `EBIC`; it also decides when to stop.
    n_alphas : int, default 100
        The number of strengths.
    ratio : float, default 1e-3
        The smallest relative to the critical one. `PrimalDualActiveSet` uses
        its own strengths, until the rule is decided.
    callback : callable, optional
        Called with a `Progress` after each strength; a true result stops.

    Raises
    ------
    ValueError
        If the solver has no strength, or another parameter is out of its range.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import GroupMCP
    >>> from groupsparse.toolkit.selection import Discrepancy
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> solver = AlongPath(BlockCoordinateDescent(GroupMCP(1.0)), Discrepancy(0.6))
    >>> solver.solve(problem).active_groups
    array([0])
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)  # what is wrapped checks

    solver: PenalisedSolver
    rule: Rule
    n_alphas: int = 100
    ratio: float = 1e-3
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_has_strengths(self.solver)
        if not isinstance(self.rule, Rule):
            raise ValueError(f"rule must be a Rule such as Discrepancy(0.1), got {self.rule!r}")
        check_count("n_alphas", self.n_alphas)
        check_fraction("ratio", self.ratio)

    @property
    def goal(self) -> Goal:
        """The noise level, for groups that are found without shrinkage."""
        counts = isinstance(self.solver.penalty.base, GroupL0)
        if counts and isinstance(self.rule, Discrepancy):
            return Goal(noise_level=self.rule.noise_level)
        return Goal()

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        scores: list[float] = []
        stopped = False

        def is_last(solution: Solution) -> bool:
            nonlocal stopped
            penalty = self.solver.penalty.with_alpha(solution.alpha)
            scores.append(self.rule.score(problem, penalty, solution))
            stopped = self._report(len(scores), solution)
            return stopped or self.rule.is_decided(scores)

        self.solver.check_problem(problem)
        session = self.solver.session(problem)
        path = follow(session, make_default_alphas(session, self.n_alphas, self.ratio), is_last)
        best = self.rule.choose(scores)
        chosen = path[best]
        status = self.rule.find_miss(path, best) or chosen.status
        if stopped:
            status = Status.STOPPED
        return dataclasses.replace(
            chosen,
            status=status,
            certificate=session.certify(chosen),
            iterations=sum(solution.iterations for solution in path),
            seconds=sum(solution.seconds for solution in path),
            history={
                "alpha": path.alphas,
                "n_active": path.n_active,
                "residual_norm": path.residual_norms,
                "iterations": np.array([solution.iterations for solution in path]),
                "score": np.array(scores),
            },
        )

    def _report(self, n_done: int, solution: Solution) -> bool:
        if self.callback is None:
            return False
        progress = Progress(
            n_done, n_done / self.n_alphas, solution.objective, solution.active_groups.size
        )
        return bool(self.callback(progress))
