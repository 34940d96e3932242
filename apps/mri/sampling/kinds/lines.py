"""Cartesian lines with a calibration region, along the read-out axis."""

from __future__ import annotations

import numpy as np

from .....toolkit.arrays import Array, IntArray
from .grid import mirror
from .request import Request

SPACINGS = ("uniform", "random", "variable", "every")


def make_lines(request: Request) -> Array:
    """Return lines that are sampled completely: the calibration region, and others beside it.

    All spacings but "every" have the acceleration that was asked for over all covered lines, those
    of the calibration region included, so that the others are further apart.
    """
    every = request.options.spacing == "every"
    acceleration = request.read_acceleration(whole=every)
    covered = request.covered_lines
    if every:
        lines = _take_every(request, round(acceleration)) & covered
        lines |= request.calibrate(covered.shape, covered, covered.size)
    else:
        n_lines = request.count(int(covered.sum()), acceleration)
        lines = request.calibrate(covered.shape, covered, n_lines)
        lines[_choose(request, covered & ~lines, n_lines - int(lines.sum()))] = True
    return np.broadcast_to(lines[:, None] if request.axis == 0 else lines, request.shape).copy()


def _take_every(request: Request, step: int) -> Array:
    """Return every step-th line, zero frequency among them in the first channel."""
    n = request.shape[request.axis]
    lines: Array = (np.arange(n) - n // 2 - request.number) % step == 0
    return lines


def _choose(request: Request, free: Array, number: int) -> IntArray:
    """Return the lines to sample beside the calibration region; with their negatives, if asked."""
    if not request.options.symmetric:
        return _pick(request, np.flatnonzero(free), number)
    free &= mirror(free)
    upper = np.flatnonzero(free & (np.arange(free.size) > free.size // 2))
    chosen = _pick(request, upper, min(number // 2, upper.size))
    lower = 2 * (free.size // 2) - chosen
    alone = np.flatnonzero(free & (mirror(np.arange(free.size)) == np.arange(free.size)))
    return np.concatenate([chosen, lower, alone[: number - 2 * chosen.size]])


def _pick(request: Request, free: IntArray, number: int) -> IntArray:
    """Return so many of the free lines, at the spacing of the options."""
    spacing = request.options.spacing or "uniform"
    if spacing == "uniform":
        first = (request.number / max(request.read_acceleration(), 1) + 0.5) % 1
        places = ((np.arange(number) + first) * free.size / max(number, 1)).astype(int)
        return np.asarray(free[places])
    if spacing == "random":
        return np.asarray(request.rng.permutation(free)[:number])
    n = request.shape[request.axis]
    density = np.maximum(1 - np.abs(free - n // 2) / (n / 2), 1e-3) ** request.options.power
    order = np.log(density) + request.rng.gumbel(size=free.size)
    chosen: IntArray = free[np.argsort(-order, kind="stable")[:number]]
    return chosen
