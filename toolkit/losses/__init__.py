"""Losses: how badly an image ``A x`` explains the data."""

from .loss import DataTerm, Loss
from .squared import Squared

__all__ = ["DataTerm", "Loss", "Squared"]
