"""Which least-squares method suits an operator."""

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
    """Return the least-squares method that suits the operator's type.

    Parameters
    ----------
    view : FeatureView
        Operator and right-hand sides.
    basis : GroupBasis
        The orthonormal basis of its groups.
    max_iter : int
        The largest number of iterations of one fit, where it iterates.

    Returns
    -------
    DenseFitter, BandedFitter or IterativeFitter
        The first for explicit dense matrices, the second for convolutions whose
        groups hold one sample of a trace at most, the third for all others.
    """
    if isinstance(view.operator, Matrix) and not view.operator.is_sparse:
        return DenseFitter(view.operator, basis, view.data)
    parts = banded_parts(view.operator)
    if parts is not None and isinstance(basis.transform, np.ndarray):
        return BandedFitter(view.operator, parts, basis, view.data)
    return IterativeFitter(view.operator, basis, view.data, max_iter)
