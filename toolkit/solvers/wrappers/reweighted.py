"""Iterative reweighting: a concave penalty of the group norms by a sequence of convex ones.

The penalty ``sum_g log(||x_g|| / delta + eps)`` is majorised by its tangent, a weighted
l2,1 norm with weights ``1 / (||x_g|| / delta + eps)`` (Candes, Wakin and Boyd, 2008):
large groups are shrunk little, small ones are set to zero. Each round is one solve,
started from the previous solution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ...arrays import Array
from ...checks import check_count, check_positive
from ...losses import Loss
from ...penalties import L21, GroupWeights, Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import make_latent_groups
from ...solution import Solution
from ..optimality.session import PenalisedSolver, Session, find_penalised
from ..solver import Solver


@dataclass(frozen=True)
class Reweighted(PenalisedSolver):
    """Repeat a solver with group weights adapted to its previous solution.

    Parameters
    ----------
    solver : BlockCoordinateDescent, FISTA, SpectralProjectedGradient or another
        A solver with group weights, in its penalty or its own. Its weights multiply
        the adapted ones: zero stays zero, infinity infinity.
    delta : float, optional
        The group norm at which a weight is about halved, in the units of the
        coefficients. By default a twentieth of the largest group norm of the
        first solution.
    eps : float, default 0.1
        The weight of a zero group is ``1 / eps``.
    rounds : int, default 6
        The number of solves; the first uses the solver's own weights.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the solver takes no group weights.

    Notes
    -----
    A solver with a penalty has paths: all rounds are repeated at every strength, which is
    that of each round.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> solver = BlockCoordinateDescent(L21(0.4))
    >>> Reweighted(solver, delta=0.5).solve(problem).active_groups
    array([0])
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)  # what is wrapped checks

    solver: Solver
    delta: float | None = None
    eps: float = 0.1
    rounds: int = 6

    def __post_init__(self) -> None:
        if not isinstance(self.solver, Solver):
            raise ValueError(f"solver must have a penalty with group weights, got {self.solver!r}")
        _ = self.solver.group_weights  # raises where there are none
        if self.delta is not None:
            check_positive("delta", self.delta)
        check_positive("eps", self.eps)
        check_count("rounds", self.rounds)

    @property
    def penalty(self) -> Penalty:
        """The penalty of the wrapped solver, which that of the first round is."""
        return find_penalised(self.solver).penalty

    def with_penalty(self, penalty: Penalty) -> Reweighted:
        """Return the same with another penalty of the wrapped solver."""
        return replace(self, solver=find_penalised(self.solver).with_penalty(penalty))

    @property
    def group_weights(self) -> GroupWeights:
        """The weights of the groups in the first round."""
        return self.solver.group_weights

    def with_group_weights(self, weights: GroupWeights) -> Reweighted:
        """Return the same with other weights of the groups in the first round."""
        return replace(self, solver=self.solver.with_group_weights(weights))

    def session(self, problem: Problem) -> Session:
        """Return a session of all rounds at each strength, each from the last solution."""
        critical = find_penalised(self.solver).session(problem).critical
        return _RoundsSession(super().session(problem), critical)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve, adapt the weights, and solve again."""
        weights = L21(1.0, self.solver.group_weights).weights(problem.groups)
        solution = self.solver.solve(problem, start)
        delta = self.delta
        for _ in range(1, self.rounds):
            norms = _group_norms(problem, solution)
            delta = delta or float(norms.max(initial=0.0)) / 20
            if not delta:
                break
            adapted = self.solver.with_group_weights(weights / (norms / delta + self.eps))
            solution = adapted.solve(problem, solution.coef)
        return solution


class _RoundsSession(Session):
    """All rounds at one strength after another."""

    def __init__(self, rounds: Session, critical: float) -> None:
        self.rounds, self._critical = rounds, critical

    @property
    def critical(self) -> float:
        """The critical strength of the first round."""
        return self._critical

    def solve(self, alpha: float) -> Solution:
        """Repeat the solver at this strength."""
        return self.rounds.solve(alpha)


def _group_norms(problem: Problem, solution: Solution) -> Array:
    """Return the norms of the groups, or of their latent copies where they overlap."""
    groups, x = problem.groups, solution.coef
    if solution.latent is not None:
        groups, x = make_latent_groups(problem), solution.latent
    return groups.norms(x).astype(float)
