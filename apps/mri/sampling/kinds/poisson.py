"""Poisson discs: random frequencies that keep a distance from each other.

The distance grows from the centre outwards, so that the low frequencies are sampled more densely
(Vasanawala et al., ISBI 2011). Frequencies are visited in a random order; one is taken unless it
lies in the disc of one that was taken before, which leaves no room for another (Cook, ACM Trans.
Graph. 5, 1986). A bisection of the radius gives the number of samples.
"""

from __future__ import annotations

import numpy as np

from .....toolkit.arrays import Array, IntArray
from .....toolkit.execution.compiling import compile_kernel
from .grid import mirror
from .request import Request

SPACINGS = ("variable", "uniform")
_INNER = 0.15  # radius of a disc at zero frequency, relative to that at the edge
_HALVINGS = 14


def make_poisson(request: Request) -> Array:
    """Return discs at the acceleration that was asked for, the calibration region included."""
    acceleration = request.read_acceleration()
    covered = request.covered
    n_samples = request.count(int(covered.sum()), acceleration)
    region = request.calibrate(request.shape, covered, n_samples)
    free = covered & ~region
    radius, symmetric = _grow(request), request.options.symmetric
    partner = mirror(np.arange(free.size).reshape(free.shape)).ravel()
    order = request.rng.permutation(np.flatnonzero(free))
    low, high = 0.0, float(max(request.shape))
    best = covered
    for _ in range(_HALVINGS):
        scale = (low + high) / 2
        mask = region.copy()
        take_discs(mask.ravel(), order, partner, scale * radius, symmetric)
        if mask.sum() >= n_samples:
            best, low = mask, scale
        else:
            high = scale
    return _thin(request, best, region, n_samples)


def _grow(request: Request) -> Array:
    """Return the radius of a disc at every frequency, relative to the largest."""
    axes = [(np.arange(n) - n // 2) / (n / 2) for n in request.shape]
    if request.options.spacing == "uniform":
        return np.ones(request.shape)
    distance = np.hypot(axes[0][:, None], axes[1]) / np.sqrt(2)
    radius: Array = _INNER + (1 - _INNER) * distance
    return radius


def _thin(request: Request, mask: Array, region: Array, number: int) -> Array:
    """Return the mask without random samples that are too many, outside the centre."""
    spare = np.flatnonzero(mask & ~region)
    surplus = int(mask.sum()) - number
    result = mask.copy()
    if not request.options.symmetric:
        result.flat[request.rng.permutation(spare)[:surplus]] = False
        return result
    partner = mirror(np.arange(mask.size).reshape(mask.shape)).ravel()
    pairs = request.rng.permutation(spare[spare < partner[spare]])[: surplus // 2]
    result.flat[pairs] = result.flat[partner[pairs]] = False
    return result


@compile_kernel
def take_discs(
    mask: Array, order: IntArray, partner: IntArray, radius: Array, symmetric: bool
) -> None:
    """Set `mask` where a frequency, in this order, is outside the discs of those taken before.

    `radius` (rows, columns) is that of the disc around every frequency; `partner` is the place of
    its negative, which is taken together with it if `symmetric`.
    """
    n_rows, n_columns = radius.shape
    closed = np.zeros((n_rows, n_columns), np.bool_)
    for place in order:
        row, column = place // n_columns, place % n_columns
        if closed[row, column]:
            continue
        for turn in range(2 if symmetric else 1):
            centre = partner[place] if turn else place
            row, column = centre // n_columns, centre % n_columns
            mask[centre] = True
            reach = radius[row, column]
            whole = int(reach)
            for i in range(max(row - whole, 0), min(row + whole, n_rows - 1) + 1):
                for j in range(max(column - whole, 0), min(column + whole, n_columns - 1) + 1):
                    if (i - row) ** 2 + (j - column) ** 2 <= reach * reach:
                        closed[i, j] = True
