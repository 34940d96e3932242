"""Features as scikit-learn can check them: sparse ones of real numbers, and none masked."""

from __future__ import annotations

import scipy.sparse as sp

from ..arrays import refuse_masked
from ..operators.matrix import as_sparse_numbers
from ..reformulations.regression_form import Features


def prepare_features(X: Features) -> Features:
    """Return features to be checked by scikit-learn; it fails on other sparse matrices.

    Raise a `ValueError` if some are masked, or sparse ones complex or no numbers.
    """
    refuse_masked(X, "X")
    if not sp.issparse(X):
        return X
    numbers = as_sparse_numbers(X, "X")
    if numbers.dtype.kind == "c":
        raise ValueError(f"X must be real, got a sparse matrix of dtype {numbers.dtype}")
    return numbers
