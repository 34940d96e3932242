"""Operators of images: what coils see of them, real images, samples off the Cartesian grid."""

from .sensitivities import Sensitivities

__all__ = ["Sensitivities"]
