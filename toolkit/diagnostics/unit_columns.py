"""All columns of a matrix, as they are or scaled to unit norm, and how exactly they are known."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array, inexact_dtype
from .grouped_columns import features_and_groups

_MARGIN = 10


class ColumnRows(NamedTuple):
    """Columns as rows, in double precision.

    Attributes
    ----------
    rows : ndarray, shape (n_features, n_rows)
        In the order of the features.
    rounding : float
        Singular values up to this part of the largest one count as zero: it
        goes by the precision of the matrix that came in.
    """

    rows: Array
    rounding: float


def all_columns(matrix: Any) -> ColumnRows:
    """Return all columns of a matrix as they are.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex.

    Returns
    -------
    ColumnRows
        As they are.

    Raises
    ------
    ValueError
        If it is not a linear map.
    """
    operator = features_and_groups(matrix, None)[0]
    dtype = inexact_dtype(operator.dtype)
    n_features, n_rows = prod(operator.domain_shape), prod(operator.range_shape)
    rows = operator.columns(np.arange(n_features)).astype(np.result_type(dtype, np.float64))
    return ColumnRows(rows, _MARGIN * max(n_features, n_rows) * float(np.finfo(dtype).eps))


def unit_columns(matrix: Any) -> ColumnRows:
    """Return all columns of a matrix, scaled to unit norm.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex.

    Returns
    -------
    ColumnRows
        Those that are zero stay so.

    Raises
    ------
    ValueError
        If it is not a linear map.
    """
    rows, rounding = all_columns(matrix)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return ColumnRows(rows / np.where(norms > 0, norms, 1), rounding)
