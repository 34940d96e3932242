"""Dual points of a penalised problem, along the ray of a residual.

For ``F(A x) + alpha Omega(x)`` a dual point is ``-t`` with ``Omega*(A^H t) <= alpha`` and
``A^H t = 0`` on unpenalised coefficients; its value is ``-F*(-t)``. At the optimum ``t`` is the
residual ``-grad F(A x)``. Elsewhere the residual is first made orthogonal to the unpenalised
columns; the points of its ray are then scaled until they are feasible.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from ...arrays import Array, scalar_like, squared_magnitude
from ...losses import DataTerm
from ...operators import Operator
from ...problem import Problem
from .free_fit import fit_free_residual, remove_free_fit

_FEW = 64  # columns


class DualRay(ABC):
    """The dual points ``-s t``, ``s >= 0``, seen from an image ``u``.

    Attributes
    ----------
    correlation : ndarray
        ``A^H t``, zero on unpenalised coefficients.
    curvature : float
        About the second derivative of `fenchel_gap` at ``s = 1``.
    """

    correlation: Array
    curvature: float

    @abstractmethod
    def fenchel_gap(self, scale: float) -> float:
        """Return ``F(u) + F*(-s t) + s Re<t, u>``."""


class _SquaredRay(DualRay):
    """``t`` is the residual minus its fit ``d``: ``||d||^2 / 2 + (1 - s)^2 / 2 ||t||^2``."""

    def __init__(self, residual: Array, dual: Array, correlation: Array) -> None:
        self.correlation = correlation
        self.fitted = 0.0
        if dual is not residual:
            self.fitted = float(squared_magnitude(residual - dual).sum())
        self.curvature = float(squared_magnitude(dual).sum())

    def fenchel_gap(self, scale: float) -> float:
        return self.fitted / 2 + (1 - scale) ** 2 / 2 * self.curvature


class _GeneralRay(DualRay):
    """``t`` is a residual, maybe that of another image."""

    def __init__(self, term: DataTerm, image: Array, dual: Array, correlation: Array) -> None:
        self.term, self.image, self.dual, self.correlation = term, image, dual, correlation
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratios = squared_magnitude(dual) / term.curvature(image)
        self.curvature = float(np.where(dual == 0, 0, ratios).sum(dtype=float))

    def fenchel_gap(self, scale: float) -> float:
        return self.term.fenchel_gap(self.image, -scalar_like(scale, self.dual) * self.dual)


def project_residual(problem: Problem, free: Array, residual: Array, correlation: Array) -> DualRay:
    """Return the ray of a residual ``y - A x`` less its fit by the coefficients marked `free`.

    `correlation` is ``A^H residual``.
    """
    dual = residual
    if free.any():
        dual = remove_free_fit(problem, free, residual)
        fitted = problem.operator.adjoint(dual)
        correlation = np.where(free, 0, fitted).astype(correlation.dtype)
    return _SquaredRay(residual, dual, correlation)


def fit_free_coefficients(
    problem: Problem, free: Array, x: Array, correlation: Array, image: Array
) -> DualRay | None:
    """Return the ray of the residual with the coefficients marked `free` fitted, all others held.

    Unlike a projection it is in the domain of the conjugate of any loss. None if there is no such
    fit: where free coefficients fit all data, the residual is zero, and what is left is rounding.
    `image` is ``A x``, and `correlation` that of its residual.
    """
    if not free.any():
        return _GeneralRay(problem.term, image, -problem.term.gradient(image), correlation)
    held = image - _find_image(problem.operator, np.where(free, x, 0).astype(x.dtype))
    dual, converged = fit_free_residual(problem.with_offset(held), free, x)
    correlation = problem.operator.adjoint(dual)
    penalised = np.where(free, 0, correlation).astype(correlation.dtype)
    accuracy = float(np.finfo(correlation.dtype).eps) ** (1 / 3)
    if not converged or np.linalg.norm(correlation[free]) > accuracy * np.linalg.norm(penalised):
        return None
    return _GeneralRay(problem.term, image, dual, penalised)


def _find_image(operator: Operator, x: Array) -> Array:
    """Return ``A x`` for a few coefficients that are not zero."""
    features = np.flatnonzero(x)
    if features.size > _FEW or type(operator).columns is Operator.columns:
        return operator.apply(x)
    columns = operator.columns(features)
    image: Array = (x.ravel()[features] @ columns).reshape(operator.range_shape)
    return image
