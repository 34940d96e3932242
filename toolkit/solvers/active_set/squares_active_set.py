"""The active groups of a problem of the squared loss, with their least-squares fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...arrays import Array, squared_magnitude
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import make_orthonormal_basis
from ...solution import Certificate, CertificateKind, Solution, Status
from ..least_squares.dense_fitter import DenseFitter
from ..least_squares.fitting import make_fitter
from .active_set import ActiveSet, measure_violation
from .single_changes import find_entering_strength, find_staying_strength

# A certificate of single changes that multiplies more than this would take longer than some paths.
_MOST_MULTIPLICATIONS = 2**27
# Of the energy: groups that explain less are too few to tell whether they cancel each other.
_LITTLE = 1e-3


class _Fit(NamedTuple):
    """Least squares on an active set, in the orthonormal basis (channels as rows)."""

    coef: Array
    residual: Array
    dual: Array
    exact: bool = True


class SquaresActiveSet(ActiveSet):
    """Groups of a problem that may differ from zero, fitted by least squares.

    It begins without any. Each group's columns are orthonormal here, with the
    ridge included; `tol` and `max_fit_iter` are the accuracy of iterative fits,
    as `PrimalDualActiveSet` defines them.
    """

    knows_changes = True
    fit: _Fit

    def __init__(
        self, problem: Problem, ridge: float = 0.0, tol: float = 1e-12, max_fit_iter: int = 500
    ) -> None:
        super().__init__(problem)
        self.view = FeatureView.of(problem, rescale=not ridge)
        self.groups = self.view.groups
        self.basis = make_orthonormal_basis(self.view.operator, self.groups, ridge)
        self.fitter = make_fitter(self.view, self.basis, max_fit_iter)
        self.scale = float(np.linalg.norm(self.fitter.correlations))
        self._finest = tol * self.scale
        self._unpenalised_fit: _Fit | None = None
        self.n_rows = int(self.view.data.shape[1])
        self.data_energy = float(squared_magnitude(self.view.data).sum())
        self.clear()

    def clear(self) -> None:
        """Make no group active."""
        correlations = self.fitter.correlations
        self.active = np.zeros(self.groups.n_groups, dtype=bool)
        self.fit = _Fit(np.zeros_like(correlations), self.view.data, correlations)
        self._latest: _Fit | None = None  # the one that the fitter's factor belongs to

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
        fit = _Fit(*self.fitter.fit(features, self.fit.coef, max(accuracy, self._finest)))
        self._latest = fit
        return fit

    @property
    def first_strength(self) -> float:
        """Half the energy of the data, which no group explains more than (proposition 12)."""
        return self.data_energy / 2

    @property
    def residual_norm(self) -> float:
        """The norm of ``y - A x``."""
        return float(np.linalg.norm(self.fit.residual))

    @property
    def amplification(self) -> float:
        """The energy by which the coefficients differ from the fit without groups, over its gain.

        In the groups' orthonormal bases, so that dependent columns in one group do not count.
        """
        if self._unpenalised_fit is None:
            nothing = self.groups.spread(np.zeros_like(self.active))
            start = np.zeros_like(self.fit.coef)
            self._unpenalised_fit = _Fit(*self.fitter.fit(nothing, start, self._finest))
            self._latest = self._unpenalised_fit
        before = self._unpenalised_fit
        left = float(squared_magnitude(before.residual).sum())
        gain = left - float(squared_magnitude(self.fit.residual).sum())
        energy = float(squared_magnitude(self.fit.coef - before.coef).sum())
        least = max(gain, _LITTLE * left)
        return energy / least if least > 0 else 0.0

    @property
    def evidence(self) -> Array:
        """The norm of primal plus dual variable of every group (eq. 10)."""
        features = self.groups.spread(self.active)
        return self.groups.joint_norms(np.where(features, self.fit.coef, self.fit.dual))

    def count_columns(self, active: Array) -> int:
        """Return how many independent columns groups have, each taken by itself."""
        return int(np.count_nonzero(self.groups.spread(active) & self.basis.independent))

    def evaluate_objective(self, alpha: float) -> float:
        """Return ``1/2 ||A x - y||^2 + ridge / 2 ||x||^2 + alpha * n_active``."""
        ridge = float(self.basis.ridge_energy(self.fit.coef).sum()) / 2
        return self.misfit + ridge + float(alpha) * self.n_active

    @property
    def misfit(self) -> float:
        """``1/2 ||A x - y||^2``."""
        return float(squared_magnitude(self.fit.residual).sum()) / 2

    def certify(self, alpha: float) -> Certificate:
        """Return by how much the best change of one group exceeds its threshold.

        All other groups are fitted again where the matrix is dense and that costs little; else
        they stay.
        """
        fitter = self._renew_factor()
        if fitter is None or not self._is_cheap(fitter, alpha):
            return self.certify_thresholds(alpha)
        staying = find_staying_strength(fitter, self.groups, self.active, self.fit.coef)
        value = measure_violation(alpha, self._find_entering(fitter, alpha), staying)
        return Certificate(CertificateKind.SINGLE_CHANGE, value)

    def _is_cheap(self, fitter: DenseFitter, alpha: float) -> bool:
        """Return whether single changes take few multiplications, or none."""
        n_multiplications = fitter.features.size * fitter.data.shape[1] * self.groups.n_coefs
        return self._is_exhausted(alpha) or n_multiplications <= _MOST_MULTIPLICATIONS

    def _is_exhausted(self, alpha: float) -> bool:
        """Return whether no group can pay for itself, since less than `alpha` is left to gain."""
        return self.evaluate_objective(0.0) <= alpha

    def _find_entering(self, fitter: DenseFitter, alpha: float) -> float:
        """Return the strength below which a group would join, or zero if it is below `alpha`."""
        if self._is_exhausted(alpha):
            return 0.0
        return find_entering_strength(fitter, self.groups, self.active, self.fit.dual)

    def _renew_factor(self) -> DenseFitter | None:
        """Return the fitter with the factor of the present fit, if it keeps the whole factor."""
        if not isinstance(self.fitter, DenseFitter):
            return None
        if self.fit is not self._latest:
            self._fit_on(self.active, 0.0)
        return self.fitter

    def make_solution(
        self,
        alpha: float,
        status: Status,
        history: Mapping[str, Array],
        *,
        on_path: bool = False,
    ) -> Solution:
        """Fit to full accuracy and return the result, with no work counted yet.

        Its certificate on a path is that of the thresholds, which costs nothing.
        """
        if not self.fitter.direct:
            self.fit = self._fit_on(self.active, 0.0)
        if status is Status.CONVERGED and not self.fit.exact:
            status = Status.MAX_ITER
        coef = self.view.coefficients(self.basis.coefficients(self.fit.coef))
        return Solution(
            coef=coef.astype(self.problem.dtype, copy=False),
            active_groups=np.flatnonzero(self.active),
            status=status,
            objective=self.evaluate_objective(alpha),
            certificate=self.certify_thresholds(alpha) if on_path else self.certify(alpha),
            alpha=float(alpha),
            residual_norm=float(np.sqrt(2 * self.misfit)),
            iterations=0,
            seconds=0.0,
            history=history,
        )
