"""A solver applied in a basis in which the columns of each group are orthonormal.

Group l0, MCP and SCAD work best on groups of comparable, uncorrelated columns: every
block step is then in closed form, and the concavity refers to columns of unit norm
(Breheny and Huang, 2015). The penalty changes: with ``A_g = Q_g R_g`` it applies to
``||R_g x_g|| = ||A_g x_g||`` instead of ``||x_g||``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...losses import Loss
from ...operators import Joint, Operator
from ...penalties import GroupWeights, Penalty, WithBounds
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import RotatedOperator, make_orthonormal_basis
from ...solution import Solution
from ..goal import Goal
from ..optimality.session import PenalisedSolver, Session, find_penalised
from ..requirements import DISJOINT_GROUPS, Requirement
from ..solver import Solver


@dataclass(frozen=True)
class OrthonormalGroups(PenalisedSolver):
    """Apply a solver in the orthonormal basis of each group: ``||A_g x_g||`` is penalised.

    Parameters
    ----------
    solver : BlockCoordinateDescent, FISTA or another
        The solver; groups have orthonormal columns in the problem it solves.

    Raises
    ------
    ValueError
        If it is not a solver.

    Notes
    -----
    Minimises ``1/2 ||A x - y||^2 + alpha * Omega((||A_g x_g||)_g)`` where the solver
    inside minimises with ``Omega((||x_g||)_g)``. Objective and certificate of the
    `Solution` refer to that problem; `coef` is in the original coordinates, of least
    norm where the columns of a group are dependent.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import GroupMCP
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(10 * np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0))).solve(problem).coef
    array([0.3, 0.4, 0. , 0. ])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)
    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)  # what is wrapped checks

    solver: Solver

    def __post_init__(self) -> None:
        if not isinstance(self.solver, Solver):
            raise ValueError(f"solver must be a solver, got {self.solver!r}")
        if _has_bounds(self.solver):
            raise ValueError(
                f"solver must have a penalty without bounds, which hold in one basis only, "
                f"got {self.solver!r}"
            )

    @property
    def penalty(self) -> Penalty:
        """The penalty of the wrapped solver."""
        return find_penalised(self.solver).penalty

    def with_penalty(self, penalty: Penalty) -> OrthonormalGroups:
        """Return the same with another penalty of the wrapped solver."""
        return replace(self, solver=find_penalised(self.solver).with_penalty(penalty))

    @property
    def group_weights(self) -> GroupWeights:
        """The weights of the groups in the wrapped solver."""
        return self.solver.group_weights

    def with_group_weights(self, weights: GroupWeights) -> OrthonormalGroups:
        """Return the same with other weights of the groups in the wrapped solver."""
        return replace(self, solver=self.solver.with_group_weights(weights))

    @property
    def goal(self) -> Goal:
        """The goal of the solver."""
        return self.solver.goal

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve in the orthonormal basis and transform the coefficients back."""
        rotation = _Rotation(problem)
        begin = None if start is None else rotation.rotate(start)
        return rotation.rotate_back(self.solver.solve(rotation.problem, begin))

    def session(self, problem: Problem) -> Session:
        """Return a session of the solver in the orthonormal basis."""
        self.check_problem(problem)
        rotation = _Rotation(problem)
        return _RotatedSession(find_penalised(self.solver).session(rotation.problem), rotation)


def _has_bounds(solver: Solver) -> bool:
    """Return whether a solver has a penalty with bounds."""
    try:
        penalty = find_penalised(solver).penalty
    except ValueError:  # of a wrapper whose solver has no penalty
        return False
    return isinstance(penalty, Penalty) and isinstance(penalty.core, WithBounds)


class _Rotation:
    """A problem in the orthonormal basis, with the transforms to and from it."""

    def __init__(self, problem: Problem) -> None:
        self.view = FeatureView.of(problem)
        self.basis = make_orthonormal_basis(self.view.operator, self.view.groups)
        operator: Operator = RotatedOperator(self.view.operator, self.basis)
        if self.view.operator is not problem.operator:
            joint = problem.operator
            assert isinstance(joint, Joint)
            operator = Joint(operator, joint.n_channels, joint.channel_axis)
        self.problem = problem.with_operator(operator, problem.groups)

    def rotate(self, coef: Array) -> Array:
        """Return coefficients in the orthonormal basis."""
        return self.view.coefficients(
            self.basis.inverse(self.view.features(coef), self.view.groups)
        )

    def rotate_back(self, solution: Solution) -> Solution:
        """Return the solution with coefficients in the original coordinates."""
        features = self.basis.coefficients(self.view.features(solution.coef))
        coef = self.view.coefficients(np.ascontiguousarray(features))
        return replace(solution, coef=coef.astype(solution.coef.dtype, copy=False))


class _RotatedSession(Session):
    """A session in the orthonormal basis whose solutions are transformed back."""

    def __init__(self, inner: Session, rotation: _Rotation) -> None:
        self.inner, self.rotation = inner, rotation

    @property
    def critical(self) -> float:
        """The critical strength in the orthonormal basis."""
        return self.inner.critical

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength."""
        return self.rotation.rotate_back(self.inner.solve(alpha))
