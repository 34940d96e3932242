"""Models with a count of groups as penalty, by primal-dual active sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from ...arrays import Array
from ...penalties import GroupL0
from ...reformulations.regression_form import RegressionForm
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution, Status
from ...solvers import PrimalDualActiveSet
from ..path_model import PathModel


@dataclass(eq=False, repr=False)
class GroupL0Model(PathModel):
    """The number of active groups as penalty."""

    _strength: ClassVar[str] = "alpha"

    n_groups: int | None = None
    _: KW_ONLY
    alpha: float | None = None
    ridge: float = 0.0

    def _make_penalty(self) -> GroupL0:
        return GroupL0(self.alpha or 1.0)

    def _make_solver(self, regression: RegressionForm) -> PrimalDualActiveSet:
        n_groups, noise_level = self.n_groups, getattr(self, "noise_level", None)
        if n_groups is None and self.alpha is None and noise_level is None:
            n_groups = self._find_default_count(regression)
        return PrimalDualActiveSet(
            noise_level=self._scale_level(noise_level, regression),
            alpha=self.alpha,
            n_groups=n_groups,
            ridge=self.ridge,
        )

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float) -> Array:
        critical = self._make_free_solver().session(regression.problem).critical
        return make_alphas(critical or 1.0, n_values, eps**2)  # in squares of coefficients

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        for solution in walk(self._make_free_solver(), regression.problem, values):
            yield solution
            if solution.status is Status.SATURATED:
                return

    def _refine(self, regression: RegressionForm, solution: Solution) -> Solution:
        """Return a solution of a path with the certificate that `fit` gives."""
        certificate = self._make_free_solver().session(regression.problem).certify(solution)
        return replace(solution, certificate=certificate)

    def _make_free_solver(self) -> PrimalDualActiveSet:
        """Return the solver without a stop."""
        return PrimalDualActiveSet(ridge=self.ridge)
