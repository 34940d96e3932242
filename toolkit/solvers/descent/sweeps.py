"""Compiled sweeps over the groups of a working set, and the extrapolation of their iterates.

The state of a sweep is one row per channel, in one of two forms. As residuals, a
group's correlation is computed from its columns, and its change subtracts its
columns: two passes over them, the second in cache. As correlations of the working
set, it is read, and the change subtracts rows of the Gram matrix. Either way the
table's row ``places[j]`` is subtracted for feature ``j``: one kernel serves both.
Residuals of weighted least squares change by weights times columns; the rows after
them then add up the change of the image itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...arrays import Array, IntArray, real_dtype
from ...execution.compiling import compile_kernel
from ...losses.hessian_forms import DiagonalHessian, HessianForm
from ...penalties.block_forms import BlockForm
from .block_steps import (
    Block,
    ScaledWorkspace,
    Workspace,
    block_step,
    block_value,
    channel_scale,
    largest_value,
)
from .newton.hessian_steps import subtract_turned

_FAST = {"reassoc", "nsz", "contract", "arcp"}  # sums may be vectorised; infinities count
_RIDGE = 1e-12  # of the trace, in the small system of an extrapolation


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


class Rows(NamedTuple):
    """A table with the columns of the operator, or of the Gram matrix, as rows.

    Row ``places[j]`` is that of working feature ``j``. Where residuals change by `hessian` times
    columns, `change` is room for one row per channel, else it is empty.
    """

    table: Array
    places: IntArray
    are_gram: bool
    hessian: HessianForm
    change: Array


def make_rows(
    table: Array,
    places: IntArray,
    *,
    are_gram: bool,
    hessian: HessianForm | None = None,
    residual: Array | None = None,
) -> Rows:
    """Return a table for sweeps, of such residuals where there is a Hessian."""
    if hessian is None:
        hessian = DiagonalHessian(np.empty((0, 0), real_dtype(table.dtype)))
    change = np.empty((0, 0), table.dtype) if residual is None else np.zeros_like(residual)
    return Rows(table, places, are_gram, hessian, change)


def make_blocks(dtype: np.dtype[Any]) -> Blocks:
    """Return no blocks, for coefficients of this dtype."""
    whole, real = np.empty(0, np.intp), np.empty(0, real_dtype(dtype))
    begin, square = np.zeros(1, np.intp), np.empty(0, dtype)
    return Blocks(whole, begin, whole, square, square, real, np.empty(0))


def extend_blocks(
    blocks: Blocks, numbers: IntArray, sizes: IntArray, grams: list[Array], ridges: Array
) -> Blocks:
    """Return the blocks followed by others, whose Gram matrices are decomposed."""
    values, vectors = _decompose(grams, sizes, ridges)
    starts = blocks.grams.size + np.cumsum(sizes**2) - sizes**2
    return Blocks(
        np.concatenate([blocks.numbers, numbers]),
        np.concatenate([blocks.indptr, blocks.indptr[-1] + np.cumsum(sizes)]),
        np.concatenate([blocks.offsets, starts]),
        np.concatenate([blocks.grams, *(gram.ravel() for gram in grams)]),
        np.concatenate([blocks.vectors, *(vector.ravel() for vector in vectors)]),
        np.concatenate([blocks.values, *values]),
        np.concatenate([blocks.ridges, ridges]),
    )


def replace_grams(blocks: Blocks, order: IntArray, grams: list[Array]) -> None:
    """Replace the Gram matrices of the blocks in `order`."""
    sizes = np.diff(blocks.indptr)[order]
    values, vectors = _decompose(grams, sizes, blocks.ridges[order])
    for place, size, gram, value, basis in zip(order, sizes, grams, values, vectors, strict=True):
        square = slice(blocks.offsets[place], blocks.offsets[place] + size * size)
        blocks.grams[square], blocks.vectors[square] = gram.ravel(), basis.ravel()
        blocks.values[blocks.indptr[place] : blocks.indptr[place] + size] = value


def _decompose(
    grams: list[Array], sizes: IntArray, ridges: Array
) -> tuple[list[Array], list[Array]]:
    """Return eigenvalues and vectors of all matrices, those of one size at a time."""
    values: list[Array] = [np.empty(0)] * len(grams)
    vectors: list[Array] = [np.empty(0)] * len(grams)
    for size in np.unique(sizes):
        which = np.flatnonzero(sizes == size)
        found, basis = np.linalg.eigh(np.stack([grams[i] for i in which]))
        rounding = size * float(np.finfo(found.dtype).eps)
        found[found <= rounding * found[:, -1:]] = 0
        found += ridges[which, None].astype(found.dtype)
        for i, place in enumerate(which):
            values[place], vectors[place] = found[i], basis[i]
    return values, vectors


@compile_kernel(fastmath=_FAST)
def _correlate(table: Array, j: int, row: Array) -> Any:
    """Return ``<table_j, row>``, conjugate-linear in the first."""
    total = row[0] * 0
    column = table[j]
    for i in range(row.size):
        total += np.conj(column[i]) * row[i]
    return total


@compile_kernel(fastmath=_FAST)
def _subtract(table: Array, j: int, factor: complex, row: Array) -> None:
    """Subtract ``factor * table_j`` from `row`."""
    column = table[j]
    for i in range(row.size):
        row[i] -= factor * column[i]


@compile_kernel(fastmath=_FAST)
def _add(table: Array, j: int, factor: complex, row: Array) -> None:
    """Add ``factor * table_j`` to `row`."""
    column = table[j]
    for i in range(row.size):
        row[i] += factor * column[i]


@compile_kernel
def add_columns(table: Array, places: IntArray, x: Array, image: Array) -> None:
    """Add combinations of some rows of a table to the image, one per channel."""
    for j in range(places.size):
        for k in range(x.shape[0]):
            _add(table, places[j], x[k, j], image[k])


@compile_kernel(fastmath=_FAST)
def _settle(rows: Rows, state: Array) -> None:
    """Move the change to residuals and image, and clear it."""
    n_channels = rows.change.shape[0]
    subtract_turned(rows.hessian, rows.change, state)
    for k in range(n_channels):
        for i in range(rows.change.shape[1]):
            state[n_channels + k, i] += rows.change[k, i]
            rows.change[k, i] = 0


@compile_kernel
def _energy(gram: Array, size: int, work: Workspace | ScaledWorkspace) -> float:
    """Return ``||A_g d||^2`` for a group's steps `d`, in ``work.b``, over all channels."""
    steps, energy = work.b, 0.0
    for k in range(steps.shape[0]):
        scale = channel_scale(work, k)
        for i in range(size):
            total = steps[k, 0] * 0
            for j in range(size):
                total += gram[i, j] * steps[k, j]
            part = steps[k, i].real * total.real + steps[k, i].imag * total.imag
            energy += scale * part
    return max(0.0, energy)


