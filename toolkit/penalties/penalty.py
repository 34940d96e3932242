"""What every penalty says about itself: its value, its proximal step, its subdifferential."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np

from ..arrays import Array, squared_magnitude
from ..groups import Groups
from .block_forms import BlockForm


class Penalty(ABC):
    """``alpha * Omega(x)`` for coefficients in groups."""

    convex: ClassVar[bool]
    alpha: float
    ridge: float = 0.0

    @property
    def core(self) -> Penalty:
        """The penalty without the ridge term that may stand beside it."""
        return self

    def with_alpha(self, alpha: float) -> Self:
        """Return the same penalty at another strength.

        Parameters
        ----------
        alpha : float
            The strength, positive.

        Returns
        -------
        Penalty
            A new one.
        """
        return dataclasses.replace(self, alpha=alpha)  # type: ignore[type-var]

    def with_group_weights(self, group_weights: Any) -> Self:
        """Return the same penalty with other group weights.

        Parameters
        ----------
        group_weights : None, "sqrt" or array_like of float
            The weights.

        Returns
        -------
        Penalty
            A new one.

        Raises
        ------
        ValueError
            If it has no group weights.
        """
        raise ValueError(f"{type(self).__name__} has no group weights")

    @abstractmethod
    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, whose group norms are known."""

    @abstractmethod
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

    @abstractmethod
    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return, per group, the distance of ``-gradient`` from the subdifferential at `x`."""

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return, per group, the distance of ``-gradient`` from the subdifferential at zero.

        Parameters
        ----------
        gradient : ndarray
            Coefficient-shaped.
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            Positive for groups that would become active.
        """
        return self.group_distances(np.zeros_like(gradient), gradient, groups)

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return the dual norm of Omega at `gradient`, the critical strength.

        Parameters
        ----------
        gradient : ndarray
            Coefficient-shaped.
        groups : Groups
            The grouping.

        Returns
        -------
        float
            The smallest `alpha` for which no penalised group of ``prox(gradient, 1)`` is active.
        """
        raise NotImplementedError(f"{type(self).__name__} has no critical strength")

    def block_form(self, groups: Groups) -> BlockForm:
        """Return what compiled block coordinate descent needs to know, per group.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        NamedTuple
            One of `_block_steps`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no step for single groups")

    def free(self, groups: Groups) -> Array:
        """Return which coefficients are not penalised at all.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of bool, shape (n_coefs,)
            Those in no group, and those in groups of weight zero.
        """
        return groups.spread(np.zeros(groups.n_groups, dtype=bool))

    def excluded(self, groups: Groups) -> Array:
        """Return which groups must stay zero: those of infinite weight.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of bool, shape (n_groups,)
            True where excluded.
        """
        return np.zeros(groups.n_groups, dtype=bool)

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
        return self.value_with_norms(x, groups.norms(x), groups)

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
