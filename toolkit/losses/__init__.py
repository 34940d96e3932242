"""Losses: how badly an image ``A x`` explains the data."""

from .logistic import Logistic
from .loss import DataTerm, Loss
from .poisson import Poisson
from .squared import Squared

__all__ = ["DataTerm", "Logistic", "Loss", "Poisson", "Squared"]
