"""Penalties that see only the Euclidean norm of each group.

The proximal step of such a penalty multiplies every group by one number, so a
penalty needs to say just three things about an array of norms: its value, the
shrinkage factors, and how far a gradient is from cancelling it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import ClassVar

import numpy as np

from ..arrays import Array, squared_magnitude
from ..groups import Groups


class GroupNormPenalty(ABC):
    """``alpha * Omega(x)`` with Omega a sum of functions of the group norms."""

    convex: ClassVar[bool]
    alpha: float

    @abstractmethod
    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the penalty of groups with these norms."""

    @abstractmethod
    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the factor by which the proximal step multiplies each group."""

    @abstractmethod
    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return, per group, the distance of ``-gradient`` from the subdifferential at `x`."""

    def value(self, x: Array, groups: Groups) -> float:
        """Return the penalty of `x`.

        Parameters
        ----------
        x : ndarray
            Coefficients.
        groups : Groups
            Their grouping.

        Returns
        -------
        float
            ``alpha * Omega(x)``.
        """
        return self.value_of_norms(groups.norms(x), groups)

    def prox(self, x: Array, step: float, groups: Groups) -> Array:
        """Return the minimiser of ``1/2 ||u - x||^2 + step * penalty(u)``.

        Parameters
        ----------
        x : ndarray
            Coefficients, real or complex; not changed.
        step : float
            The step size.
        groups : Groups
            Their grouping; unpenalised coefficients pass unchanged.

        Returns
        -------
        ndarray
            Of the shape and dtype of `x`.
        """
        return self.prox_with_norms(x, step, groups)[0]

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step and, at no further pass, the norms of its groups.

        Parameters
        ----------
        x, step, groups
            As for `prox`.

        Returns
        -------
        ndarray, ndarray
            The step, and its group norms of shape (n_groups,).
        """
        norms = groups.norms(x)
        factors = self.shrinkage(norms, step, groups)
        return groups.scaled(x, factors), factors * norms

    def subdifferential_distance(self, x: Array, gradient: Array, groups: Groups) -> float:
        """Return the norm of the smallest subgradient of the whole objective.

        Parameters
        ----------
        x : ndarray
            Coefficients.
        gradient : ndarray
            The gradient of the data term at `x`.
        groups : Groups
            Their grouping.

        Returns
        -------
        float
            Zero exactly at a stationary point.
        """
        free = squared_magnitude(gradient.ravel()[groups.unpenalised]).sum()
        distances = self.group_distances(x, gradient, groups)
        return float(np.sqrt(free + np.sum(distances**2)))


def checked_alpha(alpha: float) -> float:
    """Return a strength as a float, or say why it cannot be one.

    Parameters
    ----------
    alpha : float
        The strength.

    Returns
    -------
    float
        Positive and finite.

    Raises
    ------
    ValueError
        Otherwise.

    Examples
    --------
    >>> checked_alpha(2)
    2.0
    """
    if not isinstance(alpha, Real) or not 0 < float(alpha) < np.inf:
        raise ValueError(f"alpha must be a positive finite number, got {alpha!r}")
    return float(alpha)
