"""Iterative reweighting: a concave penalty of the group norms by a sequence of convex ones.

The penalty ``sum_g log(||x_g|| / delta + eps)`` is majorised by its tangent, a weighted
l2,1 norm with weights ``1 / (||x_g|| / delta + eps)`` (Candes, Wakin and Boyd, 2008):
large groups are shrunk little, small ones are set to zero. Each round is one solve,
started from the previous solution.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...arrays import Array
from ...checks import check_count, check_positive
from ...penalties import L21
from ...problem import Problem
from ...reformulations.disjoint_groups import make_latent_groups
from ...solution import Solution
from ..solver import Solver


@dataclass(frozen=True)
class Reweighted(Solver):
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


def _group_norms(problem: Problem, solution: Solution) -> Array:
    """Return the norms of the groups, or of their latent copies where they overlap."""
    groups, x = problem.groups, solution.coef
    if solution.latent is not None:
        groups, x = make_latent_groups(problem), solution.latent
    return groups.norms(x).astype(float)
