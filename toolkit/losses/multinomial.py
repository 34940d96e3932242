"""The multinomial loss, for data of several classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, softmax

from ..arrays import Array, as_real_array
from .entropy import negative_entropy, relative_entropy
from .hessian_forms import ClassHessian, HessianForm
from .labels import keep_labels
from .loss import DataTerm, Loss


@dataclass(frozen=True)
class Multinomial(Loss):
    """The multinomial loss, for classes 0 to K - 1.

    The image, of shape (n, K), is the logarithm of the odds of each class, up to a number for each
    datum; `predict` returns the probabilities. Data are class numbers of shape (n,), each of which
    must occur, or how often each datum was of each class, shape (n, K). The latter may have
    fractions, as probabilities have. Classes are channels: a group holds a feature in all of them.

    Notes
    -----
    ``F(U) = sum_i (m_i log sum_k exp(u_ik) - sum_k y_ik u_ik)`` where ``y_ik`` is a count times the
    squared weight, ``m_i`` the sum over k, and ``u_ik`` the image with the offset: the negative log
    likelihood without binomial coefficients [1]_. With ``y + D = m P`` the conjugate is
    ``sum_ik m_i p_ik log p_ik`` for rows ``p_i`` on the simplex, and the Fenchel gap the relative
    entropy. The Hessian, for each datum ``m (diag(p) - p p^T)``, has eigenvalues up to ``m / 2``.
    The curvature is, of all diagonal matrices that are not below it, that of the least trace: p,
    but where a ``p_k`` exceeds 1/2, ``2 p_k (1 - p_k)`` for it, and ``2 p_k p_j`` for the others.

    References
    ----------
    .. [1] P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed., 1989, chapter 5.

    Examples
    --------
    >>> loss = Multinomial()
    >>> loss.read_data([0, 2, 1]).shape
    (3, 3)
    >>> term = loss.bind(np.eye(2), None, None)
    >>> term.gradient(np.zeros((2, 2)))
    array([[-0.5,  0.5],
           [ 0.5, -0.5]])
    """

    def read_data(self, data: ArrayLike) -> Array:
        """Return how often each datum was of each class, shape (n, K)."""
        array = keep_labels(as_real_array(data, "data"), data)
        if array.ndim == 1:
            return _count_labels(array)
        if array.ndim != 2 or array.shape[1] < 2:
            raise ValueError(
                "data must be class numbers of shape (n,), or counts of shape (n, K) of two or "
                f"more classes, for Multinomial(), got shape {array.shape}"
            )
        if array.min() < 0:
            raise ValueError(f"data must not be negative for Multinomial(), got {array.min():g}")
        if np.count_nonzero(array.any(axis=0)) < 2:
            raise ValueError("data must hold two or more classes, got one")
        return array

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data."""
        counts = data.astype(float) if weights is None else data * np.square(weights, dtype=float)
        return _MultinomialTerm(data, counts, offset)


def _count_labels(labels: Array) -> Array:
    """Return class numbers as rows of zeros with a one."""
    wrong = (labels < 0) | (labels != np.floor(labels))
    if wrong.any():
        raise ValueError(
            f"data must be class numbers 0, 1, ... for Multinomial(), got {labels[wrong][0]:g}"
        )
    present = np.unique(labels)
    if present.size < 2:
        raise ValueError(f"data must hold two or more classes, got only {present[0]:g}")
    if present[-1] != present.size - 1:
        missing = np.flatnonzero(present != np.arange(present.size))[0]
        raise ValueError(
            f"data must hold every class from 0 to {present[-1]:g}, {missing} is missing"
        )
    return np.eye(present.size, dtype=labels.dtype)[labels.astype(np.intp)]


class _MultinomialTerm(DataTerm):
    def __init__(self, data: Array, counts: Array, offset: Array | None) -> None:
        self.counts = counts
        self.offset = offset
        self.totals = counts.sum(axis=-1, keepdims=True)
        self.curvature_bound = float(self.totals.max()) / 2
        self.infimum = -self.conjugate(np.zeros_like(counts))
        self.n_observations = int(np.count_nonzero(self.totals))
        self.mean_weight = float(counts.sum() / data[self.totals[:, 0] > 0].sum())
        self.freedom = 1 - 1 / counts.shape[-1]

    def value(self, image: Array) -> float:
        logs = log_softmax(self._shift(image), axis=-1)
        return -float(np.sum(self.counts * logs, dtype=float))

    def gradient(self, image: Array) -> Array:
        expected = self._find_totals(image) * self.predict(image)
        result: Array = expected - self.counts.astype(image.dtype, copy=False)
        return result

    def curvature(self, image: Array) -> Array:
        return self._bound_hessian(self.predict(image))

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        shares = self.predict(image)
        counts = self.counts.astype(image.dtype, copy=False)
        return self._find_totals(image) * shares - counts, self._bound_hessian(shares)

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        shares = self.predict(image)
        means = np.sum(shares * directions, axis=-1, keepdims=True)
        result: Array = self._find_totals(image) * shares * (directions - means)
        return result

    def hessian_form(self, image: Array) -> HessianForm:
        """Return the Hessian for compiled code, if classes are channels."""
        shares = np.ascontiguousarray(self.predict(image).T)
        return ClassHessian(shares, self._find_totals(image).ravel())

    def conjugate(self, dual: Array) -> float:
        shares = self._find_shares(dual)
        if shares is None:
            return np.inf
        entropy = np.sum(self.totals * negative_entropy(shares))
        return float(entropy) - self._project_offset(dual)

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        shares = self._find_shares(dual)
        if shares is None:
            return np.inf
        logs = log_softmax(self._shift(image.astype(float)), axis=-1)
        return float(np.sum(self.totals * relative_entropy(shares, np.exp(logs), logs)))

    def deviance(self, image: Array) -> float:
        return 2 * self.fenchel_gap(image, np.zeros_like(image))

    def predict(self, image: Array) -> Array:
        return softmax(self._shift(image), axis=-1)

    def _find_totals(self, image: Array) -> Array:
        """Return how often each datum counts, in the dtype of an image."""
        return cast(Array, self.totals.astype(image.dtype, copy=False))

    def _bound_hessian(self, shares: Array) -> Array:
        """Return the diagonal of the matrix of least trace that is not below the Hessian."""
        largest = np.maximum(shares.max(axis=-1, keepdims=True), 0.5)
        diagonal = np.where(shares > 0.5, 2 * shares * (1 - shares), 2 * largest * shares)
        return cast(Array, self._find_totals(shares) * diagonal)

    def _find_shares(self, dual: Array) -> Array | None:
        """Return the probabilities that belong to a dual, None if there are none but for rounding.

        A datum that does not count has the probabilities zero.
        """
        rounding = 8 * float(np.finfo(dual.dtype).eps)
        expected = self.counts + dual
        excess = np.abs(dual.sum(axis=-1, keepdims=True, dtype=float))
        if np.any(expected < -rounding * self.totals) or np.any(excess > rounding * self.totals):
            return None
        result: Array = np.maximum(expected, 0) / np.where(self.totals > 0, self.totals, 1.0)
        return result
