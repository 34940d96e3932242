"""Partial Fourier: all frequencies of one sign of an axis, and some of the other."""

from __future__ import annotations

from dataclasses import replace

from .....toolkit.arrays import Array
from .request import Request


def make_partial(request: Request) -> Array:
    """Return the covered part of the phase-encode axis, completely sampled."""
    fraction = request.read(float, "a fraction such as 0.625")
    if not 0.5 < fraction <= 1:
        raise ValueError(
            f"mask {request.description!r}: the fraction must be above 0.5 and at most 1, "
            f"got {fraction:g}"
        )
    options = replace(request.options, partial=fraction)
    return replace(request, options=options).covered.copy()
