"""The base class of penalties that are another one with a term added."""

from __future__ import annotations

import dataclasses
from typing import Self

from ..arrays import Array
from ..groups import Groups
from .group_weights import GroupWeights
from .penalty import Penalty


class WrappedPenalty(Penalty):
    """A penalty with a term added: strength, weights and convexity are those of the penalty.

    A subclass is a frozen dataclass with the field `penalty`.
    """

    penalty: Penalty

    @property
    def base(self) -> Penalty:
        """The penalty without a ridge term and without bounds."""
        return self.penalty.base

    @property
    def convex(self) -> bool:  # type: ignore[override]
        """Whether the penalty without the term is convex."""
        return self.penalty.convex

    @property
    def alpha(self) -> float:  # type: ignore[override]
        """The strength of the penalty without the term."""
        return self.penalty.alpha

    @property
    def group_weights(self) -> GroupWeights:  # type: ignore[override]
        """The group weights of the penalty; None if it has none."""
        return self.penalty.group_weights

    @property
    def takes_group_weights(self) -> bool:
        """Whether the penalty without the term has group weights."""
        return self.penalty.takes_group_weights

    def with_alpha(self, alpha: float) -> Self:
        """Return the penalty at another strength with the same term."""
        return self._wrap(self.penalty.with_alpha(alpha))

    def with_group_weights(self, group_weights: GroupWeights) -> Self:
        """Return the penalty with other group weights and the same term."""
        return self._wrap(self.penalty.with_group_weights(group_weights))

    def _wrap(self, penalty: Penalty) -> Self:
        return dataclasses.replace(self, penalty=penalty)  # type: ignore[type-var]

    def weights(self, groups: Groups) -> Array:
        """Return the group weights of the penalty."""
        return self.penalty.weights(groups)

    def excluded_groups(self, groups: Groups) -> Array:
        """Return which groups the penalty excludes."""
        return self.penalty.excluded_groups(groups)
