"""Groups of coefficients: which unknowns are active together."""

from .groups import AcrossAxis, Groups

__all__ = ["AcrossAxis", "Groups"]
