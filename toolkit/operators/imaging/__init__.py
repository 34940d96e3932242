"""Operators of images: what coils see of them, samples off the Cartesian grid."""

from .nonuniform import NonuniformFourier
from .sensitivities import Sensitivities

__all__ = ["NonuniformFourier", "Sensitivities"]
