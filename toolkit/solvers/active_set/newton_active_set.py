"""The active groups of a problem of any convex loss, fitted by Newton steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...arrays import Array, squared_magnitude
from ...problem import Problem
from ...reformulations.group_basis import GroupBasis, make_orthonormal_basis
from ...solution import Certificate, Solution, Status
from ..least_squares.newton_fit import NewtonFit, fit_features
from .active_set import ActiveSet
from .group_evidence import find_evidence

_LARGE = 2**22  # entries of a matrix that is not there: its columns are not formed again and again


class NewtonActiveSet(ActiveSet):
    """Active groups fitted by Newton steps; others are judged by the second-order model."""

    fit: NewtonFit

    def __init__(self, problem: Problem, ridge: float = 0.0) -> None:
        super().__init__(problem)
        self.groups, self.ridge, self.n_rows = problem.groups, ridge, problem.n_data
        self._ridges = np.full(problem.groups.n_coefs, ridge)
        self._ridges[problem.groups.unpenalised] = 0
        self._basis: GroupBasis | None = None
        if not problem.operator.exact_columns and problem.groups.n_coefs * self.n_rows > _LARGE:
            self._basis = make_orthonormal_basis(problem.operator, problem.groups)
        self._null = fit_features(problem, np.empty(0, np.intp))
        self.data_energy = problem.term.deviance(self._null.image)
        self.clear()
        self.scale = max(float(np.linalg.norm(self.evidence)), float(np.sqrt(self.data_energy)))

    def clear(self) -> None:
        """Make no group active."""
        self.active = np.zeros(self.groups.n_groups, dtype=bool)
        self.fit = self._null
        self._seen: tuple[NewtonFit, Array] | None = None

    def find_groups(self, coef: Array | None) -> Array:
        """Return which groups are not zero in the problem's coefficients, as booleans."""
        if coef is None:
            return np.zeros(self.groups.n_groups, dtype=bool)
        return self.groups.norms(coef) > 0

    def activate(self, active: Array, accuracy: float = 0.0) -> None:
        """Make these groups active, and fit them, always to full accuracy."""
        features = np.flatnonzero(self.groups.spread(active))
        self.fit = fit_features(self.problem, features, self.fit.coef, self._ridges)
        self.active = active & self.find_groups(self.fit.coef)

    @property
    def first_strength(self) -> float:
        """The strength at which the first group enters, or the loss of the data if that is more."""
        return max(self.data_energy / 2, self.entering)

    @property
    def residual_norm(self) -> float:
        """The root of the deviance."""
        return float(np.sqrt(self.problem.term.deviance(self.fit.image)))

    @property
    def evidence(self) -> Array:
        """The norm of primal plus dual variable of every group, by the loss that it saves."""
        if self._seen is None or self._seen[0] is not self.fit:
            coef, image, *_ = self.fit
            settings = self.ridge, self._basis
            norms = find_evidence(self.problem, coef, image, self.active, *settings)
            self._seen = self.fit, norms
        return self._seen[1]

    def count_columns(self, active: Array) -> int:
        """Return how many columns groups have."""
        return int(np.count_nonzero(self.groups.spread(active)))

    def evaluate_objective(self, alpha: float) -> float:
        """Return the loss ``+ ridge / 2 ||x||^2 + alpha * n_active``."""
        coef, image, *_ = self.fit
        ridge = float(squared_magnitude(coef.ravel()) @ self._ridges) / 2
        return self.problem.term.value(image) + ridge + float(alpha) * self.n_active

    def certify(self, alpha: float) -> Certificate:
        """Return by how much thresholds are violated."""
        return self.certify_thresholds(alpha)

    def make_solution(
        self,
        alpha: float,
        status: Status,
        history: Mapping[str, Array],
        *,
        on_path: bool = False,
    ) -> Solution:
        """Return the result, with no work counted yet."""
        if status is Status.CONVERGED and not self.fit.converged:
            status = Status.MAX_ITER
        return Solution(
            coef=self.fit.coef,
            active_groups=np.flatnonzero(self.active),
            status=status,
            objective=self.evaluate_objective(alpha),
            certificate=self.certify_thresholds(alpha),
            alpha=float(alpha),
            residual_norm=self.residual_norm,
            iterations=0,
            seconds=0.0,
            history=history,
        )
