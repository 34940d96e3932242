"""Models with a penalty, solved by block coordinate descent along paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, as_plain_array
from ...checks import check_flag, check_level, check_not_negative
from ...penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    GroupWeights,
    LatentOverlap,
    Penalty,
    SparseGroup,
    WithBounds,
    WithRidge,
)
from ...reformulations.regression_form import RegressionForm
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution
from ...solvers import BlockCoordinateDescent, Reweighted
from ...solvers.optimality.certificates import find_critical_strength
from ...solvers.optimality.session import PenalisedSolver
from ...solvers.solver import Solver
from ..path_model import PathModel
from .unpenalised import PROXIMAL, Unpenalised

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
    positive: bool = False
    bounds: tuple[float, float] | None = None
    tol: float = 1e-11
    max_iter: int = 10_000

    def _make_core(self) -> Penalty:
        """Return the penalty at the estimator's strength, without the ridge."""
        raise NotImplementedError

    @property
    def _positive_alpha(self) -> float:
        """The strength, or one where that is zero: penalties have a strength above zero."""
        check_not_negative("alpha", self.alpha)
        return self.alpha if self.alpha else 1.0

    def _make_penalty(self) -> Penalty:
        """Return the penalty at the estimator's strength."""
        check_level("ridge", self.ridge)
        penalty, bounds = self._make_core(), self._find_bounds()
        if bounds is not None:
            penalty = WithBounds(penalty, *bounds)
        return WithRidge(penalty, self.ridge) if self.ridge else penalty

    def _make_penalty_for(self, regression: RegressionForm) -> Penalty:
        """Return the penalty for all coefficients of a problem, an intercept among them."""
        return self._make_penalty()

    def _find_bounds(self) -> tuple[float, float] | None:
        """Return the lower and upper bound of coefficients, if there are any."""
        check_flag("positive", self.positive)
        if self.bounds is None:
            return (0.0, np.inf) if self.positive else None
        if self.positive:
            raise ValueError("give positive or bounds, not both")
        bounds = as_plain_array(self.bounds, "bounds")
        if bounds.shape != (2,) or bounds.dtype.kind not in "iuf":
            raise ValueError(f"bounds must be a lower and an upper number, got {self.bounds!r}")
        if not bounds[0] <= 0 <= bounds[1]:
            raise ValueError(f"bounds must hold zero between them, got {self.bounds!r}")
        return None if np.isinf(bounds).all() else (float(bounds[0]), float(bounds[1]))

    def _make_solver(self, regression: RegressionForm) -> Solver:
        solver = self._make_path_solver(regression)  # which checks what it is made of
        if self.alpha:
            return solver
        penalty, bounds = self._make_penalty_for(regression).base, self._find_bounds()
        return Unpenalised(penalty, self.ridge, bounds, tol=self.tol, max_iter=self.max_iter)

    def _make_path_solver(self, regression: RegressionForm) -> PenalisedSolver:
        """Return the solver of the penalty, at a strength above zero."""
        penalty = self._make_penalty_for(regression)
        if self._find_bounds() is None:
            return BlockCoordinateDescent(penalty, tol=self.tol, max_iter=self.max_iter)
        from ...solvers import FISTA  # few fits need it

        return FISTA(penalty, tol=max(self.tol, PROXIMAL), max_iter=self.max_iter)

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float) -> Array:
        critical = find_critical_strength(regression.problem, self._make_penalty_for(regression))
        return make_alphas(critical or 1.0, n_values, eps)

    def _make_penalty_at(self, value: float) -> Penalty:
        return self._make_penalty().with_alpha(float(value))

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        return walk(self._make_path_solver(regression), regression.problem, values)

    def _coarsen(self) -> Self:
        return type(self)(**{**self.get_params(deep=False), "tol": max(self.tol, COARSE)})

    def _refine(self, regression: RegressionForm, solution: Solution) -> Solution:
        penalty = self._make_penalty_for(regression).with_alpha(solution.alpha)
        solver = self._make_path_solver(regression).with_penalty(penalty)
        return solver.solve(regression.problem, solution.coef)


@dataclass(eq=False, repr=False)
class ConvexModel(PenalisedModel):
    """A convex penalty, whose group weights may be adapted to a first fit."""

    _: KW_ONLY
    adaptive: bool = False

    def _make_path_solver(self, regression: RegressionForm) -> PenalisedSolver:
        check_flag("adaptive", self.adaptive)
        solver = super()._make_path_solver(regression)
        return Reweighted(solver, rounds=_ROUNDS) if self.adaptive else solver


@dataclass(eq=False, repr=False)
class GroupLassoModel(ConvexModel):
    """The l2,1 norm."""

    def _make_core(self) -> L21:
        return L21(self._positive_alpha, self.group_weights)


@dataclass(eq=False, repr=False)
class SparseGroupLassoModel(ConvexModel):
    """The sparse group penalty."""

    l1_ratio: float = 0.5
    _: KW_ONLY
    feature_weights: ArrayLike | None = None

    def _make_core(self) -> SparseGroup:
        return SparseGroup(
            self._positive_alpha, self.l1_ratio, self.group_weights, self.feature_weights
        )

    def _make_penalty_for(self, regression: RegressionForm) -> Penalty:
        """Return the penalty, with a weight for the intercept, which is in no group."""
        n_features = regression.problem.shape[0]
        if self.feature_weights is None or np.shape(self.feature_weights) != (n_features - 1,):
            return self._make_penalty()
        weights = np.append(np.asarray(self.feature_weights, dtype=float), 1.0)
        return type(self)(
            **{**self.get_params(deep=False), "feature_weights": weights}
        )._make_penalty()


@dataclass(eq=False, repr=False)
class LatentGroupLassoModel(ConvexModel):
    """The latent group penalty, for groups that overlap."""

    def _make_core(self) -> LatentOverlap:
        return LatentOverlap(self._positive_alpha, self.group_weights)


@dataclass(eq=False, repr=False)
class GroupMCPModel(PenalisedModel):
    """The group MCP penalty."""

    gamma: float = 3.0
    _: KW_ONLY

    def _make_core(self) -> GroupMCP:
        return GroupMCP(self._positive_alpha, self.gamma, self.group_weights)


@dataclass(eq=False, repr=False)
class GroupSCADModel(PenalisedModel):
    """The group SCAD penalty."""

    gamma: float = 3.7
    _: KW_ONLY

    def _make_core(self) -> GroupSCAD:
        return GroupSCAD(self._positive_alpha, self.gamma, self.group_weights)
