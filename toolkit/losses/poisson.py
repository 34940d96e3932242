"""The Poisson loss, for counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_real_array, is_single
from .elementwise import ElementwiseTerm
from .entropy import negative_entropy, relative_entropy
from .labels import keep_labels
from .loss import DataTerm, Loss

_LARGEST_IMAGE, _LARGEST_SINGLE = 150.0, 40.0


@dataclass(frozen=True)
class Poisson(Loss):
    """The Poisson loss, for counts.

    The image is the logarithm of the rate; `predict` returns the rate. Data are not negative and
    not all zero, of any shape. They may have fractions, as rates per exposure have; then the loss
    is a quasi-likelihood. An exposure is given as its logarithm by `offset`.

    Notes
    -----
    ``F(u) = sum_i c_i (exp(u_i) - y_i u_i)``, with ``c_i`` the squared weight and ``u_i`` the image
    with the offset: the negative log likelihood [1]_ without ``log(y_i!)``. Its second derivative,
    the rate, has no bound. With ``y + d / c = m`` the conjugate is
    ``sum_i c_i (m_i log m_i - m_i)`` for m not negative, and the Fenchel gap the relative entropy
    of m and the rate. Beyond images of 150, in single precision 40, the loss continues along its
    tangent, so that no step of a solver overflows.

    References
    ----------
    .. [1] P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed., 1989, chapter 6.

    Examples
    --------
    >>> term = Poisson().bind(np.array([0.0, 2.0]), None, None)
    >>> term.value(np.zeros(2)), term.gradient(np.zeros(2))
    (2.0, array([ 1., -1.]))
    """

    def read_data(self, data: ArrayLike) -> Array:
        """Return counts."""
        counts = keep_labels(as_real_array(data, "data"), data)
        if counts.min() < 0:
            raise ValueError(f"data must not be negative for Poisson(), got {counts.min():g}")
        if not counts.any():
            raise ValueError("data must hold a positive count, got only zeros")
        return counts

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data."""
        return _PoissonTerm(data, weights, offset)


class _PoissonTerm(ElementwiseTerm):
    def __init__(self, data: Array, weights: Array | None, offset: Array | None) -> None:
        super().__init__(data, weights, offset)
        self.infimum = -self._total(self._conjugates(data.astype(float)))

    def predict(self, image: Array) -> Array:
        image = self._shift(image)
        result: Array = np.exp(np.minimum(image, _find_largest(image)))
        return result

    def _losses(self, image: Array) -> Array:
        largest = _find_largest(image)
        held = np.minimum(image, largest)
        result: Array = np.exp(held) * (1 + (image - held)) - self._like(image) * image
        return result

    def _slopes(self, image: Array) -> tuple[Array, Array]:
        rates = np.exp(np.minimum(image, _find_largest(image)))
        return rates - self._like(image), rates

    def _find_means(self, dual: Array, rounding: float) -> Array | None:
        means = self.data + dual
        if np.any(means < -rounding * self.data):
            return None
        return cast(Array, np.maximum(means, 0))

    def _conjugates(self, means: Array) -> Array:
        return negative_entropy(means) - means

    def _gaps(self, image: Array, means: Array) -> Array:
        held = np.minimum(image, _LARGEST_IMAGE)
        beyond = (image - held) * np.maximum(np.exp(held) - means, 0)
        return cast(Array, relative_entropy(means, np.exp(held), held) + beyond)

    def _like(self, image: Array) -> Array:
        """Return the data in the dtype of an image."""
        return self.data.astype(image.dtype, copy=False)


def _find_largest(image: Array) -> float:
    """Return the image from where on the loss is its tangent."""
    return _LARGEST_SINGLE if is_single(image.dtype) else _LARGEST_IMAGE
