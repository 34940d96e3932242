"""Random arrays as users have them: dtypes, orders, containers, scales, and what is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from .draw import Draw
from .expressions import Made

_DTYPES = (
    "float32", "complex64", "complex128", "float32", "bool", "int8", "int64", "uint16", "float16",
    "longdouble", "clongdouble", "object", ">f8", ">f4", ">i2", ">c16",
)  # fmt: skip
_EXPONENTS = (-300, -160, -46, -44, -30, -20, -9, -6, -3, 3, 6, 9, 20, 30, 40, 44, 46, 160, 300)


def lock(array: Any) -> Any:
    """Return a read-only copy."""
    copy = array.copy(order="K")
    copy.flags.writeable = False
    return copy


def stride(array: Any) -> Any:
    """Return a view of every second entry of a larger array, with the same values."""
    wide = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def reverse(array: Any) -> Any:
    """Return a view with negative strides, with the same values."""
    return array[::-1].copy()[::-1]


def mask(array: Any) -> Any:
    """Return a masked array, whose first entry is masked."""
    masked = np.ma.masked_array(array)
    masked[(0,) * masked.ndim] = np.ma.masked
    return masked


def draw_matrix(draw: Draw, name: str, n_rows: int, n_columns: int) -> Any:
    """Return a matrix with what may be unusual about its columns."""
    values = draw.normal(name, (n_rows, n_columns))
    if n_columns > 1 and draw.odd(f"{name}: equal columns", 0.05):
        values[:, 1] = values[:, 0]
    if n_columns > 1 and draw.odd(f"{name}: opposite columns", 0.02):
        values[:, -1] = -values[:, 0]
    if draw.odd(f"{name}: constant column", 0.05):
        values[:, :1] = 1.5
    if draw.odd(f"{name}: zero column", 0.04):
        values[:, -1:] = 0
    if draw.odd(f"{name}: rank one", 0.03):
        values = np.outer(values[:, 0], values[0]).round(3) if values.size else values
    if draw.odd(f"{name}: all zero", 0.02):
        values[:] = 0
    if draw.odd(f"{name}: column scales", 0.04):
        exponents = [(-1) ** j * 10 * j for j in range(n_columns)]
        values *= 10.0 ** np.clip(exponents, -300, 300)
    return values


def dress(draw: Draw, name: str, values: Any, tame: bool = False) -> Any:
    """Return an array in another dtype, order or container, at another scale, with holes.

    A `tame` array keeps its container, and its values stay finite.
    """
    if draw.odd(f"{name}: scale", 0.12):
        with np.errstate(all="ignore"):
            values = values * 10.0 ** draw.pick(f"{name}: exponent", _EXPONENTS)
    if draw.odd(f"{name}: dtype", 0.3):
        values = _convert(values, draw.pick(f"{name}: which dtype", _DTYPES), draw, name)
    if values.size and values.dtype.kind in "fc" and not tame:
        for bad, number in (("NaN", np.nan), ("infinity", np.inf), ("-infinity", -np.inf)):
            if draw.odd(f"{name}: {bad}", 0.012):
                values.flat[values.size // 2] = number
    if draw.odd(f"{name}: Fortran order", 0.15):
        values = np.asfortranarray(values)
    for word, change in _LAYOUTS.items():
        if values.size and draw.odd(f"{name}: {word}", 0.04):
            return Made(change, values)
    if not tame:
        for word, (container, probability) in _CONTAINERS.items():
            if draw.odd(f"{name}: {word}", probability):
                return container(values)
    return values


def _convert(values: Any, dtype: str, draw: Draw, name: str) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of discarded imaginary parts
        if np.dtype(dtype).kind == "c":
            values = values + 1j * draw.normal(f"{name}: imaginary", values.shape) * (
                np.abs(values).max(initial=0)
            )
        elif np.dtype(dtype).kind in "iu":
            values = np.clip(np.nan_to_num(values), 0 if np.dtype(dtype).kind == "u" else -99, 99)
        return values.astype(dtype)


_LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "read-only": lock,
    "strided": stride,
    "reversed": reverse,
}


def as_sparse(values: Any) -> Any:
    """Return a sparse matrix, of dtypes too that SciPy's constructors refuse."""
    plain = values.astype(complex if values.dtype.kind in "cO" else float)
    matrix = sp.csr_array(plain) if values.shape[0] % 2 else sp.csc_array(plain)
    matrix.data = matrix.data.astype(values.dtype)
    return matrix


def _as_frame(values: Any) -> Any:
    if values.ndim == 2:
        return pd.DataFrame(values.astype(values.dtype.newbyteorder("=")))
    return pd.Series(values.astype(values.dtype.newbyteorder("="))) if values.ndim == 1 else values


_CONTAINERS: dict[str, tuple[Callable[[Any], Any], float]] = {
    "list": (lambda values: values.tolist(), 0.04),
    "DataFrame": (_as_frame, 0.04),
    "sparse": (lambda values: Made(as_sparse, values) if values.ndim == 2 else values, 0.05),
    "masked": (lambda values: Made(mask, values) if values.size else values, 0.01),
    "no array": (lambda values: "no array", 0.004),
    "ragged": (lambda values: [[1.0, 2.0], [3.0]], 0.004),
    "text": (lambda values: np.full(values.shape, "a"), 0.004),
    "None": (lambda values: None, 0.003),
}


def as_function(values: Any) -> Any:
    """Return a SciPy `LinearOperator` of a matrix."""
    return Made(aslinearoperator, values)
