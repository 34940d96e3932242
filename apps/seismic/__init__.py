"""Joint reflectivity of several shots that see the same reflectors.

Solves ``min 1/2 ||W r - y||^2 + alpha Omega(r)``: y holds the recorded traces of all shots, r their
reflectivities, W convolves each with the wavelet of its shot, and the penalty Omega makes all
shots share their reflectors. `inverting.joint_inversion` states the problem in full.
"""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .inversion import Inversion as Inversion
    from .inverting.joint_inversion import invert as invert
    from .inverting.settings import InversionSettings as InversionSettings
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
