"""Loaders of real data and generators of synthetic problems."""

from .coils import coil_sensitivities
from .images import load_head_slice, load_photograph
from .phantom import shepp_logan_channels
from .synthetic import GroupSparseData, make_group_sparse

__all__ = [
    "GroupSparseData",
    "coil_sensitivities",
    "load_head_slice",
    "load_photograph",
    "make_group_sparse",
    "shepp_logan_channels",
]
