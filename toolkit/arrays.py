"""What counts as an array here, and the one place where arrays from outside are checked.

Every public entry passes its arrays through :func:`as_finite_array` once; the
numerical code behind it relies on the result: floating point or complex,
finite, and never changed in place.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
IntArray = NDArray[np.intp]
Shape = tuple[int, ...]


def inexact_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the floating-point dtype in which data of `dtype` are computed.

    Single and double precision, real and complex, stay what they are, in the
    machine's byte order; half precision becomes single; everything else that
    is numeric becomes double.

    Parameters
    ----------
    dtype : numpy.dtype
        The dtype of the data that came in.

    Returns
    -------
    numpy.dtype
        One of float32, float64, complex64, complex128.

    Examples
    --------
    >>> inexact_dtype(np.dtype(np.uint8)), inexact_dtype(np.dtype(np.complex64))
    (dtype('float64'), dtype('complex64'))
    """
    native = dtype.newbyteorder("=")  # SEG-Y, NIfTI and FITS files bring the other byte order
    if native in (np.float32, np.float64, np.complex64, np.complex128):
        return native
    if dtype == np.float16:
        return np.dtype(np.float32)
    return np.dtype(np.complex128 if dtype.kind == "c" else np.float64)


def real_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the real dtype of the same precision as `dtype`.

    Parameters
    ----------
    dtype : numpy.dtype
        A floating-point or complex dtype.

    Returns
    -------
    numpy.dtype
        float32 or float64.

    Examples
    --------
    >>> real_dtype(np.dtype(np.complex64))
    dtype('float32')
    """
    return np.dtype(np.empty(0, dtype).real.dtype)


def as_finite_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a non-empty, finite array in a floating-point dtype.

    The input is never changed; it is copied only if its dtype must change.

    Parameters
    ----------
    value : array_like
        What the caller passed.
    name : str
        The argument's name, for the message.

    Returns
    -------
    ndarray
        Of dtype float32, float64, complex64 or complex128.

    Raises
    ------
    ValueError
        If it is not numeric, is empty, or holds NaN or infinite values.

    Examples
    --------
    >>> as_finite_array([1, 2], "data")
    array([1., 2.])
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array: {error}") from error
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must hold numbers, got dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); at least one value is expected")
    array = array.astype(inexact_dtype(array.dtype), copy=False)
    n_bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if n_bad:
        raise ValueError(f"{name} has {n_bad} NaN or infinite values; all must be finite")
    return array


def squared_magnitude(x: Array) -> Array:
    """Return ``|x|**2`` entry by entry, without a square root, for real or complex `x`.

    Parameters
    ----------
    x : ndarray
        Real or complex, any shape.

    Returns
    -------
    ndarray
        Real, of the same shape and precision.

    Examples
    --------
    >>> squared_magnitude(np.array([3 + 4j, 1j]))
    array([25.,  1.])
    """
    if np.iscomplexobj(x):
        result: Array = x.real**2 + x.imag**2
        return result
    return x * x


def inner(x: Array, y: Array) -> float:
    """Return the real part of the inner product, conjugate-linear in `x`.

    Parameters
    ----------
    x, y : ndarray
        Two arrays of one shape.

    Returns
    -------
    float
        ``Re sum(conj(x) * y)``.

    Examples
    --------
    >>> inner(np.array([1j, 2.0]), np.array([1j, 1.0]))
    3.0
    """
    return float(np.vdot(x, y).real)


def scalar_like(value: float, x: Array) -> Array:
    """Return a real scalar in the precision of `x`, so that it does not widen it.

    Parameters
    ----------
    value : float
        The scalar.
    x : ndarray
        Real or complex.

    Returns
    -------
    ndarray, shape ()
        To be multiplied with `x`.

    Examples
    --------
    >>> (scalar_like(0.5, np.ones(2, np.complex64)) * np.ones(2, np.complex64)).dtype
    dtype('complex64')
    """
    return np.asarray(value, dtype=x.real.dtype)


def channel_positions(shape: Shape, axis: int) -> IntArray:
    """Return the flat position of every feature in every channel.

    Parameters
    ----------
    shape : tuple of int
        The shape of the coefficient array.
    axis : int
        Its channel axis.

    Returns
    -------
    ndarray of int, shape (n_features, n_channels)
        Features in C order of the other axes.

    Examples
    --------
    >>> channel_positions((2, 3), axis=0)
    array([[0, 3],
           [1, 4],
           [2, 5]])
    """
    flat = np.arange(prod(shape)).reshape(shape)
    return np.moveaxis(flat, axis, -1).reshape(-1, shape[axis])
