"""All columns of a matrix, as they are or scaled to unit norm."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from ..arrays import Array, inexact_dtype
from ..operators import OperatorLike
from ..problem import Problem
from .grouped_columns import features_and_groups

_MARGIN = 10


class ColumnRows(NamedTuple):
    """Columns as rows (n_features, n_rows), in double precision.

    Singular values up to `rounding` times the largest one count as zero: it depends on the
    precision of the matrix.
    """

    rows: Array
    rounding: float


def all_columns(matrix: OperatorLike | Problem) -> ColumnRows:
    """Return all columns of a linear map of any kind."""
    operator = features_and_groups(matrix, None)[0]
    dtype = inexact_dtype(operator.dtype)
    n_features, n_rows = prod(operator.domain_shape), prod(operator.range_shape)
    rows = operator.columns(np.arange(n_features)).astype(np.result_type(dtype, np.float64))
    return ColumnRows(rows, _MARGIN * max(n_features, n_rows) * float(np.finfo(dtype).eps))


def unit_columns(matrix: OperatorLike | Problem) -> ColumnRows:
    """Return all columns of a linear map of any kind, scaled to unit norm; zero ones stay zero."""
    rows, rounding = all_columns(matrix)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return ColumnRows(rows / np.where(norms > 0, norms, 1), rounding)
