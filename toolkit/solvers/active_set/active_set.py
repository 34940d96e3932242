"""The active groups of a problem with their least-squares fit, and what the fit says of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...arrays import Array, squared_magnitude
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import make_orthonormal_basis
from ...solution import Certificate, CertificateKind, Solution, Status
from ..least_squares.fitting import make_fitter


class _Fit(NamedTuple):
    """Least squares on an active set, in the orthonormal basis (channels as rows)."""

    coef: Array
    residual: Array
    dual: Array
    exact: bool = True


class ActiveSet:
    """Groups of a problem that may differ from zero, fitted by least squares.

    It begins without any. Each group's columns are orthonormal here, with the
    ridge included; `tol` and `max_fit_iter` are the accuracy of iterative fits,
    as `PrimalDualActiveSet` defines them.
    """

    def __init__(
        self, problem: Problem, ridge: float = 0.0, tol: float = 1e-12, max_fit_iter: int = 500
    ) -> None:
        self.problem = problem
        self.view = FeatureView.of(problem)
        self.groups = self.view.groups
        self.basis = make_orthonormal_basis(self.view.operator, self.groups, ridge)
        self.fitter = make_fitter(self.view, self.basis, max_fit_iter)
        self.scale = float(np.linalg.norm(self.fitter.correlations))
        self._finest = tol * self.scale
        self.n_rows = int(self.view.data.shape[1])
        self.data_energy = float(squared_magnitude(self.view.data).sum())
        self.clear()

    def clear(self) -> None:
        """Make no group active."""
        correlations = self.fitter.correlations
        self.active = np.zeros(self.groups.n_groups, dtype=bool)
        self.fit = _Fit(np.zeros_like(correlations), self.view.data, correlations)

    def find_groups(self, coef: Array | None) -> Array:
        """Return which groups are not zero in the problem's coefficients, as booleans."""
        if coef is None:
            return np.zeros(self.groups.n_groups, dtype=bool)
        return self.groups.joint_norms(self.view.features(coef)) > 0

    def activate(self, active: Array, accuracy: float = 0.0) -> None:
        """Make these groups active, and fit them until their gradient has this norm.

        A group that others make redundant is left out.
        """
        self.fit = self._fit_on(active, accuracy)
        self.active = active & (self.groups.joint_norms(self.fit.coef) > 0)

    def _fit_on(self, active: Array, accuracy: float) -> _Fit:
        features = self.groups.spread(active)
        return _Fit(*self.fitter.fit(features, self.fit.coef, max(accuracy, self._finest)))

    @property
    def n_active(self) -> int:
        """The number of active groups."""
        return int(np.count_nonzero(self.active))

    @property
    def residual_norm(self) -> float:
        """The norm of ``y - A x``."""
        return float(np.linalg.norm(self.fit.residual))

    @property
    def evidence(self) -> Array:
        """The norm of primal plus dual variable of every group (eq. 10)."""
        features = self.groups.spread(self.active)
        return self.groups.joint_norms(np.where(features, self.fit.coef, self.fit.dual))

    @property
    def entering(self) -> float:
        """The strength below which the next group would enter."""
        evidence = self.evidence[~self.active].max(initial=0.0)
        return float(evidence**2 / 2)

    @property
    def staying(self) -> float:
        """The strength above which the first active group would leave; infinite without any."""
        evidence = self.evidence[self.active].min(initial=np.inf)
        return float(evidence**2 / 2)

    def count_columns(self, active: Array) -> int:
        """Return how many independent columns groups have, each taken by itself."""
        return int(np.count_nonzero(self.groups.spread(active) & self.basis.independent))

    def evaluate_objective(self, alpha: float) -> float:
        """Return ``1/2 ||A x - y||^2 + ridge / 2 ||x||^2 + alpha * n_active``."""
        misfit = float(squared_magnitude(self.fit.residual).sum())
        ridge = float(self.basis.ridge_energy(self.fit.coef).sum())
        return (misfit + ridge) / 2 + float(alpha) * self.n_active

    def certify(self, alpha: float) -> Certificate:
        """Return by how much the thresholds of theorem 9 are violated, relative to them."""
        threshold = np.sqrt(2 * alpha)
        if not threshold:
            return Certificate(CertificateKind.COORDINATEWISE, 0.0)
        evidence = self.evidence / threshold
        above = evidence[~self.active].max(initial=0.0) - 1
        below = 1 - evidence[self.active].min(initial=np.inf)
        return Certificate(CertificateKind.COORDINATEWISE, float(max(0.0, above, below)))

    def make_solution(self, alpha: float, status: Status, history: Mapping[str, Array]) -> Solution:
        """Fit to full accuracy and return the result, with no work counted yet."""
        if not self.fitter.direct:
            self.fit = self._fit_on(self.active, 0.0)
        if status is Status.CONVERGED and not self.fit.exact:
            status = Status.MAX_ITER
        misfit = float(squared_magnitude(self.fit.residual).sum())
        coef = self.view.coefficients(self.basis.coefficients(self.fit.coef))
        return Solution(
            coef=coef.astype(self.problem.dtype, copy=False),
            active_groups=np.flatnonzero(self.active),
            status=status,
            objective=self.evaluate_objective(alpha),
            certificate=self.certify(alpha),
            alpha=float(alpha),
            residual_norm=float(np.sqrt(misfit)),
            iterations=0,
            seconds=0.0,
            history=history,
        )
