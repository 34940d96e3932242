"""Compiled steps of block descent for the orthogonally weighted problem.

In channels rotated to the eigenvectors of the metric, with eigenvalues m_k, and
whitened, ``u_k = z_k / sqrt(m_k)``, the model is ``||r - A z||^2 / (2 alpha) + sum_g
||U_g|| + <C, U> + damping / 2 ||U - U'||^2``. For one group, its data term bounded by
``h_k = L_g m_k / alpha`` in channel k, the minimiser is ``u_k = b_k t / ((h_k + damping)
t + 1)`` where its norm t solves ``sum_k (b_k / ((h_k + damping) t + 1))^2 = 1``: one
unknown, found by Newton steps. Coefficients stand feature by feature, (n, K).
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...execution.compiling import compile_kernel
from .point import Point, Setting
from .whitened_kernels import (
    energy,
    largest_violation,
    norm_of_step,
    penalty_slope,
    rise,
    unwhitened,
)

_FAST = {"reassoc", "nsz", "contract", "arcp"}


@compile_kernel
def evaluate(
    rows: Array, residual: Array, indptr: IntArray, alpha: float, gamma: float
) -> tuple[Array, Array, Array, Array, float]:
    """Return the metric at coefficients, what they are in it, and the objective.

    Parameters
    ----------
    rows : ndarray, shape (n, K)
        Coefficients of the working features, those of a group together.
    residual : ndarray, shape (K, n_rows)
        What they leave of the data.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each group begins.
    alpha, gamma : float
        The setting.

    Returns
    -------
    vectors : ndarray, shape (K, K)
        Eigenvectors of the metric.
    values : ndarray of float, shape (K,)
        Its eigenvalues, rising.
    whitened : ndarray, shape (n, K)
        Coefficients in this basis, divided by the roots of the eigenvalues.
    norms : ndarray of float, shape (n_groups,)
        Of the groups, whitened.
    objective : float
        Infinite where the metric is singular and gamma zero, or too large for a number.
    """
    n_channels = residual.shape[0]
    wide_rows = rows * np.float64(1.0)
    gram = np.dot(np.ascontiguousarray(wide_rows.T), wide_rows.conj()) * (1 - gamma)
    for k in range(n_channels):
        gram[k, k] += gamma
    overflowed = not np.isfinite(np.sum(gram).real)
    if overflowed:
        gram = np.eye(n_channels).astype(gram.dtype)
    values, wide = np.linalg.eigh(gram)
    vectors = np.ascontiguousarray(wide).astype(rows.dtype)
    floor = max(10 * np.finfo(np.float64).eps, (100 * np.finfo(rows.real.dtype).eps) ** 2)
    singular = values[0] <= floor * n_channels * values[-1]
    values = np.maximum(values, max(gamma, 1e-300))
    whitened = np.dot(rows, vectors.conj())
    for k in range(n_channels):
        whitened[:, k] /= np.sqrt(values[k])
    norms = np.empty(indptr.size - 1)
    objective = 0.0
    for g in range(norms.size):
        total = 0.0
        for j in range(indptr[g], indptr[g + 1]):
            for k in range(n_channels):
                u = whitened[j, k]
                total += u.real * u.real + u.imag * u.imag
        norms[g] = np.sqrt(total)
        objective += norms[g]
    objective += energy(residual) / (2 * alpha)
    if overflowed or (singular and gamma == 0):
        objective = np.inf
    return vectors, values, whitened, norms, objective


def point_at(rows: Array, residual: Array, indptr: IntArray, setting: Setting) -> Point:
    """Return the point with these coefficients and this residual; shapes as for `evaluate`."""
    return Point(rows, residual, *evaluate(rows, residual, indptr, *setting))


@compile_kernel(fastmath=_FAST)
def _sweep(
    columns: Array,
    indptr: IntArray,
    bounds: Array,
    values: Array,
    residual: Array,
    whitened: Array,
    slope: Array,
    reference: Array,
    alpha: float,
    damping: float,
) -> None:
    """Minimise the model over one group after another, once over all of them.

    `residual` and `whitened` are changed in place.
    """
    n_channels, n_rows = residual.shape
    roots = np.sqrt(values).astype(bounds.dtype)
    curvatures, squares = np.empty(n_channels), np.empty(n_channels)
    longest = 1
    for g in range(bounds.size):
        longest = max(longest, indptr[g + 1] - indptr[g])
    target = np.empty((longest, n_channels), dtype=whitened.dtype)
    for g in range(bounds.size):
        begin, end = indptr[g], indptr[g + 1]
        total = 0.0
        for k in range(n_channels):
            h = bounds[g] * values[k] / alpha
            curvatures[k] = h + damping
            squares[k] = 0.0
            for j in range(begin, end):
                product = residual[k, 0] * 0
                for i in range(n_rows):
                    product += np.conj(columns[j, i]) * residual[k, i]
                b = h * whitened[j, k] + roots[k] * product / alpha
                b += damping * reference[j, k] - slope[j, k]
                target[j - begin, k] = b
                squares[k] += b.real * b.real + b.imag * b.imag
            total += squares[k]
        t = norm_of_step(squares, curvatures) if total > 1.0 else 0.0
        for k in range(n_channels):
            factor = t / (curvatures[k] * t + 1.0)
            for j in range(begin, end):
                change = target[j - begin, k] * factor - whitened[j, k]
                if change != 0:
                    whitened[j, k] += change
                    change = change * roots[k]
                    for i in range(n_rows):
                        residual[k, i] -= change * columns[j, i]


@compile_kernel
def model_step(
    columns: Array,
    indptr: IntArray,
    bounds: Array,
    point: Point,
    setting: Setting,
    damping: float,
    n_sweeps: int,
) -> tuple[Array, Array, float]:
    """Return where sweeps over the model lead, and the decrease that it predicts.

    Parameters
    ----------
    columns : ndarray, shape (n, n_rows)
        The columns of the working features, each a row.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each group begins.
    bounds : ndarray of float, shape (n_groups,)
        L_g, at least the largest eigenvalue of each group's Gram matrix.
    point : Point
        Where the step begins.
    setting : Setting
        Strength and relaxation.
    damping : float
        Keeps the step short.
    n_sweeps : int
        How many.

    Returns
    -------
    rows : ndarray, shape (n, K)
        The new coefficients.
    residual : ndarray, shape (K, n_rows)
        What they leave.
    predicted : float
        The model's decrease, without damping.
    """
    alpha, values, whitened = setting.alpha, point.values, point.whitened
    slope = penalty_slope(whitened, point.norms, indptr, setting.gamma)
    left = np.dot(np.ascontiguousarray(point.vectors.conj().T), point.residual)
    predicted = energy(left) / (2 * alpha) + point.norms.sum()
    after = whitened.copy()
    for _ in range(n_sweeps):
        _sweep(columns, indptr, bounds, values, left, after, slope, whitened, alpha, damping)
    predicted -= energy(left) / (2 * alpha) + rise(whitened, after, slope, indptr)
    return (
        unwhitened(after, point.vectors, values),
        np.dot(point.vectors, left),
        max(0.0, predicted),
    )


@compile_kernel
def proximal_step(
    point: Point,
    correlations: Array,
    indptr: IntArray,
    lipschitz: float,
    setting: Setting,
    damping: float,
) -> tuple[Array, float, float]:
    """Return where the model leads whose data term is bounded by one curvature.

    Parameters
    ----------
    point : Point
        Where the step begins.
    correlations : ndarray, shape (n, K)
        Of the residual with all features.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each group begins.
    lipschitz : float
        At least the square of the operator's norm.
    setting : Setting
        Strength and relaxation.
    damping : float
        Keeps the step short.

    Returns
    -------
    rows : ndarray, shape (n, K)
        The new coefficients.
    predicted : float
        The decrease of the penalty's model and of the data term's tangent.
    violation : float
        Of the first-order conditions where the step begins.
    """
    alpha, values, whitened = setting.alpha, point.values, point.whitened
    slope = penalty_slope(whitened, point.norms, indptr, setting.gamma)
    gradient = np.dot(correlations, point.vectors.conj())
    curvatures, squares = np.empty(values.size), np.empty(values.size)
    for k in range(values.size):
        slope[:, k] -= gradient[:, k] * (np.sqrt(values[k]) / alpha)
        curvatures[k] = lipschitz * values[k] / alpha + damping
    violation = largest_violation(point.whitened, point.norms, slope, indptr)
    after = np.empty_like(whitened)
    for k in range(values.size):
        after[:, k] = whitened[:, k] * curvatures[k] - slope[:, k]
    for g in range(indptr.size - 1):
        total = 0.0
        for k in range(values.size):
            squares[k] = 0.0
            for j in range(indptr[g], indptr[g + 1]):
                b = after[j, k]
                squares[k] += b.real * b.real + b.imag * b.imag
            total += squares[k]
        t = norm_of_step(squares, curvatures) if total > 1.0 else 0.0
        for k in range(values.size):
            for j in range(indptr[g], indptr[g + 1]):
                after[j, k] *= t / (curvatures[k] * t + 1.0)
    predicted = point.norms.sum() - rise(whitened, after, slope, indptr)
    return unwhitened(after, point.vectors, values), max(0.0, predicted), violation
