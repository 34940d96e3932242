"""A solver in the basis in which the columns of each group are orthonormal.

Group l0, MCP and SCAD act best on groups of comparable, uncorrelated columns:
every block step is then closed-form, and the concavity is measured against
columns of unit norm (Breheny and Huang, 2015). The price is another penalty:
with ``A_g = Q_g R_g`` it sees ``||R_g x_g|| = ||A_g x_g||`` in place of ``||x_g||``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...operators import Joint, Operator
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import orthonormal_basis
from ...reformulations.rotated_operator import RotatedOperator
from ...solution import Solution
from ..optimality.session import PenalisedSolver, Session
from ..requirements import DISJOINT_GROUPS, Requirement
from ..solver import Solver


@dataclass(frozen=True)
class OrthonormalGroups(PenalisedSolver):
    """Any solver with a penalty, with ``||A_g x_g||`` penalised in place of ``||x_g||``.

    Parameters
    ----------
    solver : BlockCoordinateDescent, FISTA or another
        The solver. Its penalty sees orthonormal groups.

    Notes
    -----
    Objective and certificate of the `Solution` are those of the changed
    penalty; `coef` is in the original coordinates, of least norm where the
    columns of a group are dependent.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import GroupMCP
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem = Problem(10 * np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.0))).solve(problem).coef
    array([0.3, 0.4, 0. , 0. ])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)

    solver: Solver

    @property
    def penalty(self) -> Penalty:
        """The penalty of the solver inside."""
        return self._penalised.penalty

    def with_penalty(self, penalty: Penalty) -> OrthonormalGroups:
        """Return the same with another penalty of the solver inside."""
        return replace(self, solver=self._penalised.with_penalty(penalty))

    @property
    def _penalised(self) -> PenalisedSolver:
        if not isinstance(self.solver, PenalisedSolver):
            raise ValueError(f"solver must have a penalty, got {self.solver!r}")
        return self.solver

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve in the orthonormal basis and come back.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients to start from.

        Returns
        -------
        Solution
            With coefficients in the original coordinates.

        Raises
        ------
        ValueError
            If groups overlap, or as the solver says.
        """
        rotation = _Rotation(problem)
        begin = None if start is None else rotation.rotated(start)
        return rotation.back(self.solver.solve(rotation.problem, begin))

    def session(self, problem: Problem) -> Session:
        """Return a session of the solver in the orthonormal basis.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.

        Returns
        -------
        Session
            For one strength after another.
        """
        self.check_problem(problem)
        rotation = _Rotation(problem)
        return _RotatedSession(self._penalised.session(rotation.problem), rotation)


class _Rotation:
    """A problem in the orthonormal basis, and the way back."""

    def __init__(self, problem: Problem) -> None:
        self.view = FeatureView.of(problem)
        self.basis = orthonormal_basis(self.view.operator, self.view.groups)
        operator: Operator = RotatedOperator(self.view.operator, self.basis)
        if self.view.operator is not problem.operator:
            joint = problem.operator
            assert isinstance(joint, Joint)
            operator = Joint(operator, joint.n_channels, joint.channel_axis)
        self.problem = Problem(operator, problem.data, problem.groups)

    def rotated(self, coef: Array) -> Array:
        """Return coefficients in the orthonormal basis."""
        return self.view.coefficients(
            self.basis.inverse(self.view.features(coef), self.view.groups)
        )

    def back(self, solution: Solution) -> Solution:
        """Return the solution with coefficients in the original coordinates."""
        features = self.basis.coefficients(self.view.features(solution.coef))
        coef = self.view.coefficients(np.ascontiguousarray(features))
        return replace(solution, coef=coef.astype(solution.coef.dtype, copy=False))


class _RotatedSession(Session):
    """A session in the orthonormal basis whose solutions come back from there."""

    def __init__(self, inner: Session, rotation: _Rotation) -> None:
        self.inner, self.rotation = inner, rotation

    @property
    def critical(self) -> float:
        """The critical strength in the orthonormal basis."""
        return self.inner.critical

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength."""
        return self.rotation.back(self.inner.solve(alpha))
