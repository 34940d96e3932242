"""The squared loss, for noise that is Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array, inner, squared_magnitude
from .loss import DataTerm, Loss


@dataclass(frozen=True)
class Squared(Loss):
    """The squared loss, ``1/2 ||u - y||^2``, for Gaussian noise.

    Examples
    --------
    >>> Squared().bind(np.array([1.0, 2.0]), None, None).value(np.zeros(2))
    2.5
    """

    takes_complex: ClassVar[bool] = True
    whitens: ClassVar[bool] = True

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data."""
        return _SquaredTerm(data if offset is None else data - offset)


class _SquaredTerm(DataTerm):
    curvature_bound = 1.0
    infimum = 0.0

    def __init__(self, data: Array) -> None:
        self.data = data
        self.n_observations = data.size

    def value(self, image: Array) -> float:
        return float(squared_magnitude(image - self.data).sum()) / 2

    def gradient(self, image: Array) -> Array:
        return image - self.data

    def curvature(self, image: Array) -> Array:
        return np.ones(image.shape, image.real.dtype)

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        return directions

    def conjugate(self, dual: Array) -> float:
        return float(squared_magnitude(dual).sum()) / 2 + inner(dual, self.data)

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        return float(squared_magnitude(image - self.data - dual).sum()) / 2

    def predict(self, image: Array) -> Array:
        return image
