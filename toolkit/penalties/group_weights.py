"""Weights of groups: none, by size, or given; zero frees a group, infinity excludes it."""

from __future__ import annotations

import dataclasses
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..groups import Groups
from .penalty import Penalty, checked_alpha

GroupWeights: TypeAlias = ArrayLike | None


class WeightedPenalty(Penalty):
    """A penalty with a strength and one weight per group."""

    group_weights: GroupWeights

    def __post_init__(self) -> None:
        checked_alpha(self.alpha)
        if isinstance(self.group_weights, str):
            if self.group_weights != "sqrt":
                raise ValueError(
                    f'group_weights must be None, "sqrt" or an array, got {self.group_weights!r}'
                )
        elif self.group_weights is not None:
            try:
                weights = np.asarray(self.group_weights, dtype=float)
            except (TypeError, ValueError) as error:
                raise ValueError(f"group_weights must be numbers: {error}") from error
            if not np.all(weights >= 0):
                raise ValueError("group_weights must be non-negative and not NaN")

    def weights(self, groups: Groups) -> Array:
        """Return the weight of every group.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            One per group.

        Raises
        ------
        ValueError
            If the number of weights is another.
        """
        if self.group_weights is None:
            return np.ones(groups.n_groups)
        if isinstance(self.group_weights, str):
            return np.sqrt(groups.sizes)
        weights = np.asarray(self.group_weights, dtype=float)
        if weights.shape != (groups.n_groups,):
            raise ValueError(
                f"group_weights must have shape ({groups.n_groups},), got {weights.shape}"
            )
        return weights

    def with_group_weights(self, group_weights: GroupWeights) -> Self:
        """Return the same penalty with other weights.

        Parameters
        ----------
        group_weights : None, "sqrt" or array_like of float
            The weights.

        Returns
        -------
        WeightedPenalty
            A new one.
        """
        return dataclasses.replace(self, group_weights=group_weights)  # type: ignore[type-var]

    def free(self, groups: Groups) -> Array:
        """Return which coefficients are in no group or in one of weight zero."""
        return groups.spread(self.weights(groups) == 0)

    def excluded(self, groups: Groups) -> Array:
        """Return which groups have infinite weight."""
        return np.isinf(self.weights(groups))
