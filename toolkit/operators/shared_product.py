"""Products of a few vectors with a large matrix, shared with a second core if it is free.

The matrix is cut into parts that depend on its shape alone. The calling thread takes them from
the first on, a helper thread from the last on, and nobody waits: a part that the helper has
begun but not finished, since another program has its core, is computed again by the caller. So
a free second core halves the time, a busy one costs nothing, and the result has the same bits
either way. Every part is one product of the BLAS library in one thread.
"""

from __future__ import annotations

import os
from threading import Lock, Semaphore, Thread

import numpy as np

from ..arrays import Array
from ..execution.blas_threads import spare_cores

_PART = 2**20  # entries of the matrix
_FEWEST_PARTS = 8  # a smaller matrix is read before a helper is awake


def times_matrix(vectors: Array, matrix: Array) -> Array:
    """Return ``vectors @ matrix``, in parts where linear algebra has one thread.

    `vectors` has shape (..., n_rows), `matrix` (n_rows, n_columns).
    """
    n_parts, spare = min(matrix.size // _PART, matrix.shape[1]), spare_cores()
    if spare is None or n_parts < _FEWEST_PARTS:
        result: Array = vectors @ matrix
        return result
    product = _Product(vectors, matrix, n_parts)
    if spare:
        _helper().help_with(product)
    return product.finish()


class _Product:
    """A product whose parts two threads take from both ends."""

    def __init__(self, vectors: Array, matrix: Array, n_parts: int) -> None:
        edges = np.linspace(0, matrix.shape[1], n_parts + 1).astype(int)
        self._vectors, self._matrix, self._edges = vectors, matrix, edges
        self._parts: list[Array | None] = [None] * n_parts
        self._lock, self._first, self._last = Lock(), 0, n_parts

    def work_from_the_end(self) -> None:
        """Compute parts from the last one on, until all have been taken."""
        while (place := self._take(from_the_end=True)) is not None:
            self._parts[place] = self._part(place)

    def finish(self) -> Array:
        """Compute all parts that the helper has not, and return the product."""
        while (place := self._take(from_the_end=False)) is not None:
            self._parts[place] = self._part(place)
        parts = [self._part(n) if part is None else part for n, part in enumerate(self._parts)]
        return np.concatenate(parts, axis=-1)

    def _take(self, *, from_the_end: bool) -> int | None:
        with self._lock:
            if self._first == self._last:
                return None
            if from_the_end:
                self._last -= 1
                return self._last
            self._first += 1
            return self._first - 1

    def _part(self, place: int) -> Array:
        begin, end = self._edges[place : place + 2]
        result: Array = self._vectors @ self._matrix[:, begin:end]
        return result


class _Helper:
    """A thread that sleeps until there is a product to help with, one at a time."""

    def __init__(self) -> None:
        self._wake, self._free = Semaphore(0), Lock()
        self._product: _Product | None = None
        Thread(target=self._run, name="groupsparse-products", daemon=True).start()

    def help_with(self, product: _Product) -> None:
        """Begin to help, unless another product is still being worked on."""
        if self._free.acquire(blocking=False):
            self._product = product
            self._wake.release()

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            product, self._product = self._product, None
            if product is not None:
                product.work_from_the_end()
            del product  # nothing of the caller's is kept
            self._free.release()


_helpers: dict[int, _Helper] = {}  # of each process: threads do not survive a fork


def _helper() -> _Helper:
    """Return this process' helper."""
    process = os.getpid()
    if process not in _helpers:
        _helpers.clear()
        _helpers[process] = _Helper()
    return _helpers[process]
