"""Penalties on groups: value, proximal step, distance to the subdifferential."""

from .group_l0 import GroupL0
from .group_norm_penalty import GroupNormPenalty
from .l21 import L21

__all__ = ["L21", "GroupL0", "GroupNormPenalty"]
