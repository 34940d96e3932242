"""The passes of a separable wavelet transform over images, in threads where that pays.

Threads are as many as SciPy's FFTs were allowed (`scipy.fft.set_workers`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import scipy.fft

from ...arrays import Array, Shape
from .wavelet_kernels import Corner, Pass, copy_rolled, count_bundles, filter_bundles

# Numbers in a pass: handing half of fewer to another thread takes as long as their pass.
_WORTH_A_THREAD = 2**19


def analyse(planes: Array, bank: Array, levels: int, n_axes: int, parts: int) -> None:
    """Transform images (batch, z, y, x) in place into their wavelet pyramids."""
    for job in _plan_passes(planes.shape[1:], levels, n_axes, parts, True):
        _filter_axis(planes, job, bank)


def synthesise(planes: Array, bank: Array, levels: int, n_axes: int, parts: int) -> None:
    """Transform wavelet pyramids (batch, z, y, x) in place into images."""
    for job in reversed(_plan_passes(planes.shape[1:], levels, n_axes, parts, False)):
        _filter_axis(planes, job, bank)


def copy_shifted(source: Array, target: Array, shift: Sequence[int], parts: int) -> None:
    """Copy the corner that both have, rolled by the last axes' shifts, to images (batch, z, y, x).

    The roll is that of the smaller images, as `numpy.roll` does it.
    """
    corner = Corner(*map(min, source.shape[1:], target.shape[1:]))
    places = (corner.planes, corner.rows, corner.columns // parts)
    padded = (*(0,) * (3 - len(shift)), *map(int, shift))
    turns = [turn % size for turn, size in zip(padded, places, strict=True)]
    turns[2] *= parts

    def copy(begin: int, end: int) -> None:
        copy_rolled(source[begin:end], target[begin:end], corner, Corner(*turns))

    _share(copy, len(source), source.size)


@lru_cache(maxsize=32)
def _plan_passes(shape: Shape, levels: int, n_axes: int, parts: int, forward: bool) -> list[Pass]:
    """Return the passes of an analysis in order."""
    passes = []
    for level in range(levels):
        halved = [level if axis >= 3 - n_axes else 0 for axis in range(3)]
        depth, height, row = (size >> times for size, times in zip(shape, halved, strict=True))
        passes += [Pass(axis, depth, height, row, parts, forward) for axis in (2, 1, 0)[:n_axes]]
    return passes


def _filter_axis(planes: Array, job: Pass, bank: Array) -> None:
    """Filter all images along one axis."""
    n_bundles = count_bundles(len(planes), job)

    def filter_some(begin: int, end: int) -> None:
        filter_bundles(planes, job, bank, begin, end)

    _share(filter_some, n_bundles, len(planes) * job.depth * job.height * job.row)


def _share(work: Callable[[int, int], None], n_pieces: int, n_numbers: int) -> None:
    """Do the pieces 0 .. `n_pieces` - 1 of some work, in threads where it is large."""
    n_workers = min(scipy.fft.get_workers(), n_pieces)
    if n_workers == 1 or n_numbers < _WORTH_A_THREAD:
        work(0, n_pieces)
        return
    ends = [n_pieces * (worker + 1) // n_workers for worker in range(n_workers)]
    begins = [0, *ends[:-1]]
    others = [
        _pool(n_workers - 1).submit(work, begin, end)
        for begin, end in zip(begins[1:], ends[1:], strict=True)
    ]
    work(0, ends[0])
    for other in others:
        other.result()


@lru_cache(maxsize=1)
def _pool(n_workers: int) -> ThreadPoolExecutor:
    """Return the threads that stay ready between passes."""
    return ThreadPoolExecutor(n_workers)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
