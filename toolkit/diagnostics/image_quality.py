"""Measures of how close a reconstructed image is to the true one, real or complex."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_double, as_finite_array, squared_magnitude
from ..checks import check_strength

_WINDOW = 7


def psnr(image: ArrayLike, truth: ArrayLike, *, data_range: float) -> float:
    """Return the peak signal-to-noise ratio in dB.

    Parameters
    ----------
    image, truth : array_like
        Two arrays of the same shape.
    data_range : float
        The peak V, positive.

    Returns
    -------
    float
        ``10 log10(V^2 / mean |image - truth|^2)``; infinite for equal arrays.

    Raises
    ------
    ValueError
        If shapes differ or the peak is not positive.

    Examples
    --------
    >>> round(psnr(np.full((2, 2), 0.1), np.zeros((2, 2)), data_range=1.0), 6)
    20.0
    """
    image, truth = _as_pair(image, truth)
    check_strength("data_range", data_range)
    error = float(squared_magnitude(image - truth).mean())
    return float(10 * np.log10(data_range**2 / error)) if error else float("inf")


def nrmse(image: ArrayLike, truth: ArrayLike) -> float:
    """Return the root-mean-square error relative to the norm of the truth.

    Parameters
    ----------
    image, truth : array_like
        Two arrays of the same shape.

    Returns
    -------
    float
        ``||image - truth|| / ||truth||``.

    Raises
    ------
    ValueError
        If shapes differ or the truth is zero.

    Examples
    --------
    >>> nrmse(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    1.0
    """
    image, truth = _as_pair(image, truth)
    size = float(np.linalg.norm(truth))
    if size == 0:
        raise ValueError("truth is zero everywhere; the relative error is not defined")
    return float(np.linalg.norm(image - truth)) / size


def ssim(image: ArrayLike, truth: ArrayLike, *, data_range: float) -> float:
    """Return the structural similarity (SSIM), averaged over channels; of magnitudes if complex.

    Parameters
    ----------
    image, truth : array_like, shape (..., y, x)
        Two arrays of the same shape, at least 7 pixels along y and x.
    data_range : float
        The peak, positive.

    Returns
    -------
    float
        One for equal images (Wang et al., 2004, as in scikit-image).

    Raises
    ------
    ValueError
        If shapes differ, the peak is not positive, or an image is too small.

    Examples
    --------
    >>> ssim(np.eye(8), np.eye(8), data_range=1.0)
    1.0
    """
    image, truth = _as_pair(image, truth)
    check_strength("data_range", data_range)
    if image.ndim < 2 or min(image.shape[-2:]) < _WINDOW:
        raise ValueError(
            f"image must have at least {_WINDOW} x {_WINDOW} pixels, got shape {image.shape}"
        )
    from skimage.metrics import structural_similarity

    pair = [np.abs(x) if np.iscomplexobj(x) else x for x in (image, truth)]
    channels = [x.reshape(-1, *x.shape[-2:]) for x in pair]
    values = [
        structural_similarity(a, b, data_range=data_range) for a, b in zip(*channels, strict=True)
    ]
    return float(np.mean(values))


def _as_pair(image: ArrayLike, truth: ArrayLike) -> tuple[Array, Array]:
    """Return two images as arrays; a `ValueError` if they cannot be compared."""
    first, second = as_finite_array(image, "image"), as_finite_array(truth, "truth")
    if first.shape != second.shape:
        raise ValueError(f"image must have the truth's shape {second.shape}, got {first.shape}")
    return as_double(first), as_double(second)
