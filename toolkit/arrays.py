"""Types of arrays, and the functions that validate arrays from outside."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from numbers import Complex, Integral, Number, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .magnitudes import check_finite, check_largest, check_values
from .short_text import shorten

Array = NDArray[Any]
IntArray = NDArray[np.intp]
Shape = tuple[int, ...]

_COMPUTED = frozenset(map(np.dtype, ("f4", "f8", "c8", "c16")))


def inexact_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the floating-point dtype in which data of `dtype` are computed.

    Single and double precision, real and complex, stay as they are, in native byte order; half
    precision becomes single; all other numbers become double.
    """
    native = dtype.newbyteorder("=")  # SEG-Y, NIfTI and FITS files bring the other byte order
    if native in (np.float32, np.float64, np.complex64, np.complex128):
        return native
    if dtype == np.float16:
        return np.dtype(np.float32)
    return np.dtype(np.complex128 if dtype.kind == "c" else np.float64)


def is_single(dtype: np.dtype[Any]) -> bool:
    """Return whether numbers of this dtype are of single precision, real or complex."""
    return dtype in (np.float32, np.complex64)


def as_double(array: Array) -> Array:
    """Return an array in double precision, itself if it is already."""
    return array.astype(np.result_type(array.dtype, np.float64), copy=False)


def real_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the real dtype of the same precision as `dtype`."""
    return np.dtype(np.empty(0, dtype).real.dtype)


def as_finite_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a non-empty, finite array of float32, float64, complex64 or complex128.

    The input is never changed; it is copied only if its dtype must change. Every public function
    validates its arrays in this way once; the numerical code behind it relies on it, and on
    magnitudes whose powers neither overflow nor underflow (see `magnitudes`).

    Parameters
    ----------
    value : array_like
        What the caller passed.
    name : str
        The argument's name, for the message.

    Raises
    ------
    ValueError
        If it is not numeric, is empty, has masked or missing values, holds NaN or infinite
        values, or its largest magnitude is out of range.
    """
    array = as_filled_array(value, name)
    check_values(array, name)
    return array


def as_filled_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as `as_finite_array` does, but maybe not finite, or out of range."""
    array = as_number_array(value, name)
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); at least one value is expected")
    return array


def as_coefficients(value: ArrayLike, name: str) -> Array:
    """Return `value` as `as_finite_array` does, but maybe empty, and as large as coefficients."""
    array = as_number_array(value, name)
    check_finite(array, name)
    check_largest(array, name)
    return array


def as_real_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as `as_finite_array` does; complex values are refused."""
    array = as_finite_array(value, name)
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must be real, got dtype {array.dtype}")
    return array


def as_number_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as `as_finite_array` does, but maybe empty and not finite."""
    if type(value) is np.ndarray and value.dtype in _COMPUTED:
        return value
    array = as_plain_array(value, name)
    if array.dtype.kind == "O":
        return _convert_objects(array, name)
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must hold numbers, got dtype {array.dtype}")
    with np.errstate(over="ignore"):  # extended precision reaches beyond double precision
        return array.astype(inexact_dtype(array.dtype), copy=False)


def as_index_array(value: ArrayLike, name: str) -> IntArray:
    """Return positions, maybe none, as integers."""
    array = as_plain_array(value, name)
    if array.dtype.kind == "O" and all(isinstance(item, Integral) for item in array.flat):
        array = array.astype(np.int64) if _fits(array) else array
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers, got {shorten(value)}")
    return array.astype(np.intp, copy=False)


def refuse_masked(value: object, name: str) -> None:
    """Raise a `ValueError` if values are masked: converting an array forgets its mask."""
    items = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(item, np.ma.MaskedArray) and np.ma.is_masked(item) for item in items):
        raise ValueError(f"{name} has masked values; fill them in, or leave them out")


def as_plain_array(value: ArrayLike, name: str) -> Array:
    """Return `value` as a dense array of its own dtype; masked values are refused."""
    if hasattr(value, "nnz") and hasattr(value, "toarray"):
        raise ValueError(f"{name} must be a dense array, got {type(value).__name__}")
    refuse_masked(value, name)
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a rectangular array, got {shorten(value)}") from error


def _fits(array: Array) -> bool:
    """Return whether Python integers fit into 64 bits."""
    return all(abs(item) < 2**63 for item in array.flat)


def _convert_objects(array: Array, name: str) -> Array:
    """Return an array of Python objects, all of them numbers, in double precision."""
    kinds = set(map(type, array.flat))
    if not all(issubclass(kind, Number | np.bool_) for kind in kinds):
        wrong = next(item for item in array.flat if not isinstance(item, Number | np.bool_))
        raise ValueError(f"{name} must hold numbers, got {shorten(wrong)}")
    is_complex = any(issubclass(kind, Complex) and not issubclass(kind, Real) for kind in kinds)
    try:
        return array.astype(np.complex128 if is_complex else np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} holds numbers that double precision cannot") from error


def squared_magnitude(x: Array) -> Array:
    """Return ``|x|**2`` entry by entry, without a square root, for real or complex `x`."""
    if np.iscomplexobj(x):
        result: Array = x.real**2 + x.imag**2
        return result
    return x * x


def inner(x: Array, y: Array) -> float:
    """Return the real part of the inner product, conjugate-linear in `x`."""
    return float(np.vdot(x, y).real)


def scalar_like(value: float, x: Array) -> Array:
    """Return a real scalar in the precision of `x`, so that it does not widen it."""
    return np.asarray(value, dtype=x.real.dtype)


def channel_positions(shape: Shape, axis: int | Sequence[int]) -> IntArray:
    """Return flat positions, shape (n_features, n_channels), for coefficients of this shape.

    Channels are counted along one axis, or along several in the order in which they are given.
    """
    axes = list(axis) if isinstance(axis, Sequence) else [axis]
    flat = np.moveaxis(np.arange(prod(shape)).reshape(shape), axes, range(-len(axes), 0))
    inside = flat.ndim - len(axes)
    return flat.reshape(prod(flat.shape[:inside]), prod(flat.shape[inside:]))
