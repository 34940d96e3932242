"""What arrays of k-space, masks and images look like: centred or not, complete or zero-filled.

Each check states what it found in one sentence: as an error where a reconstruction would be wrong,
as a note where an assumption was made.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ....toolkit.arrays import Array, Shape

# The box around zero frequency that shows where it is: a share of every axis, and the least side.
_BOX, _LEAST_BOX = 1 / 16, 8
# How much more must be in the box elsewhere than in the middle, in k-space and in a mask.
_ENERGY_RATIO, _MASK_RATIO, _LEAST_FILLED = 4.0, 2.0, 0.5
# The share of k-space's energy near zero frequency that no image has in its middle.
_CENTRAL_BOX, _CENTRAL_ENERGY = 1 / 8, 0.4


def check_kspace_values(values: Array, name: str) -> None:
    """Raise a `ValueError` if values are magnitudes: k-space without phases."""
    if not np.iscomplexobj(values) and values.any() and np.nanmin(values) >= 0:
        raise ValueError(
            f"{name} holds real values of which none is negative, as magnitudes are; k-space is "
            "complex"
        )


def check_image_values(values: Array, name: str) -> None:
    """Raise a `ValueError` if complex images (channel, *space) are k-space by all appearance."""
    if not np.iscomplexobj(values):
        return
    power = (np.abs(values) ** 2).sum(axis=0)
    total = float(power.sum())
    boxes = (_measure(power, axes, _CENTRAL_BOX, 1) for axes in _list_subsets(power.ndim))
    inside = max(mean * size for mean, size in boxes)
    if min(power.shape) >= 2 * _LEAST_BOX and inside > _CENTRAL_ENERGY * total > 0:
        raise ValueError(
            f"{name} is complex and has {100 * inside / total:.0f} % of its energy in a few places "
            "around one, as k-space has; an image was expected (kspace for measured k-space)"
        )


def find_kspace_shift(kspace: Array, n_axes: int) -> tuple[int, ...]:
    """Return the axes of space on which zero frequency of k-space is at index 0, not ``n // 2``.

    >>> kspace = np.fft.fft2(np.ones((1, 32, 32)))
    >>> find_kspace_shift(kspace, 2), find_kspace_shift(np.fft.fftshift(kspace), 2)
    ((0, 1), ())
    """
    power = np.where(np.isfinite(kspace), np.abs(kspace), 0) ** 2
    power = power.sum(axis=tuple(range(kspace.ndim - n_axes)))
    return _find_shift(power, _ENERGY_RATIO, 0.0)


def find_mask_shift(mask: Array) -> tuple[int, ...]:
    """Return the axes on which the dense part of a mask is at index 0, not ``n // 2``."""
    return _find_shift(mask.astype(float), _MASK_RATIO, _LEAST_FILLED)


def describe_shift(name: str, axes: tuple[int, ...], n_axes: int) -> str:
    """Return the sentence that says on which axes an array is not centred."""
    letters = "zyx"[-n_axes:]
    where = " and ".join(letters[axis] for axis in axes)
    return f"{name} is not centred: along {where} zero frequency is at index 0 instead of n // 2"


def drop_empty_lines(kspace: Array, mask: Array | None, n_axes: int) -> tuple[Array, list[str]]:
    """Return the mask of what was acquired, and notes about whole lines of zeros.

    Noise is never exactly zero in all channels, so that such lines were filled in, whatever the
    mask says; other zeros that are in the mask count as measured.
    """
    measured = (kspace != 0).any(axis=tuple(range(kspace.ndim - n_axes)))
    sampled = measured if mask is None else mask.astype(bool)
    notes = []
    for axis, letter in enumerate("zyx"[-n_axes:]):
        others = tuple(other for other in range(n_axes) if other != axis)
        filled = measured.any(axis=others)
        if filled.all() or not filled.any():
            continue
        first, last = np.flatnonzero(filled)[[0, -1]]
        n_before, n_after = int(first), filled.size - 1 - int(last)
        if mask is None and (n_before or n_after):
            notes.append(
                f"k-space is zero in the first {n_before} and the last {n_after} of "
                f"{filled.size} lines along {letter}: they are taken as never acquired"
            )
        if mask is not None:
            lines = filled.reshape([-1 if other == axis else 1 for other in range(n_axes)])
            n_lost = np.unique(np.nonzero(sampled & ~lines)[axis - n_axes]).size
            if n_lost:
                notes.append(
                    f"{n_lost} lines along {letter} are in the mask, but hold only zeros: they "
                    "are taken as never acquired"
                )
            sampled = sampled & lines
    return sampled, notes


def _find_shift(weights: Array, ratio: float, least: float) -> tuple[int, ...]:
    """Return the axes whose shift brings more than `ratio` times as much into the central box."""
    here, _ = _measure(weights, (), _BOX, _LEAST_BOX)
    best: tuple[int, ...] = ()
    most = here
    for axes in _list_subsets(weights.ndim)[1:]:
        there, _ = _measure(weights, axes, _BOX, _LEAST_BOX)
        if there > ratio * here and there > 1.05 * most and there >= least:
            best, most = axes, there
    return best


def _list_subsets(n_axes: int) -> list[tuple[int, ...]]:
    """Return all sets of axes, small ones first."""
    return [axes for n in range(n_axes + 1) for axes in combinations(range(n_axes), n)]


def _measure(weights: Array, axes: tuple[int, ...], share: float, least: int) -> tuple[float, int]:
    """Return the mean in the central box after a shift of some axes, and the size of the box."""
    shifted = np.fft.fftshift(weights, axes=axes)
    sides: Shape = tuple(min(n, max(least, round(share * n))) for n in weights.shape)
    box = tuple(
        slice(n // 2 - side // 2, n // 2 - side // 2 + side)
        for n, side in zip(weights.shape, sides, strict=True)
    )
    return float(shifted[box].mean()), int(np.prod(sides))
