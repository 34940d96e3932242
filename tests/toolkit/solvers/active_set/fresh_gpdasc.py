"""Algorithm 1 of Jiao, Jin and Lu with a new Cholesky factorisation at every step.

A plain implementation in NumPy and SciPy for a real matrix and groups of equal size: the reference
for the path of `PrimalDualActiveSet`, and for the speed that it gains by keeping its factor.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

_BLOCK = 256  # groups copied at a time


class Step(NamedTuple):
    """A strength, its result, and the number of changes of the active set there."""

    alpha: float
    active: np.ndarray
    n_changes: int
    residual_norm: float


class Result(NamedTuple):
    """The end of the path; `reached` is true if the residual reached the noise level."""

    coef: np.ndarray
    active: np.ndarray
    alpha: float
    reached: bool
    path: list[Step]


class Fit(NamedTuple):
    """Least squares on an active set, in the groups' orthonormal columns."""

    active: np.ndarray
    coef: np.ndarray
    dual: np.ndarray
    residual_norm: float

    def wanted(self, alpha):
        return np.linalg.norm(self.coef + self.dual, axis=1) ** 2 / 2 > alpha


def fresh_gpdasc(matrix, data, size, noise_level, *, rho=0.7, max_inner=5, rest=False):
    """Follow the path until the residual is not above the noise level.

    `matrix` has shape (n, N * size), the columns of a group side by side; `data` has shape (n,).
    It stops early, at the last fit, if more columns than rows would become active or alpha is lost
    in rounding. With `rest`, an extension of the paper, the active set keeps changing at the last
    strength until it is stable, as long as the noise level is reached.
    """
    n_rows = len(matrix)
    columns, triangles = _orthonormal(matrix, size)
    flat = columns.reshape(-1, n_rows)
    correlations = (flat @ data).reshape(-1, size)

    def fitted(active):
        chosen = columns[active].reshape(-1, n_rows)
        coef, residual = np.zeros_like(correlations), data
        if active.any():
            factor = cho_factor(chosen @ chosen.T, lower=True, check_finite=False)
            weights = cho_solve(factor, correlations[active].ravel(), check_finite=False)
            residual = data - weights @ chosen
            coef[active] = weights.reshape(-1, size)
        dual = (flat @ residual).reshape(-1, size)
        dual[active] = 0
        return Fit(active, coef, dual, np.linalg.norm(residual))

    nothing = np.zeros(len(columns), dtype=bool)
    fit = Fit(nothing, np.zeros_like(correlations), correlations, np.linalg.norm(data))
    alpha = data @ data / 2
    smallest = np.finfo(float).eps ** 2 * alpha
    path, room = [], True
    while fit.residual_norm > noise_level and room and alpha > smallest:
        alpha *= rho
        n_changes, reached = 0, False
        while n_changes < max_inner or (rest and fit.residual_norm <= noise_level):
            wanted = fit.wanted(alpha)
            fits = np.count_nonzero(wanted) * size <= n_rows
            room = fits or reached
            if not fits or np.array_equal(wanted, fit.active):
                break
            reached = n_changes >= max_inner
            changed = fitted(wanted)
            if reached and changed.residual_norm > noise_level:
                break
            fit, n_changes = changed, n_changes + 1
        path.append(Step(alpha, np.flatnonzero(fit.active), n_changes, fit.residual_norm))
    coef = np.linalg.solve(triangles, fit.coef[:, :, None]).ravel()
    met = bool(fit.residual_norm <= noise_level)
    return Result(coef, np.flatnonzero(fit.active), alpha, met, path)


def _orthonormal(matrix, size):
    """Return the groups' orthonormal columns as rows, and what leads back to the columns."""
    groups = matrix.reshape(len(matrix), -1, size).transpose(1, 0, 2)
    columns = np.empty((len(groups), size, len(matrix)))
    triangles = np.empty((len(groups), size, size))
    for begin in range(0, len(groups), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        basis, triangles[part] = np.linalg.qr(groups[part])
        columns[part] = basis.transpose(0, 2, 1)
    return columns, triangles
