"""Compiled steps of the descents of the orthogonally weighted problem.

In channels rotated to the eigenvectors of the metric, with eigenvalues m_k, and
whitened, ``u_k = z_k / sqrt(m_k)``, the penalty is a sum of plain norms, and the model is
``||r - A z||^2 / (2 alpha) + sum_g ||U_g|| + <C, U> + damping / 2 ||U - U'||^2``. For one
group, its data term bounded by ``h_k = L_g m_k / alpha`` in channel k, the minimiser is
``u_k = b_k t / ((h_k + damping) t + 1)`` where its norm t solves
``sum_k (b_k / ((h_k + damping) t + 1))^2 = 1``: one unknown, found by Newton steps.

Coefficients stand feature by feature, (n, K), those of a group together, and residuals
channel by channel, (K, n_rows). Group g has the rows from ``indptr[g]`` to ``indptr[g + 1]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array, IntArray
from ...execution.compiling import compile_kernel
from .descent import Point, Setting

_FAST = {"reassoc", "nsz", "contract", "arcp"}


class WorkingColumns(NamedTuple):
    """The columns of groups as rows, (n, n_rows), with `indptr` and a bound L_g for each.

    L_g is at least the largest eigenvalue of a group's Gram matrix.
    """

    columns: Array
    indptr: IntArray
    bounds: Array


def make_point(rows: Array, residual: Array, indptr: IntArray, setting: Setting) -> Point:
    """Return the point with these coefficients and this residual."""
    return Point(rows, residual, *evaluate(rows, residual, indptr, *setting))


@compile_kernel
def evaluate(
    rows: Array, residual: Array, indptr: IntArray, alpha: float, gamma: float
) -> tuple[Array, Array, Array, Array, float]:
    """Return the metric at coefficients, the coefficients in it, and the objective.

    These are eigenvectors (K, K) and eigenvalues, rising; the whitened coefficients (n, K)
    and the norms of their groups; and the objective, infinite where the metric is singular
    and gamma zero, or too large for a number.
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
    objective += _compute_energy(residual) / (2 * alpha)
    if overflowed or (singular and gamma == 0):
        objective = np.inf
    return vectors, values, whitened, norms, objective


@compile_kernel
def minimise_model(
    working: WorkingColumns, point: Point, setting: Setting, damping: float, n_sweeps: int
) -> tuple[Array, Array, float]:
    """Return coefficients and residual after sweeps over the model, and its decrease.

    The decrease is without damping, which keeps the step short.
    """
    alpha, values, whitened = setting.alpha, point.values, point.whitened
    slope = _compute_slope(whitened, point.norms, working.indptr, setting.gamma)
    left = np.dot(np.ascontiguousarray(point.vectors.conj().T), point.residual)
    predicted = _compute_energy(left) / (2 * alpha) + point.norms.sum()
    after = whitened.copy()
    for _ in range(n_sweeps):
        _sweep(working, values, left, after, slope, whitened, alpha, damping)
    predicted -= _compute_energy(left) / (2 * alpha) + _compute_rise(
        whitened, after, slope, working.indptr
    )
    return (
        _undo_whitening(after, point.vectors, values),
        np.dot(point.vectors, left),
        max(0.0, predicted),
    )


@compile_kernel(fastmath=_FAST)
def _sweep(
    working: WorkingColumns,
    values: Array,
    residual: Array,
    whitened: Array,
    slope: Array,
    reference: Array,
    alpha: float,
    damping: float,
) -> None:
    """Minimise the model over one group after another; changes `residual` and `whitened`."""
    columns, indptr, bounds = working.columns, working.indptr, working.bounds
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
        t = _solve_norm(squares, curvatures) if total > 1.0 else 0.0
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
def step_proximally(
    point: Point,
    correlations: Array,
    indptr: IntArray,
    lipschitz: float,
    setting: Setting,
    damping: float,
) -> tuple[Array, float, float]:
    """Return the minimiser of the model whose data term is bounded by one curvature.

    `correlations`, (n, K), are those of the residual, and `lipschitz` is at least the square
    of the operator's norm. Also returns the decrease of the penalty's model and of the data
    term's tangent, and the violation of the first-order conditions before the step.
    """
    alpha, values, whitened = setting.alpha, point.values, point.whitened
    slope = _compute_slope(whitened, point.norms, indptr, setting.gamma)
    gradient = np.dot(correlations, point.vectors.conj())
    curvatures, squares = np.empty(values.size), np.empty(values.size)
    for k in range(values.size):
        slope[:, k] -= gradient[:, k] * (np.sqrt(values[k]) / alpha)
        curvatures[k] = lipschitz * values[k] / alpha + damping
    violation = _find_violation(point.whitened, point.norms, slope, indptr)
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
        t = _solve_norm(squares, curvatures) if total > 1.0 else 0.0
        for k in range(values.size):
            for j in range(indptr[g], indptr[g + 1]):
                after[j, k] *= t / (curvatures[k] * t + 1.0)
    predicted = point.norms.sum() - _compute_rise(whitened, after, slope, indptr)
    return _undo_whitening(after, point.vectors, values), max(0.0, predicted), violation


