"""Losses that are a sum over the data of a function of one image value each."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from ..arrays import Array
from .loss import DataTerm


class ElementwiseTerm(DataTerm):
    """The sum ``F(u) = sum_i c_i f(u_i + o_i; y_i)`` of weighted losses of real images.

    A subclass says what ``f``, its derivatives and its conjugate are; the images it sees hold
    the offset. `data` are ``y``, `counts` are ``c``, None if all are one.
    """

    def __init__(self, data: Array, weights: Array | None, offset: Array | None) -> None:
        self.data = data
        self.counts = None if weights is None else np.square(weights, dtype=float)
        self.offset = offset
        self.n_observations = data.size
        if self.counts is not None:
            self.n_observations = int(np.count_nonzero(self.counts))
            self.mean_weight = float(self.counts.sum()) / self.n_observations

    @abstractmethod
    def _losses(self, image: Array) -> Array:
        """Return ``f`` of each value."""

    @abstractmethod
    def _slopes(self, image: Array) -> tuple[Array, Array]:
        """Return the first and second derivative of ``f`` at each value."""

    @abstractmethod
    def _find_means(self, dual: Array, rounding: float) -> Array | None:
        """Return the mean whose ``f'`` each dual is; None if one is further out than rounding.

        A subclass may return another number that determines the mean.
        """

    @abstractmethod
    def _conjugates(self, means: Array) -> Array:
        """Return ``f*`` of the duals of such means."""

    @abstractmethod
    def _gaps(self, image: Array, means: Array) -> Array:
        """Return ``f(u) + f*(d) - d u`` for the duals of such means, accurate near zero."""

    def value(self, image: Array) -> float:
        """Return the sum of the losses."""
        return self._total(self._losses(self._shift(image)))

    def gradient(self, image: Array) -> Array:
        """Return the first derivatives."""
        return self._count(self._slopes(self._shift(image))[0])

    def curvature(self, image: Array) -> Array:
        """Return the second derivatives."""
        return self._count(self._slopes(self._shift(image))[1])

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        """Return both from one set of exponentials."""
        first, second = self._slopes(self._shift(image))
        return self._count(first), self._count(second)

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        """Return directions times the second derivatives."""
        result: Array = self.curvature(image) * directions
        return result

    def conjugate(self, dual: Array) -> float:
        """Return the sum of the conjugates."""
        means = self._read_dual(dual)
        if means is None:
            return np.inf
        return self._total(self._conjugates(means)) - self._project_offset(dual)

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        """Return the sum of the gaps, in double precision."""
        means = self._read_dual(dual)
        if means is None:
            return np.inf
        return self._total(self._gaps(self._shift(image.astype(float)), means))

    def deviance(self, image: Array) -> float:
        """Return twice the gap to the infimum, the gap of the dual zero."""
        return 2 * self.fenchel_gap(image, np.zeros_like(image))

    def _count(self, values: Array) -> Array:
        """Return values times how often each datum counts, in their own dtype."""
        if self.counts is None:
            return values
        result: Array = values * self.counts.astype(values.dtype, copy=False)
        return result

    def _total(self, values: Array) -> float:
        """Return the sum of values over all data, a datum of weight zero left out."""
        if self.counts is None:
            return float(values.sum(dtype=float))
        values = np.where(self.counts > 0, values, 0)
        return float(np.sum(values * self.counts, dtype=float))

    def _read_dual(self, dual: Array) -> Array | None:
        """Return the means of a dual; None outside the domain of the conjugate."""
        rounding = 8 * float(np.finfo(dual.dtype).eps)
        if self.counts is None:
            return self._find_means(dual.astype(float), rounding)
        absent = self.counts == 0
        if np.any(dual[absent] != 0):
            return None
        return self._find_means(dual / np.where(absent, 1.0, self.counts), rounding)
