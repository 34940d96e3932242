"""Algorithm 1 of Jiao, Jin and Lu with a Cholesky factorisation from scratch at every step.

What one writes with NumPy and SciPy alone for a real matrix and groups of equal size: the
reference for what `PrimalDualActiveSet` gains by keeping its factor, and for its path.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

_BLOCK = 256  # groups of which copies are made at a time


class Step(NamedTuple):
    """A strength, where it led, and how often the active set changed there."""

    alpha: float
    active: np.ndarray
    n_changes: int
    residual_norm: float


class Result(NamedTuple):
    """`reached` says whether the noise level was met before there were more columns than rows."""

    coef: np.ndarray
    active: np.ndarray
    alpha: float
    reached: bool
    path: list[Step]


def fresh_gpdasc(matrix, data, size, noise_level, *, rho=0.7, max_inner=5):
    """Follow the path until the residual is not above the noise level.

    `matrix` has shape (n, N * size), the columns of a group side by side; `data` has shape (n,).
    Stops early, at the last fit, where more columns than rows would become active, or where
    alpha is lost in rounding.
    """
    n_rows = len(matrix)
    columns, triangles = _orthonormal(matrix, size)
    flat = columns.reshape(-1, n_rows)
    correlations = (flat @ data).reshape(-1, size)
    alpha = data @ data / 2
    smallest = np.finfo(float).eps ** 2 * alpha
    active = np.zeros(len(columns), dtype=bool)
    fit, dual, residual_norm = np.zeros_like(correlations), correlations, np.linalg.norm(data)
    path, room = [], True
    while residual_norm > noise_level and room and alpha > smallest:
        alpha *= rho
        n_changes = 0
        while n_changes < max_inner:
            wanted = np.linalg.norm(fit + dual, axis=1) ** 2 / 2 > alpha
            if np.array_equal(wanted, active):
                break
            room = np.count_nonzero(wanted) * size <= n_rows
            if not room:
                break
            active = wanted
            n_changes += 1
            chosen = columns[active].reshape(-1, n_rows)
            fit = np.zeros_like(correlations)
            residual = data
            if active.any():
                factor = cho_factor(chosen @ chosen.T, lower=True, check_finite=False)
                weights = cho_solve(factor, correlations[active].ravel(), check_finite=False)
                residual = data - weights @ chosen
                fit[active] = weights.reshape(-1, size)
            dual = (flat @ residual).reshape(-1, size)
            dual[active] = 0
            residual_norm = np.linalg.norm(residual)
        path.append(Step(alpha, np.flatnonzero(active), n_changes, residual_norm))
    coef = np.linalg.solve(triangles, fit[:, :, None]).ravel()
    return Result(coef, np.flatnonzero(active), alpha, bool(residual_norm <= noise_level), path)


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
