"""Losses: how badly an image ``A x`` explains the data."""

from .huber import Huber
from .logistic import Logistic
from .loss import DataTerm, Loss
from .multinomial import Multinomial
from .poisson import Poisson
from .squared import Squared

__all__ = ["DataTerm", "Huber", "Logistic", "Loss", "Multinomial", "Poisson", "Squared"]