@compile_kernel
def _compute_energy(residual: Array) -> float:
    """Return the sum of squares, in double precision."""
    total = 0.0
    for k in range(residual.shape[0]):
        for i in range(residual.shape[1]):
            r = residual[k, i]
            total += r.real * r.real + r.imag * r.imag
    return total


@compile_kernel
def _solve_norm(squares: Array, curvatures: Array) -> float:
    """Return t > 0 with ``sum_k squares_k / (curvatures_k t + 1)^2 = 1``.

    The squares sum to more than one, and curvatures are positive. The inverse root of the
    sum is nearly linear in t, and concave: Newton's steps from zero do not overshoot.
    """
    t = 0.0
    for _ in range(60):
        total, slope = 0.0, 0.0
        for k in range(squares.size):
            q = 1.0 / (curvatures[k] * t + 1.0)
            part = squares[k] * q * q
            total += part
            slope += part * q * curvatures[k]
        step = (np.sqrt(total) - 1.0) * total / slope
        t += step
        if not step > 1e-9 * t:
            break
    return t


@compile_kernel
def _find_violation(whitened: Array, norms: Array, slope: Array, indptr: IntArray) -> float:
    """Return the largest distance of minus the slope from the subdifferential of a group's norm."""
    largest = 0.0
    for g in range(norms.size):
        inverse = 1 / norms[g] if norms[g] > 0 else 0.0
        total = 0.0
        for j in range(indptr[g], indptr[g + 1]):
            for k in range(whitened.shape[1]):
                unmet = whitened[j, k] * inverse + slope[j, k]
                total += unmet.real * unmet.real + unmet.imag * unmet.imag
        largest = max(largest, np.sqrt(total) - (norms[g] == 0))
    return largest


@compile_kernel
def _compute_slope(whitened: Array, norms: Array, indptr: IntArray, gamma: float) -> Array:
    """Return ``C = -(1 - gamma) (sum_g U_g U_g^H / ||U_g||) U``, the linear part of the model."""
    scaled = whitened.copy()
    for g in range(norms.size):
        if norms[g] > 0:
            scaled[indptr[g] : indptr[g + 1]] /= norms[g]
    slope: Array = np.dot(whitened, np.dot(np.ascontiguousarray(scaled.conj().T), whitened))
    slope *= gamma - 1
    return slope


@compile_kernel
def _compute_rise(whitened: Array, after: Array, slope: Array, indptr: IntArray) -> float:
    """Return the norms of the groups after a step, plus the rise of the linear part."""
    rise = 0.0
    for g in range(indptr.size - 1):
        total = 0.0
        for j in range(indptr[g], indptr[g + 1]):
            for k in range(after.shape[1]):
                u, change = after[j, k], after[j, k] - whitened[j, k]
                total += u.real * u.real + u.imag * u.imag
                rise += slope[j, k].real * change.real + slope[j, k].imag * change.imag
        rise += np.sqrt(total)
    return rise


@compile_kernel
def _undo_whitening(whitened: Array, vectors: Array, values: Array) -> Array:
    """Return coefficients in the problem's channels; scales `whitened` in place."""
    for k in range(values.size):
        whitened[:, k] *= np.sqrt(values[k])
    rows: Array = np.dot(whitened, np.ascontiguousarray(vectors.T))
    return rows
