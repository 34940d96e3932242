"""Huber's loss, for noise with outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_number_array, inner, squared_magnitude
from ..checks import check_strength, check_strengths
from .loss import DataTerm, Loss


@dataclass(frozen=True, eq=False)
class Huber(Loss):
    """Huber's loss, the squared loss up to a threshold and linear beyond, for noise with outliers.

    Parameters
    ----------
    threshold : float, default=1.345
        In units of the noise level. The default has 95 % of the efficiency of the squared loss
        where all noise is Gaussian and the data are real.
    scale : float or array_like of float, default=1.0
        The noise level: the standard deviation of a datum's noise without the outliers, or one
        for each datum, in the data's shape. One, if weights are inverse standard deviations; with
        ``scale=w`` and ``weights=w``, a datum counts ``w^2`` times at one threshold for all.

    Notes
    -----
    ``F(u) = sum_i h(|u_i - y_i|)`` with ``h(r) = r^2 / 2`` up to ``delta = threshold scale``, and
    ``delta r - delta^2 / 2`` beyond [1]_. The conjugate is ``||d||^2 / 2 + Re<d, y>`` where no
    ``|d_i|`` exceeds delta. As curvature serves ``min(1, delta / |u_i - y_i|)``, the weight of
    iteratively reweighted least squares: a quadratic of this curvature is nowhere below ``F``.

    References
    ----------
    .. [1] P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical
       Statistics 35 (1964), 73-101.

    Examples
    --------
    >>> term = Huber(threshold=1.0).bind(np.array([0.0, 0.0]), None, None)
    >>> term.value(np.array([0.5, 3.0])), term.gradient(np.array([0.5, 3.0]))
    (2.625, array([0.5, 1. ]))
    """

    takes_complex: ClassVar[bool] = True
    whitens: ClassVar[bool] = True

    threshold: float = 1.345
    scale: float | ArrayLike = 1.0

    def __post_init__(self) -> None:
        check_strength("threshold", self.threshold)
        check_strengths("scale", as_number_array(self.scale, "scale"))

    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data; a `ValueError` if the scale is not one for each."""
        scale = as_number_array(self.scale, "scale")
        if scale.ndim and scale.shape != data.shape:
            raise ValueError(
                f"scale must be a number, or of the data's shape {data.shape}, got {scale.shape}"
            )
        delta = np.asarray(self.threshold * scale, data.real.dtype)
        return _HuberTerm(data if offset is None else data - offset, delta)


class _HuberTerm(DataTerm):
    curvature_bound = 1.0
    infimum = 0.0

    def __init__(self, data: Array, delta: Array) -> None:
        self.data = data
        self.delta = delta
        self.n_observations = data.size

    def value(self, image: Array) -> float:
        sizes = np.abs(image - self.data)
        inside = np.minimum(sizes, self.delta)
        return float(np.sum(inside * (sizes - inside / 2), dtype=float))

    def gradient(self, image: Array) -> Array:
        return self.derivatives(image)[0]

    def curvature(self, image: Array) -> Array:
        return self.derivatives(image)[1]

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        residuals = image - self.data
        weights = self._weigh(np.abs(residuals))
        return residuals * weights, weights

    def apply_hessian(self, image: Array, directions: Array) -> Array:
        residuals = image - self.data
        sizes = np.abs(residuals)
        outside = sizes > self.delta
        units = np.where(outside, residuals, 0) / np.where(outside, sizes, 1)
        radial = (np.conj(units) * directions).real * units
        result: Array = self._weigh(sizes) * (directions - radial)
        return result

    def conjugate(self, dual: Array) -> float:
        if not self._is_inside(dual):
            return np.inf
        return float(squared_magnitude(dual).sum(dtype=float)) / 2 + inner(dual, self.data)

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        if not self._is_inside(dual):
            return np.inf
        residuals = image - self.data
        clipped = residuals * self._weigh(np.abs(residuals))
        away = clipped - dual
        gaps = squared_magnitude(away) / 2 + (np.conj(away) * (residuals - clipped)).real
        return max(0.0, float(gaps.sum(dtype=float)))

    def predict(self, image: Array) -> Array:
        return image

    def _weigh(self, sizes: Array) -> Array:
        """Return ``min(1, delta / |r|)``."""
        result: Array = self.delta / np.maximum(sizes, self.delta)
        return result

    def _is_inside(self, dual: Array) -> bool:
        """Return whether a dual is in the domain of the conjugate, but for rounding."""
        rounding = 8 * float(np.finfo(dual.dtype).eps)
        return bool(np.all(np.abs(dual) <= self.delta * (1 + rounding)))
