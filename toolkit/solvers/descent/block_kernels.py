"""Compiled sweeps over the groups of a working set.

The state is one row per channel, in one of two forms. As residuals, a group's
correlation is computed from its columns, and its change subtracts its columns:
two passes over them, the second in cache. As correlations of the working set,
it is read, and the change subtracts rows of the Gram matrix. Either way the
table's row ``places[j]`` is subtracted for feature ``j``: one kernel serves both.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...arrays import Array, IntArray
from ...execution.compiling import compile_kernel
from .block_steps import Block, Workspace, block_step, block_value

_FAST = {"reassoc", "nsz", "contract", "arcp"}  # sums may be vectorised; infinities count


class Blocks(NamedTuple):
    """The groups of a working set, one after another.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_blocks,)
        Which group of the penalty each is.
    indptr : ndarray of int, shape (n_blocks + 1,)
        Where each begins among the working features.
    offsets : ndarray of int, shape (n_blocks,)
        Where its square matrices begin.
    grams, vectors : ndarray, shape (sum of squared sizes,)
        Gram matrices and eigenvectors, row by row.
    values : ndarray of float, shape (n_features,)
        Eigenvalues, ridge included.
    ridges : ndarray of float, shape (n_blocks,)
        The ridge of each.
    """

    numbers: IntArray
    indptr: IntArray
    offsets: IntArray
    grams: Array
    vectors: Array
    values: Array
    ridges: Array


@compile_kernel(fastmath=_FAST)
def _correlate(table: Array, j: int, row: Array) -> Any:
    """Return ``<table_j, row>``, conjugate-linear in the first."""
    total = row[0] * 0
    column = table[j]
    for i in range(row.size):
        total += np.conj(column[i]) * row[i]
    return total


@compile_kernel(fastmath=_FAST)
def _subtract(table: Array, j: int, factor: Any, row: Array) -> None:
    """Subtract ``factor * table_j`` from `row`."""
    column = table[j]
    for i in range(row.size):
        row[i] -= factor * column[i]


@compile_kernel
def _energy(gram: Array, steps: Array, size: int) -> float:
    """Return ``||A_g d||^2`` for a group's steps `d`, over all channels."""
    energy = 0.0
    for k in range(steps.shape[0]):
        for i in range(size):
            total = steps[k, 0] * 0
            for j in range(size):
                total += gram[i, j] * steps[k, j]
            energy += steps[k, i].real * total.real + steps[k, i].imag * total.imag
    return max(0.0, energy)


@compile_kernel
def sweep(
    form: Any,
    blocks: Blocks,
    order: IntArray,
    table: Array,
    places: IntArray,
    is_gram: bool,
    state: Array,
    x: Array,
    norms: Array,
    work: Workspace,
) -> float:
    """Minimise over the groups in `order`, one after another.

    Returns the norm of all changes of the image, each scaled by the root of its
    group's largest eigenvalue: by how much the sweep has moved the gradient.
    """
    n_channels = x.shape[0]
    moved = 0.0
    for position in range(order.size):
        g = order[position]
        begin, size = blocks.indptr[g], blocks.indptr[g + 1] - blocks.indptr[g]
        offset = blocks.offsets[g]
        gram = blocks.grams[offset : offset + size * size].reshape((size, size))
        old = norms[g]
        for k in range(n_channels):
            for i in range(size):
                total = (
                    state[k, begin + i]
                    if is_gram
                    else _correlate(table, places[begin + i], state[k])
                )
                if old > 0:
                    for j in range(size):
                        total += gram[i, j] * x[k, begin + j]
                work.b[k, i] = total
                work.z[k, i] = x[k, begin + i]
        block = Block(
            gram,
            blocks.vectors[offset : offset + size * size].reshape((size, size)),
            blocks.values[begin : begin + size],
            blocks.ridges[g],
        )
        block_step(form, blocks.numbers[g], block, old, work)
        new = 0.0
        for k in range(n_channels):
            for i in range(size):
                after = work.z[k, i]
                step = after - x[k, begin + i]
                work.b[k, i] = step
                if step != 0:
                    x[k, begin + i] = after
                    _subtract(table, places[begin + i], step, state[k])
                new += after.real * after.real + after.imag * after.imag
        norms[g] = np.sqrt(new)
        moved += _energy(gram, work.b, size) * blocks.values[begin + size - 1]
    return float(np.sqrt(moved))


@compile_kernel
def penalty_value(form: Any, blocks: Blocks, order: IntArray, x: Array) -> float:
    """Return the penalty and the ridge of the groups in `order`."""
    total = 0.0
    for position in range(order.size):
        g = order[position]
        begin, size = blocks.indptr[g], blocks.indptr[g + 1] - blocks.indptr[g]
        total += block_value(form, blocks.numbers[g], x, begin, size)
        if blocks.ridges[g] > 0:
            for k in range(x.shape[0]):
                for i in range(begin, begin + size):
                    square = x[k, i].real * x[k, i].real + x[k, i].imag * x[k, i].imag
                    total += blocks.ridges[g] / 2 * square
    return total


@compile_kernel
def block_norms(blocks: Blocks, order: IntArray, x: Array, norms: Array) -> None:
    """Write the norms of the groups in `order`."""
    for position in range(order.size):
        g = order[position]
        total = 0.0
        for k in range(x.shape[0]):
            for i in range(blocks.indptr[g], blocks.indptr[g + 1]):
                total += x[k, i].real * x[k, i].real + x[k, i].imag * x[k, i].imag
        norms[g] = np.sqrt(total)