@compile_kernel
def sweep(
    form: BlockForm,
    blocks: Blocks,
    order: IntArray,
    rows: Rows,
    state: Array,
    x: Array,
    norms: Array,
    work: Workspace | ScaledWorkspace,
) -> float:
    """Minimise over the groups in `order`, one after another.

    Return the norm of all changes of the image, each scaled by the root of its
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
            scale = channel_scale(work, k)
            for i in range(size):
                total = (
                    state[k, begin + i]
                    if rows.are_gram
                    else _correlate(rows.table, rows.places[begin + i], state[k])
                )
                if old > 0:
                    for j in range(size):
                        total += scale * (gram[i, j] * x[k, begin + j])
                work.b[k, i] = total
                work.z[k, i] = x[k, begin + i]
        block = Block(
            gram,
            blocks.vectors[offset : offset + size * size].reshape((size, size)),
            blocks.values[begin : begin + size],
            blocks.ridges[g],
        )
        block_step(form, blocks.numbers[g], block, old, work)
        new, moves = 0.0, False
        for k in range(n_channels):
            scale = channel_scale(work, k)
            for i in range(size):
                after = work.z[k, i]
                step = after - x[k, begin + i]
                work.b[k, i] = step
                if step != 0:
                    x[k, begin + i] = after
                    if rows.change.size:
                        moves = True
                        _add(rows.table, rows.places[begin + i], step, rows.change[k])
                    else:
                        _subtract(rows.table, rows.places[begin + i], scale * step, state[k])
                new += after.real * after.real + after.imag * after.imag
        if moves:
            _settle(rows, state)
        norms[g] = np.sqrt(new)
        moved += _energy(gram, size, work) * largest_value(block, work)
    return float(np.sqrt(moved))


@compile_kernel
def penalty_value(form: BlockForm, blocks: Blocks, order: IntArray, x: Array) -> float:
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


@compile_kernel
def copy_rows(source: Array, target: Array) -> None:
    """Copy an array of two axes."""
    for i in range(source.shape[0]):
        for k in range(source.shape[1]):
            target[i, k] = source[i, k]


@compile_kernel(error_model="numpy")
def _solve_for_ones(gram: Array) -> Array:
    """Solve a small positive definite system with ones on the right; `gram` is overwritten."""
    n = len(gram)
    x = np.ones(n)
    for j in range(n):
        for i in range(j + 1, n):
            factor = gram[i, j] / gram[j, j]
            x[i] -= factor * x[j]
            for k in range(j + 1, n):
                gram[i, k] -= factor * gram[j, k]
    for j in range(n - 1, -1, -1):
        for k in range(j + 1, n):
            x[j] -= gram[j, k] * x[k]
        x[j] /= gram[j, j]
    return x


@compile_kernel
def _multiply_steps(points: Array, i: int, j: int) -> float:
    """Return the inner product of the steps after two points, in double precision."""
    total = 0.0
    for m in range(points.shape[1]):
        for k in range(points.shape[2]):
            after, before = points[i + 1, m, k], points[i, m, k]
            other_after, other_before = points[j + 1, m, k], points[j, m, k]
            real = float(other_after.real) - float(other_before.real)
            imaginary = float(other_after.imag) - float(other_before.imag)
            total += (float(after.real) - float(before.real)) * real
            total += (float(after.imag) - float(before.imag)) * imaginary
    return total


@compile_kernel(error_model="numpy")
def _choose_weights(points: Array, ridge: float) -> Array:
    """Return the weights, of sum one, that make the combined step smallest (Anderson)."""
    n = len(points) - 1
    gram = np.empty((n, n))
    trace, total = 0.0, 0.0
    for i in range(n):
        for j in range(i + 1):
            gram[i, j] = gram[j, i] = _multiply_steps(points, i, j)
        trace += gram[i, i]
    for i in range(n):
        gram[i, i] += ridge * trace + 1e-300
    weights = _solve_for_ones(gram)
    for i in range(n):
        total += weights[i]
    return weights / total


@compile_kernel
def _write_mean(weights: Array, arrays: Array, mean: Array) -> None:
    """Write the weighted mean of all arrays but the first."""
    for m in range(mean.shape[0]):
        for k in range(mean.shape[1]):
            mean[m, k] = 0
            for i in range(weights.size):
                mean[m, k] += weights[i] * arrays[i + 1, m, k]


@compile_kernel
def combine(points: Array, states: Array, ridge: float, ahead: Array, there: Array) -> bool:
    """Write the weighted means of points and states; return whether there are any.

    The ridge, relative to the trace, regularises the system for the weights.
    """
    weights = _choose_weights(points, ridge)
    _write_mean(weights, points, ahead)
    _write_mean(weights, states, there)
    return bool(np.isfinite(weights).all())


class Anderson:
    """The last iterates of sweeps, to be combined (Anderson; Bertrand and Massias, 2021)."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._points: list[Array] = []
        self._states: list[Array] = []

    def extrapolate(self, x: Array, state: Array) -> tuple[Array, Array] | None:
        """Add an iterate; after every `depth` steps, return the combined iterate and state.

        The state is an affine function of the iterate. Both are copied.
        """
        self._points.append(x.copy())
        self._states.append(state.copy())
        if len(self._points) <= self.depth:
            return None
        points, states = np.stack(self._points), np.stack(self._states)
        self._points, self._states = [], []
        ahead, there = np.empty(x.shape, x.dtype), np.empty(state.shape, state.dtype)
        return (ahead, there) if combine(points, states, _RIDGE, ahead, there) else None
