"""Operators of images: what coils see of them, real images, samples off the Cartesian grid."""

from .nonuniform import NonuniformFourier
from .real_input import RealInput
from .sensitivities import Sensitivities

__all__ = ["NonuniformFourier", "RealInput", "Sensitivities"]
