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
from ...losses import DataTerm, Squared
from ...problem import Problem
from .free_fit import fit_free_residual, remove_free_fit


class DualRay(ABC):
    """The dual points ``-s t``, ``s >= 0``, seen from an image.

    Attributes
    ----------
    dual : ndarray
        ``t``, orthogonal to the unpenalised columns.
    curvature : float
        About the second derivative of `fenchel_gap` at ``s = 1``.
    """

    dual: Array
    curvature: float

    @abstractmethod
    def fenchel_gap(self, scale: float) -> float:
        """Return ``F(u) + F*(-s t) + s Re<t, u>`` at the image `u`."""


class _SquaredRay(DualRay):
    """``t`` is the residual minus its fit ``d``: ``||d||^2 / 2 + (1 - s)^2 / 2 ||t||^2``."""

    def __init__(self, residual: Array, dual: Array) -> None:
        self.dual = dual
        self.fitted = 0.0
        if dual is not residual:
            self.fitted = float(squared_magnitude(residual - dual).sum())
        self.curvature = float(squared_magnitude(dual).sum())

    def fenchel_gap(self, scale: float) -> float:
        return self.fitted / 2 + (1 - scale) ** 2 / 2 * self.curvature


class _GeneralRay(DualRay):
    """``t`` is a residual, maybe that of another image."""

    def __init__(self, term: DataTerm, image: Array, dual: Array) -> None:
        self.term, self.image, self.dual = term, image, dual
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratios = squared_magnitude(dual) / term.curvature(image)
        self.curvature = float(np.where(dual == 0, 0, ratios).sum(dtype=float))

    def fenchel_gap(self, scale: float) -> float:
        return self.term.fenchel_gap(self.image, -scalar_like(scale, self.dual) * self.dual)


def find_dual_ray(
    problem: Problem, free: Array, x: Array, residual: Array, image: Array | None
) -> DualRay | None:
    """Return dual points near a residual, orthogonal to the columns of coefficients marked `free`.

    For losses other than the squared one ``t`` is the residual of the fit of the free coefficients
    while all others keep their values: it is in the domain of the conjugate. None if there is
    no such fit.
    """
    if isinstance(problem.loss, Squared):
        dual = remove_free_fit(problem, free, residual) if free.any() else residual
        return _SquaredRay(residual, dual)
    if image is None:
        image = problem.operator.apply(x)
    if free.any():
        held = problem.operator.apply(np.where(free, 0, x).astype(x.dtype))
        residual, converged = fit_free_residual(problem.with_offset(held), free, x)
        if not converged:
            return None
    return _GeneralRay(problem.term, image, residual)
