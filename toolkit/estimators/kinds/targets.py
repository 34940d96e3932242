"""The contract of targets that have been read: their values, their loss and their scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from ...arrays import Array, IntArray
from ...losses import Loss

LARGER_IS_BETTER = frozenset({"accuracy", "auc", "concordance"})


@dataclass(frozen=True, eq=False)
class Targets(ABC):
    """Targets of samples, coded as numbers.

    Attributes
    ----------
    values : ndarray, shape (n_samples, ...)
        The codes.
    has_outputs : bool
        Whether coefficients have an axis of outputs even where there is one output.
    """

    has_level: ClassVar[bool] = True
    """Whether the loss depends on an intercept."""

    values: Array
    has_outputs: bool = False

    def select(self, rows: IntArray) -> Self:
        """Return the targets of some samples."""
        return replace(self, values=self.values[rows])

    is_squared: ClassVar[bool] = False
    """Whether the loss is the squared one, for which centring replaces an intercept."""

    def settle(self, weights: Array) -> Self:
        """Return the targets with what follows from the weights of samples."""
        return self

    @abstractmethod
    def make_loss(self, roots: Array) -> Loss:
        """Return the loss; `roots` are the roots of the weights, which sum to one."""

    def make_data(self) -> Array:
        """Return the data of the loss."""
        return self.values

    @property
    def strata(self) -> IntArray | None:
        """What every fold should have the same share of, or None."""
        return None

    def find_gap(self) -> str | None:
        """Return which targets are missing for a fit, such as those of a class, or None."""
        return None

    def is_trivial(self, *, fit_intercept: bool) -> bool:
        """Return whether the targets leave nothing to be explained by features."""
        return self.find_gap() is not None

    @abstractmethod
    def measure(self, name: str, image: Array, weights: Array) -> float:
        """Return how well a linear model predicts the targets, by a measure of this name.

        `image` is the linear model with its intercept and offset.
        """
