"""A growing fit of any convex loss, and the choice of the group of largest gradient.

Each fit is made by Newton steps from the last one (Lozano, Swirszcz and Abe, "Group orthogonal
matching pursuit for logistic regression", 2011). Cost per step: a few Newton steps on the active
columns, and one product with the adjoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np

from ...arrays import Array, IntArray, is_single
from ...problem import Problem
from ...solution import Certificate, CertificateKind, Solution, Status
from ...ties import index_of_largest
from ..least_squares.growing_fit import GrowingFit
from ..least_squares.newton_fit import fit_features
from .pursuit import Choice

_FITTED = 1e-5  # of the first root of the deviance: the data are fitted as well as they can be
_FLAT, _FLAT_SINGLE = 1e-10, 1e-5  # of the largest first gradient: a smaller one is rounding


class NewtonGrowingFit(GrowingFit):
    """The fit of a problem of any loss by the features included so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.groups = problem, problem.groups
        self.features: IntArray = np.empty(0, np.intp)
        self._fit = fit_features(problem, self.features)
        self.data_norm = self.residual_norm
        self.first_gradient = self.compute_gradient()

    @property
    def residual_norm(self) -> float:
        """The root of the deviance."""
        return float(np.sqrt(self.problem.term.deviance(self._fit.image)))

    @property
    def rounding(self) -> float:
        """The root of the deviance of a fit that hardly differs from the data."""
        return _FITTED * self.data_norm

    @property
    def n_columns(self) -> int:
        """The number of columns in the fit."""
        return self.features.size

    @property
    def is_full(self) -> bool:
        """Whether there are as many columns as data."""
        return self.features.size >= self.problem.n_data

    def include(self, features: IntArray) -> None:
        """Include new features, and fit all by Newton steps from the last fit."""
        self.features = np.concatenate([self.features, features])
        self._fit = fit_features(self.problem, self.features, self._fit.coef)

    def compute_gradient(self) -> Array:
        """Return the gradient of the loss for all coefficients, flat."""
        slopes = self.problem.term.gradient(self._fit.image)
        return self.problem.operator.adjoint(slopes).ravel()

    def make_solution(
        self, status: Status, iterations: int, began: float, history: Mapping[str, Array]
    ) -> Solution:
        """Return the solution, begun at `began`."""
        if status is Status.CONVERGED and not self._fit.converged:
            status = Status.MAX_ITER
        coef = self._fit.coef
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(self.groups.norms(coef)),
            status=status,
            objective=self.problem.term.value(self._fit.image),
            certificate=Certificate(CertificateKind.NORMAL_EQUATIONS, self._relative_gradient()),
            alpha=0.0,
            residual_norm=self.residual_norm,
            iterations=iterations,
            seconds=perf_counter() - began,
            history=history,
        )

    def _relative_gradient(self) -> float:
        """Return the gradient's norm on the active columns, relative to the gradient at zero."""
        first = float(np.linalg.norm(self.first_gradient))
        now = float(np.linalg.norm(self.compute_gradient()[self.features]))
        return now / first if first else 0.0


class GradientChoice(Choice):
    """The choice of the group in which the gradient of the loss is largest."""

    def __init__(self, fit: NewtonGrowingFit, known: IntArray) -> None:
        super().__init__(fit, known)
        self.fit = fit
        flat = _FLAT_SINGLE if is_single(fit.problem.dtype) else _FLAT
        self._floor = flat * float(self.groups.norms(fit.first_gradient).max(initial=0.0))
        self._gradient = fit.compute_gradient()

    @property
    def is_finite(self) -> bool:
        """Whether all that the operator returned so far is finite."""
        return bool(np.isfinite(self._gradient).all())

    def find_best(self) -> int | None:
        """Return the group of largest gradient, if that is more than rounding."""
        if not self._eligible.any() or self.fit.residual_norm <= self._rounding:
            return None
        scores = self.groups.norms(self._gradient)
        scores[~self._eligible] = -1
        group = index_of_largest(scores)
        return group if self._floor < scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit, which changes it."""
        self._fit_group(self.fit, group)
        self._gradient = self.fit.compute_gradient()
        return True
