"""Models with a penalty, solved by block coordinate descent along paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Self

from ...arrays import Array
from ...checks import check_flag, check_level
from ...penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    GroupWeights,
    LatentOverlap,
    Penalty,
    SparseGroup,
    WithRidge,
)
from ...reformulations.regression_form import RegressionForm
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution
from ...solvers import BlockCoordinateDescent, Reweighted
from ...solvers.optimality.certificates import find_critical_strength
from ...solvers.optimality.session import PenalisedSolver
from ..path_model import PathModel

_ROUNDS = 2  # a first fit, and one with weights from it
COARSE = 1e-5  # the tolerance along paths of which one solution is kept


@dataclass(eq=False, repr=False)
class PenalisedModel(PathModel):
    """``mean loss + alpha * penalty``, with weights of groups."""

    _strength: ClassVar[str] = "alpha"
    _explicit: ClassVar[bool] = False

    alpha: float = 1.0
    _: KW_ONLY
    group_weights: GroupWeights = None
    ridge: float = 0.0
    tol: float = 1e-11
    max_iter: int = 10_000

    def _make_core(self) -> Penalty:
        """Return the penalty at the estimator's strength, without the ridge."""
        raise NotImplementedError

    def _make_penalty(self) -> Penalty:
        """Return the penalty at the estimator's strength."""
        check_level("ridge", self.ridge)
        core = self._make_core()
        return WithRidge(core, self.ridge) if self.ridge else core

    def _make_solver(self, regression: RegressionForm) -> PenalisedSolver:
        return BlockCoordinateDescent(self._make_penalty(), tol=self.tol, max_iter=self.max_iter)

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float) -> Array:
        critical = find_critical_strength(regression.problem, self._make_penalty())
        return make_alphas(critical or 1.0, n_values, eps)

    def _make_penalty_at(self, value: float) -> Penalty:
        return self._make_penalty().with_alpha(float(value))

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        return walk(self._make_solver(regression), regression.problem, values)

    def _coarsen(self) -> Self:
        return type(self)(**{**self.get_params(deep=False), "tol": max(self.tol, COARSE)})

    def _refine(self, regression: RegressionForm, solution: Solution) -> Solution:
        penalty = self._make_penalty_at(solution.alpha)
        solver = self._make_solver(regression).with_penalty(penalty)
        return solver.solve(regression.problem, solution.coef)


@dataclass(eq=False, repr=False)
class ConvexModel(PenalisedModel):
    """A convex penalty, whose group weights may be adapted to a first fit."""

    _: KW_ONLY
    adaptive: bool = False

    def _make_solver(self, regression: RegressionForm) -> PenalisedSolver:
        check_flag("adaptive", self.adaptive)
        solver = super()._make_solver(regression)
        return Reweighted(solver, rounds=_ROUNDS) if self.adaptive else solver


@dataclass(eq=False, repr=False)
class GroupLassoModel(ConvexModel):
    """The l2,1 norm."""

    def _make_core(self) -> L21:
        return L21(self.alpha, self.group_weights)


@dataclass(eq=False, repr=False)
class SparseGroupLassoModel(ConvexModel):
    """The sparse group penalty."""

    l1_ratio: float = 0.5
    _: KW_ONLY

    def _make_core(self) -> SparseGroup:
        return SparseGroup(self.alpha, self.l1_ratio, self.group_weights)


@dataclass(eq=False, repr=False)
class LatentGroupLassoModel(ConvexModel):
    """The latent group penalty, for groups that overlap."""

    def _make_core(self) -> LatentOverlap:
        return LatentOverlap(self.alpha, self.group_weights)


@dataclass(eq=False, repr=False)
class GroupMCPModel(PenalisedModel):
    """The group MCP penalty."""

    gamma: float = 3.0
    _: KW_ONLY

    def _make_core(self) -> GroupMCP:
        return GroupMCP(self.alpha, self.gamma, self.group_weights)


@dataclass(eq=False, repr=False)
class GroupSCADModel(PenalisedModel):
    """The group SCAD penalty."""

    gamma: float = 3.7
    _: KW_ONLY

    def _make_core(self) -> GroupSCAD:
        return GroupSCAD(self.alpha, self.gamma, self.group_weights)
