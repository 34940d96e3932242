"""Joint reflectivity from several shots: one support of reflectors, a strength in every shot."""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import lazy_names

__all__ = ["Inversion", "invert"]

if TYPE_CHECKING:
    from .inversion import Inversion
    from .inverting.joint_inversion import invert
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "inversion": ("Inversion",),
            "inverting.joint_inversion": ("invert",),
        },
    )
