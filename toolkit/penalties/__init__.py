"""Penalties on groups of coefficients."""

from .bounds import WithBounds
from .concave.group_mcp import GroupMCP
from .concave.group_scad import GroupSCAD
from .group_l0 import GroupL0
from .group_weights import GroupWeights
from .l21 import L21
from .latent_overlap import LatentOverlap
from .orthogonally_weighted import OrthogonallyWeightedL21
from .penalty import GroupNormPenalty, Penalty
from .ridge import WithRidge
from .sparse_group import SparseGroup

__all__ = [
    "L21",
    "GroupL0",
    "GroupMCP",
    "GroupNormPenalty",
    "GroupSCAD",
    "GroupWeights",
    "LatentOverlap",
    "OrthogonallyWeightedL21",
    "Penalty",
    "SparseGroup",
    "WithBounds",
    "WithRidge",
]
