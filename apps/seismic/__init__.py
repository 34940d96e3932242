"""Joint reflectivity from several shots: one support of reflectors, a strength in every shot."""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .inversion import Inversion as Inversion
    from .inverting.joint_inversion import invert as invert
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
