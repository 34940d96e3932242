"""The group lasso in its constrained forms, by spectral projected gradients."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from ...penalties import GroupWeights
from ...reformulations.regression_form import RegressionForm
from ...solvers import SpectralProjectedGradient
from ..kinds.regression import RegressionMixin
from ..path_model import PathModel

_SHARE = 0.1


@dataclass(eq=False, repr=False)
class ConstrainedGroupLasso(RegressionMixin, PathModel):
    """Linear regression with the smallest ``sum_g w_g ||coef_g||`` at a given residual norm.

    Or, with `radius`, the smallest residual for at most that norm. The solutions are those of
    `GroupLasso` at an `alpha` that need not be known.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise in y, over all targets: the largest norm of the residual.
        By default, without `radius`, a tenth of the norm of y, centred if there is an
        intercept, so that 99 % of its variance are explained.
    radius : float, optional
        The largest ``sum_g w_g ||coef_g||``.
    groups, group_weights, fit_intercept, warm_start
        As for `GroupLasso`.
    tol : float, default 1e-8
        Stop when duality gap and residual are within this part of their targets.
    max_iter : int, default 10000
        The largest number of projected gradient steps.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_
        As for `GroupLasso`.
    dual_gap_ : float
        Of the constrained problem.
    solution_ : Solution
        The solver's result; `solution_.alpha` is the strength at which
        `GroupLasso` has the same solution.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, noise = rng.standard_normal((50, 12)), 0.1 * rng.standard_normal(50)
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + noise
    >>> level = np.linalg.norm(noise)
    >>> model = ConstrainedGroupLasso(level, groups=4).fit(X, y)
    >>> bool(np.isclose(np.linalg.norm(y - model.predict(X)), level))
    True
    """

    noise_level: float | None = None
    _: KW_ONLY
    radius: float | None = None
    group_weights: GroupWeights = None
    tol: float = 1e-8
    max_iter: int = 10_000

    def _make_solver(self, regression: RegressionForm) -> SpectralProjectedGradient:
        level, radius = self._scale_level(self.noise_level, regression), self.radius
        norm = float(np.linalg.norm(regression.problem.data))
        if norm == 0:
            level, radius = None, radius or 1.0  # zero, whatever the noise level
        elif level is None and radius is None:
            level = _SHARE * norm
        elif level is not None and level >= norm:
            raise ValueError(
                f"noise_level must be below the norm of y, less its mean with an intercept, "
                f"{norm * regression.scale:.6g}, got {self.noise_level!r}: all of y would be noise"
            )
        return SpectralProjectedGradient(
            noise_level=level,
            radius=radius,
            group_weights=self.group_weights,
            tol=self.tol,
            max_iter=self.max_iter,
        )
