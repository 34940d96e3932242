"""Compiled parts of steps for the orthogonally weighted problem, in whitened channels.

Coefficients stand feature by feature, (n, K), in the basis of the metric's eigenvectors and
divided by the roots of its eigenvalues: there the penalty is a sum of plain norms.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...execution.compiling import compile_kernel


@compile_kernel
def energy(residual: Array) -> float:
    """Return the sum of squares.

    Parameters
    ----------
    residual : ndarray, shape (K, n_rows)
        Real or complex.

    Returns
    -------
    float
        In double precision.
    """
    total = 0.0
    for k in range(residual.shape[0]):
        for i in range(residual.shape[1]):
            r = residual[k, i]
            total += r.real * r.real + r.imag * r.imag
    return total


@compile_kernel
def norm_of_step(squares: Array, curvatures: Array) -> float:
    """Return t > 0 with ``sum_k squares_k / (curvatures_k t + 1)^2 = 1``.

    The inverse root of the sum is nearly linear in t, and concave: Newton's
    steps from zero do not overshoot.

    Parameters
    ----------
    squares, curvatures : ndarray of float, shape (K,)
        With the sum of squares above one, and positive curvatures.

    Returns
    -------
    float
        The norm of the minimiser.
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
def largest_violation(whitened: Array, norms: Array, slope: Array, indptr: IntArray) -> float:
    """Return the largest distance of minus the slope from the subdifferential of a group's norm.

    Parameters
    ----------
    whitened, slope : ndarray, shape (n, K)
        Coefficients, and the gradient of all but their norms.
    norms : ndarray of float, shape (n_groups,)
        Of the groups.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each begins.

    Returns
    -------
    float
        Zero at a point where the first-order conditions hold.
    """
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
def penalty_slope(whitened: Array, norms: Array, indptr: IntArray, gamma: float) -> Array:
    """Return the linear part of the penalty's model.

    Parameters
    ----------
    whitened : ndarray, shape (n, K)
        Coefficients.
    norms : ndarray of float, shape (n_groups,)
        Of the groups.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each begins.
    gamma : float
        The relaxation.

    Returns
    -------
    ndarray, shape (n, K)
        ``-(1 - gamma) (sum_g U_g U_g^H / ||U_g||) U``.
    """
    scaled = whitened.copy()
    for g in range(norms.size):
        if norms[g] > 0:
            scaled[indptr[g] : indptr[g + 1]] /= norms[g]
    slope: Array = np.dot(whitened, np.dot(np.ascontiguousarray(scaled.conj().T), whitened))
    slope *= gamma - 1
    return slope


@compile_kernel
def rise(whitened: Array, after: Array, slope: Array, indptr: IntArray) -> float:
    """Return the norms of the groups afterwards, and by how much the linear part has risen.

    Parameters
    ----------
    whitened, after, slope : ndarray, shape (n, K)
        Coefficients before and after a step, and the linear part.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each group begins.

    Returns
    -------
    float
        The sum of both.
    """
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
def unwhitened(whitened: Array, vectors: Array, values: Array) -> Array:
    """Return coefficients from the eigenvectors of the metric.

    Parameters
    ----------
    whitened : ndarray, shape (n, K)
        Changed in place.
    vectors, values : ndarray
        Of the metric.

    Returns
    -------
    ndarray, shape (n, K)
        In the problem's channels.
    """
    for k in range(values.size):
        whitened[:, k] *= np.sqrt(values[k])
    rows: Array = np.dot(whitened, np.ascontiguousarray(vectors.T))
    return rows
