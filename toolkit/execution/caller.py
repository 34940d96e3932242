"""Warnings that point at the user's code."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

_PACKAGE = __name__.split(".")[0]
_IMPORT_SYSTEM = ("importlib", "_frozen_importlib", "_frozen_importlib_external")


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, blaming the innermost line outside this package.

    The same line on every version of Python, however deep inside the package the warning arises.
    """
    warnings.warn(message, category, stacklevel=_caller_level())


def _caller_level() -> int:
    """Return the `stacklevel` at which `warn_caller` finds the first frame outside the package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_internal(frame):
        frame = frame.f_back
        # `warnings` does not count the frames of the import system itself.
        level += not frame.f_code.co_filename.startswith("<frozen importlib")
    return level


def _is_internal(frame: FrameType) -> bool:
    """Return whether a frame belongs to the package or to an import."""
    return frame.f_globals.get("__name__", "").split(".")[0] in (_PACKAGE, *_IMPORT_SYSTEM)
