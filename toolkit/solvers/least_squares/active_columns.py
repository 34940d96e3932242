"""The active columns of an operator: images, correlations, and the equations of Newton steps.

Coefficients are real numbers here: of a complex problem first real, then imaginary parts, since
the Hessian of a loss of complex numbers need not be linear over the complex numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, inner
from ...operators import Operator


class Hessian(NamedTuple):
    """A positive semidefinite operator on images.

    Attributes
    ----------
    apply : callable
        Returns its product with directions, shape (..., *range_shape).
    largest : float
        A bound of its eigenvalues.
    """

    apply: Callable[[Array], Array]
    largest: float


_DEPENDENT = 1e-12  # times the largest eigenvalue: a smaller one is rounding
_FLAT = 1e-14  # times the bound of a Hessian: a smaller eigenvalue is rounding
_CONJUGATE, _MOST_CONJUGATE = 1e-6, 500  # accuracy and length of conjugate gradients


class KeptColumns:
    """Columns that are kept: steps are solved for directly."""

    def __init__(self, operator: Operator, features: IntArray, *, is_complex: bool) -> None:
        shape = (features.size, *operator.range_shape)
        columns = np.zeros(shape, operator.dtype)
        if features.size:
            columns = operator.columns(features).reshape(shape)
        if is_complex:
            columns = np.concatenate([columns, 1j * columns])
        self._columns = columns.astype(np.result_type(columns.dtype, np.float64), copy=False)
        self._rows = _flatten(self._columns)
        norms = np.linalg.norm(self._rows, axis=1)
        self.scales = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)

    def image(self, coef: Array) -> Array:
        """Return ``A_S x``."""
        result: Array = np.tensordot(coef, self._columns, axes=1)
        return result

    def correlations(self, rows: Array) -> Array:
        """Return ``Re A_S^H y``."""
        result: Array = self._rows @ _flatten(rows[None])[0]
        return result

    def find_step(self, hessian: Hessian, gradient: Array, ridge: Array) -> Array:
        """Return ``(Re A_S^H H A_S + diag(ridge))^-1 g``, of least norm where it is singular."""
        matrix = self._rows @ _flatten(hessian.apply(self._columns)).T
        matrix[np.diag_indices_from(matrix)] += ridge
        if not np.isfinite(matrix).all():
            return np.zeros_like(gradient)
        least = _FLAT * hessian.largest
        if (self.scales**2 * np.diagonal(matrix)).min(initial=np.inf) > least:
            step = _solve_regular(matrix, gradient)
            if step is not None:
                return step
        return _solve_singular(matrix, gradient, self.scales, least)


class ImplicitColumns:
    """Columns that are never formed: steps are found by conjugate gradients."""

    def __init__(self, operator: Operator, features: IntArray, *, is_complex: bool) -> None:
        self.operator, self.features = operator, features
        self._complex = is_complex
        self.scales = np.ones(features.size * (2 if self._complex else 1))

    def image(self, coef: Array) -> Array:
        """Return ``A_S x``."""
        everywhere = np.zeros(prod(self.operator.domain_shape), complex if self._complex else float)
        everywhere[self.features] = join_parts(coef) if self._complex else coef
        return self.operator.apply(everywhere.reshape(self.operator.domain_shape))

    def correlations(self, rows: Array) -> Array:
        """Return ``Re A_S^H y``."""
        values = self.operator.adjoint(rows).ravel()[self.features]
        return split_parts(values) if self._complex else values.real.astype(float, copy=False)

    def find_step(self, hessian: Hessian, gradient: Array, ridge: Array) -> Array:
        """Return ``(Re A_S^H H A_S + diag(ridge))^-1 g``, the more accurate the closer it is."""
        step, left = np.zeros_like(gradient), gradient.copy()
        direction, energy = left.copy(), inner(left, left)
        first = energy
        for _ in range(_MOST_CONJUGATE):
            if energy <= first * _CONJUGATE**2:
                break
            bent = self.correlations(hessian.apply(self.image(direction))) + ridge * direction
            curvature = inner(direction, bent)
            if not curvature > 0:
                break
            step += energy / curvature * direction
            left -= energy / curvature * bent
            energy, previous = inner(left, left), energy
            direction = left + energy / previous * direction
        return step


def split_parts(values: Array) -> Array:
    """Return complex coefficients as real parts, and then imaginary parts."""
    return np.concatenate([values.real, values.imag]).astype(float, copy=False)


def join_parts(coef: Array) -> Array:
    """Return complex coefficients from real and imaginary parts."""
    real, imaginary = np.split(coef, 2)
    result: Array = real + 1j * imaginary
    return result


def _flatten(rows: Array) -> Array:
    """Return real rows, so that real parts of inner products are products of them."""
    flat = rows.reshape(len(rows), prod(rows.shape[1:]))
    if flat.dtype.kind == "c":
        return np.concatenate([flat.real, flat.imag], axis=1)
    return flat


def _solve_regular(matrix: Array, right: Array) -> Array | None:
    """Return ``M^-1 b`` for a positive definite matrix; None if it is singular but for rounding."""
    if not matrix.size:
        return None
    scale = 1 / np.sqrt(np.diagonal(matrix))
    factor, failed = scipy.linalg.lapack.dpotrf(scale[:, None] * matrix * scale, lower=0, clean=0)
    if failed or not np.diagonal(factor).min() ** 2 > _DEPENDENT:
        return None
    result: Array = scale * scipy.linalg.lapack.dpotrs(factor, scale * right, lower=0)[0]
    return result


def _solve_singular(matrix: Array, right: Array, scale: Array, least: float) -> Array:
    """Return ``M^+ b`` for a positive semidefinite matrix, of least norm in units of `scale`.

    In these units, eigenvalues up to `least` count as zero.
    """
    values, vectors = np.linalg.eigh(scale[:, None] * matrix * scale)
    kept = values > max(least, _DEPENDENT * values.max(initial=0.0))
    along = vectors[:, kept].T @ (scale * right)
    result: Array = scale * (vectors[:, kept] @ (along / values[kept]))
    return result
