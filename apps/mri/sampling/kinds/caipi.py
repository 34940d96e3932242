"""CAIPI: a lattice on two phase-encode axes, shifted from row to row.

Aliases of a shifted lattice lie further apart than those of a rectangular one, so that coils can
tell them apart (Breuer et al., Magnetic Resonance in Medicine 55, 2006).
"""

from __future__ import annotations

import re

import numpy as np

from .....toolkit.arrays import Array
from .request import Request

SPACINGS = ("uniform", "every")
_HALVINGS = 40
_WIDEST = 64.0


def make_caipi(request: Request) -> Array:
    """Return every R1-th row, in it every R2-th column, shifted from row to row, and the centre.

    With "uniform" columns are further apart than R2, so that the acceleration with the calibration
    region is R1 R2; with "every" they are not, as scanners count.
    """
    steps = _read_steps(request)
    covered = request.covered
    if request.options.spacing == "every":
        region = request.calibrate(request.shape, covered, covered.size)
        return (_make_lattice(request, steps, 1.0) & covered) | region
    n_samples = request.count(int(covered.sum()), steps[0] * steps[1])
    region = request.calibrate(request.shape, covered, n_samples)
    near, far = 1.0 / steps[1], _WIDEST
    best = region
    for _ in range(_HALVINGS):
        stretch = (near + far) / 2
        mask = (_make_lattice(request, steps, stretch) & covered) | region
        if abs(int(mask.sum()) - n_samples) < abs(int(best.sum()) - n_samples) or best is region:
            best = mask
        near, far = (stretch, far) if mask.sum() > n_samples else (near, stretch)
    return best


def _read_steps(request: Request) -> tuple[int, int]:
    """Return R1 and R2, from "2x2" or from their product."""
    if match := re.fullmatch(r"(\d+)x(\d+)", request.amount):
        steps = int(match[1]), int(match[2])
    else:
        total = round(request.read_acceleration(whole=True))
        rows = max(d for d in range(1, int(np.sqrt(total)) + 1) if total % d == 0)
        steps = rows, total // rows
    if min(steps) < 1:
        raise ValueError(f"mask {request.description!r}: R1 and R2 must be at least 1")
    return steps


def _make_lattice(request: Request, steps: tuple[int, int], stretch: float) -> Array:
    """Return the lattice through zero frequency whose columns are further apart by a factor."""
    n_rows, n_columns = request.shape
    (down, across), mask = steps, np.zeros(request.shape, dtype=bool)
    step = across * stretch
    rows = np.arange(-(n_rows // 2) // down, n_rows // down + 1)
    first = (rows * request.options.shift + request.number) % across * stretch
    numbers = np.arange(-int(n_columns // step) - 1, int(n_columns // step) + 2)
    columns = np.floor(numbers * step + first[:, None] + 0.5).astype(int) + n_columns // 2
    lowest = n_rows // 2 + request.number // across % down  # channels take turns
    places = np.broadcast_to(rows[:, None] * down + lowest, columns.shape)
    inside = (columns >= 0) & (columns < n_columns) & (places >= 0) & (places < n_rows)
    mask[places[inside], columns[inside]] = True
    return mask
