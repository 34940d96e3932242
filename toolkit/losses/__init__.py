"""Losses: how badly an image ``A x`` explains the data.

They are loaded when they are first asked for: that of survival times needs Numba.
"""

from typing import TYPE_CHECKING

from ..lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .huber import Huber as Huber
    from .logistic import Logistic as Logistic
    from .loss import DataTerm as DataTerm, Loss as Loss
    from .multinomial import Multinomial as Multinomial
    from .poisson import Poisson as Poisson
    from .squared import Squared as Squared
    from .survival.cox import Cox as Cox
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
