"""The logistic loss, for data of two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from ..arrays import Array, as_real_array
from .elementwise import ElementwiseTerm
from .entropy import negative_entropy, relative_entropy
from .labels import keep_labels
from .loss import DataTerm, Loss


@dataclass(frozen=True)
class Logistic(Loss):
    """The logistic loss, for classes 0 and 1.

    The image is the logarithm of the odds of class 1; `predict` returns the probability of it.
    Data are 0 and 1, or False and True, of any shape; both classes must occur.

    Notes
    -----
    ``F(u) = sum_i c_i (log(1 + exp(u_i)) - y_i u_i)``, with ``c_i`` the squared weight and ``u_i``
    the image with the offset: the negative log likelihood of the Bernoulli distribution [1]_. Its
    second derivative is at most ``c_i / 4``. With ``y + d / c = p`` the conjugate is
    ``sum_i c_i (p_i log p_i + (1 - p_i) log(1 - p_i))`` for p from 0 to 1, and the Fenchel gap the
    relative entropy of the two distributions.

    References
    ----------
    .. [1] P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed., 1989, chapter 4.

    Examples
    --------
    >>> term = Logistic().bind(np.array([0.0, 1.0]), None, None)
    >>> round(term.value(np.zeros(2)), 4), term.predict(np.zeros(2))
    (1.3863, array([0.5, 0.5]))
    """

    def read_data(self, data: ArrayLike) -> Array:
        """Return classes as numbers 0 and 1."""
        labels = keep_labels(as_real_array(data, "data"), data)
        if not np.all((labels == 0) | (labels == 1)):
            wrong = labels[(labels != 0) & (labels != 1)][0]
            raise ValueError(f"data must be 0 or 1 for Logistic(), got {wrong:g}")
        if labels.min() == labels.max():
            raise ValueError(f"data must hold both classes, 0 and 1, got only {labels.min():g}")
        return labels

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data."""
        return _LogisticTerm(data, weights, offset)


class _LogisticTerm(ElementwiseTerm):
    infimum = 0.0

    def __init__(self, data: Array, weights: Array | None, offset: Array | None) -> None:
        super().__init__(data, weights, offset)
        self.curvature_bound = 0.25 * (1.0 if self.counts is None else float(self.counts.max()))
        self._signs = 2 * data - 1

    def deviance(self, image: Array) -> float:
        return 2 * self.value(image)

    def predict(self, image: Array) -> Array:
        result: Array = expit(self._shift(image))
        return result

    def _margins(self, image: Array) -> Array:
        """Return the logarithms of the odds of the class that each datum is of."""
        result: Array = image * self._signs.astype(image.dtype, copy=False)
        return result

    def _losses(self, image: Array) -> Array:
        margins = self._margins(image)
        result: Array = np.log1p(np.exp(-np.abs(margins))) - np.minimum(margins, 0)
        return result

    def _slopes(self, image: Array) -> tuple[Array, Array]:
        margins = self._margins(image)
        small = np.exp(-np.abs(margins))
        larger = 1 / (1 + small)
        smaller = small * larger
        first = np.where(margins > 0, smaller, larger) * -self._signs.astype(image.dtype)
        return first, smaller * larger

    def _find_means(self, dual: Array, rounding: float) -> Array | None:
        """Return the probabilities of the class that each datum is not of."""
        wrong = -self._signs * dual
        if np.any((wrong < -rounding) | (wrong > 1 + rounding)):
            return None
        return cast(Array, np.clip(wrong, 0, 1))

    def _conjugates(self, means: Array) -> Array:
        return negative_entropy(means) + negative_entropy(1 - means)

    def _gaps(self, image: Array, means: Array) -> Array:
        margins = self._margins(image)
        log_wrong, log_right = -np.logaddexp(0, margins), -np.logaddexp(0, -margins)
        return relative_entropy(means, np.exp(log_wrong), log_wrong) + relative_entropy(
            1 - means, np.exp(log_right), log_right
        )
