"""Loaders of real data and generators of synthetic problems."""

from .coils import coil_sensitivities
from .images import load_head_slice, load_photograph
from .joint_sparse import make_joint_sparse
from .lit_pixels import as_picture, lit_pixels, make_lit_pixels
from .lung_discrete import load_lung_discrete
from .phantom import shepp_logan_channels
from .synthetic import GroupSparseData, make_group_sparse
from .wisconsin import load_wisconsin

__all__ = [
    "GroupSparseData",
    "as_picture",
    "coil_sensitivities",
    "lit_pixels",
    "load_head_slice",
    "load_lung_discrete",
    "load_photograph",
    "load_wisconsin",
    "make_group_sparse",
    "make_joint_sparse",
    "make_lit_pixels",
    "shepp_logan_channels",
]
