"""Fourier samples of complex images at any frequencies."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, as_finite_array, as_real_array, real_dtype
from ...checks import as_shape
from ...magnitudes import ColumnNorms
from ..operator import Operator

_ACCURACY = {"f": 1e-6, "d": 1e-12}  # of single and double precision
_LARGE = 2**19  # pixels of an image whose transform gains from several threads
_TOLERANCE, _MAX_ITER, _MARGIN = 1e-3, 60, 1.02  # of the power iteration


class NonuniformFourier(Operator):
    """The map from a complex image to its Fourier transform at frequencies off the grid.

    Needs finufft: ``pip install "groupsparse[nufft]"``.

    Parameters
    ----------
    trajectory : array_like, shape (n_samples, n_axes)
        The frequencies, in cycles per field of view: whole numbers are those of the grid. Each lies
        from ``-n / 2`` to ``n / 2``, for n pixels along its axis.
    shape : tuple of int
        Of one image, with one, two or three axes.
    weights : array_like of float, shape (n_samples,), optional
        A factor of every sample, such as the root of the area around its frequency.

    Raises
    ------
    ValueError
        If shapes do not fit, a frequency is out of range, weights are negative or all zero, or
        finufft is not installed.

    Notes
    -----
    In matrix form ``A[j, p] = w_j exp(-2 pi i sum_a k_ja p_a / n_a) / sqrt(N)``, positions p
    counted from pixel ``n // 2``, so that on the grid it is `PartialFourier`. Barnett, Magland,
    af Klinteberg, "A parallel non-uniform fast Fourier transform library based on an exponential of
    semicircle kernel", 2019. `lipschitz` is estimated by power iterations.

    Examples
    --------
    >>> spoke = np.stack([np.zeros(4), np.arange(-2.0, 2.0)], axis=1)
    >>> A = NonuniformFourier(spoke, (4, 4))  # doctest: +SKIP
    >>> abs(A.apply(np.ones((4, 4)))).round(6)  # doctest: +SKIP
    array([0., 0., 4., 0.])
    """

    dtype = np.dtype(np.complex64)
    even_columns = True

    def __init__(
        self, trajectory: ArrayLike, shape: int | tuple[int, ...], weights: ArrayLike | None = None
    ) -> None:
        self.domain_shape = as_shape("shape", shape)
        self.trajectory = _read_trajectory(trajectory, self.domain_shape)
        self.range_shape = (len(self.trajectory),)
        self.weights = _read_weights(weights, len(self.trajectory))
        self._plans: dict[tuple[int, str], Any] = {}
        energy = 1.0 if self.weights is None else float(np.mean(self.weights**2))
        self.row_energy = energy
        norm = float(np.sqrt(energy * len(self.trajectory) / prod(self.domain_shape)))
        self.column_range = ColumnNorms(norm, norm)
        self.lipschitz = _MARGIN * self._find_largest_eigenvalue()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the plans of the library, which cannot be copied."""
        return {**self.__dict__, "_plans": {}}

    def column_norms(self) -> Array:
        """Return the column norms, which are all the same."""
        return np.full(self.domain_shape, self.column_range.most if self.column_range else 0.0)

    def _find_largest_eigenvalue(self) -> float:
        """Return that of ``A^H A``, by power iterations from a smooth image and a little noise."""
        rng = np.random.default_rng(0)
        x = 1 + 0.1 * rng.standard_normal(self.domain_shape) + 0j
        value = 0.0
        for _ in range(_MAX_ITER):
            x /= np.linalg.norm(x)
            image = self._adjoint(self._apply(x))
            before, value = value, float(np.linalg.norm(image))
            if value - before <= _TOLERANCE * value:
                break
            x = image
        return value

    def _apply(self, x: Array) -> Array:
        dtype = np.result_type(self.dtype, x.dtype)
        batch = x.shape[: x.ndim - len(self.domain_shape)]
        images = np.ascontiguousarray(x, dtype).reshape(-1, *self.domain_shape)
        samples = np.stack([self._run(2, image) for image in images]) if len(images) else images
        return self._scale(samples.reshape(*batch, *self.range_shape))

    def _adjoint(self, y: Array) -> Array:
        dtype = np.result_type(self.dtype, y.dtype)
        batch = y.shape[:-1]
        samples = self._scale(y.astype(dtype, copy=False)).reshape(-1, y.shape[-1])
        images = np.stack([self._run(1, row) for row in samples]) if len(samples) else samples
        return images.reshape(*batch, *self.domain_shape)

    def _scale(self, samples: Array) -> Array:
        """Return samples times weights, in their precision, divided by the root of N."""
        factors = 1 / np.sqrt(prod(self.domain_shape))
        if self.weights is not None:
            factors = factors * self.weights
        result: Array = samples * np.asarray(factors, samples.real.dtype)
        return result

    def _run(self, kind: int, values: Array) -> Array:
        """Run a transform of one array: type 2 from an image, type 1 from samples."""
        key = (kind, values.dtype.char)
        if key not in self._plans:
            self._plans[key] = _make_plan(kind, self.trajectory, self.domain_shape, values.dtype)
        result: Array = self._plans[key].execute(np.ascontiguousarray(values))
        return result


def _make_plan(kind: int, trajectory: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Return a transform of finufft with the frequencies set."""
    try:
        import finufft
    except ImportError as error:
        raise ValueError(
            'finufft is needed for NonuniformFourier: pip install "groupsparse[nufft]"'
        ) from error
    real = real_dtype(dtype)
    sign = -1 if kind == 2 else 1
    threads = 1 if prod(shape) < _LARGE else 0  # zero: as many as there are
    plan = finufft.Plan(
        kind, shape, 1, _ACCURACY[real.char], sign, dtype=dtype.name, nthreads=threads
    )
    angles = 2 * np.pi * trajectory / np.array(shape)
    plan.setpts(*(np.ascontiguousarray(axis, real) for axis in angles.T))
    return plan


def _read_trajectory(trajectory: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return frequencies in double precision; a `ValueError` if they do not fit to the shape."""
    array = as_real_array(trajectory, "trajectory").astype(float)
    if len(shape) > 3:
        raise ValueError(f"shape must have one, two or three axes, got {shape}")
    if array.ndim != 2 or array.shape[1] != len(shape):
        raise ValueError(
            f"trajectory must have the shape (n_samples, {len(shape)}), one frequency for each "
            f"axis of images of shape {shape}; got {array.shape}"
        )
    largest = np.abs(array).max(axis=0)
    if np.any(largest > np.array(shape) / 2):
        raise ValueError(
            f"trajectory must lie from -n/2 to n/2 cycles per field of view for images of shape "
            f"{shape}; got up to {largest.max():.4g}"
        )
    return array


def _read_weights(weights: ArrayLike | None, n_samples: int) -> Array | None:
    """Return weights in double precision; a `ValueError` if they are none."""
    if weights is None:
        return None
    array = as_finite_array(weights, "weights")
    if array.shape != (n_samples,) or array.dtype.kind == "c" or array.min() < 0 or not array.any():
        raise ValueError(
            f"weights must be {n_samples} real numbers, not negative and not all zero, "
            f"got shape {array.shape}"
        )
    return array.astype(float)
