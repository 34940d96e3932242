"""The choice of a least-squares method by the type of the operator."""

from __future__ import annotations

import numpy as np

from ...operators import Matrix
from ...reformulations.feature_view import FeatureView
from ...reformulations.group_basis import GroupBasis
from .banded_fitter import BandedFitter, banded_parts
from .dense_fitter import DenseFitter
from .iterative_fitter import IterativeFitter


def make_fitter(
    view: FeatureView, basis: GroupBasis, max_iter: int
) -> DenseFitter | BandedFitter | IterativeFitter:
    """Return a fitter for a view in the orthonormal basis of its groups.

    A `DenseFitter` for dense matrices, a `BandedFitter` for convolutions whose groups hold
    at most one sample of a trace, else an `IterativeFitter`, limited to `max_iter`.
    """
    if isinstance(view.operator, Matrix) and not view.operator.is_sparse:
        return DenseFitter(view.operator, basis, view.data)
    parts = banded_parts(view.operator)
    if parts is not None and isinstance(basis.transform, np.ndarray):
        return BandedFitter(view.operator, parts, basis, view.data)
    return IterativeFitter(view.operator, basis, view.data, max_iter)
