"""The fit of data on a few columns, and the gain of every exchange of one.

Let P project off the chosen columns, ``e_j = P a_j`` be the projected column j and
``R = P Y`` the residual. Column j would reduce ``||R||_F^2`` by ``f_j / g_j`` with ``f_j =
||R^H e_j||^2`` and ``g_j = ||e_j||^2`` (Farahat, Ghodsi and Kamel, "Efficient greedy
feature selection for unsupervised learning", 2013, for Y = A). Along the unit vector d
that only column i of the chosen ones contributes, the data have the energy ``w =
||Y^H d||^2``; with ``a_j = d^H a_j`` and ``u_j = (P Y Y^H d)^H a_j``, column j in place of i
reduces it by ::

    (f_j + 2 Re(conj(a_j) u_j) + w |a_j|^2) / (g_j + |a_j|^2) - w

All pairs (i, j) of k chosen columns and N others cost one product of the matrix with
2 k vectors; a change of the set costs a product with two for each column that moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, squared_magnitude
from ...problem import Problem
from ...reformulations.channel_rotation import reduce_to_extent
from ...reformulations.feature_view import FeatureView
from ...ties import falling_order, index_of_largest
from ..least_squares.growing_fit import GreedyFit

_DEPENDENT = 1e-10  # of a column's energy: less, after projection, is rounding
_ROUNDING = 100.0  # a residual that is rounding, in units of the data's precision
_CHANGES = 16  # updates of f and g until they are recomputed
_BLOCK = 2**22  # numbers in a block of columns


class FeatureSwap(NamedTuple):
    """The exchange of the chosen column at a place for another, and the fall of the residual.

    `gain` is the decrease of the squared residual.
    """

    gain: float
    place: int
    entering: int


class _Probe(NamedTuple):
    """Products with unit vectors v: ``v^H A``, ``(P Y Y^H v)^H A`` and ``||Y^H v||^2``."""

    along: Array
    signal: Array
    energy: Array


class SubsetFit:
    """Data Y, (n_rows, K), fitted on chosen columns of a matrix A, (n_rows, n_columns).

    Both are kept with as few rows and channels as hold all that matters, in the same dtype.
    `error` is ``||R||_F^2``, `total` is ``||Y||_F^2``; gains that differ by less than `rounding`
    are equal.
    """

    def __init__(self, columns: Array, data: Array) -> None:
        self.total = float(squared_magnitude(data).sum())
        self._outside = 0.0  # the energy of the data that no column reaches
        if len(columns) > columns.shape[1]:
            rotation, columns = scipy.linalg.qr(columns, mode="economic", check_finite=False)
            whole, data = data, rotation.conj().T @ data
            self._outside = float(squared_magnitude(whole - rotation @ data).sum())
        self.columns, self.data = np.ascontiguousarray(columns), reduce_to_extent(data.T).T
        norms = _compute_energies(self.columns)
        self._floor = np.where(norms > 0, _DEPENDENT * norms, np.inf)
        self.choose([])

    @property
    def is_exact(self) -> bool:
        """Whether the residual is rounding."""
        return self.error <= (_ROUNDING * float(np.finfo(self.data.dtype).eps)) ** 2 * self.total

    @property
    def problem(self) -> Problem:
        """The same fit as a problem, with as few rows and channels as hold all that matters."""
        return Problem(self.columns, self.data)

    def choose(self, chosen: list[int]) -> None:
        """Replace the chosen columns by others, which must be independent."""
        self._take(chosen)
        self._refresh()

    def find_gains(self) -> Array:
        """Return by how much each column would reduce the squared residual.

        -1 for chosen columns, and those that depend on them.
        """
        usable = self._left > self._floor
        usable[self.chosen] = False
        result = np.full(self._left.size, -1.0)
        np.divide(self._explained, self._left, out=result, where=usable)
        return result

    def find_losses(self) -> Array:
        """Return by how much the squared residual would grow without each chosen column."""
        result: Array = squared_magnitude(self._duals.conj().T @ self.data).sum(axis=1)
        return result

    def grow(self, number: int = 0) -> bool:
        """Include the column that explains most, or the next one; return whether there is one.

        No column explains a residual that is rounding.
        """
        gains = self.find_gains()
        if self.is_exact or number >= gains.size:
            return False
        if number:
            column = int(falling_order(gains, self.rounding)[number])
        else:
            column = index_of_largest(gains, self.rounding)
        if gains[column] < 0:
            return False
        self.include(column)
        return True

    def include(self, column: int) -> None:
        """Choose one more column, independent of those chosen."""
        entering = self._project(self.columns[:, [column]])
        probe = self._probe(entering / np.linalg.norm(entering), self._project)
        self._take([*self.chosen, column])
        self._update((probe, -1.0))

    def remove(self, place: int) -> None:
        """Remove the chosen column at a place."""
        probe = self._probe(self._duals[:, [place]], self._project)
        self._take([*self.chosen[:place], *self.chosen[place + 1 :]])
        self._update((probe, 1.0))

    def exchange(self, place: int, column: int) -> None:
        """Exchange the chosen column at a place for another, with one factorisation."""
        leaving = self._duals[:, [place]]

        def project_off_others(vectors: Array) -> Array:
            result: Array = self._project(vectors) + leaving @ (leaving.conj().T @ vectors)
            return result

        entering = project_off_others(self.columns[:, [column]])
        first = self._probe(leaving, self._project)
        then = self._probe(entering / np.linalg.norm(entering), project_off_others)
        self._take([*self.chosen[:place], column, *self.chosen[place + 1 :]])
        self._update((first, 1.0), (then, -1.0))

    def find_best_exchange(self) -> FeatureSwap | None:
        """Return the exchange that reduces the residual most, if any is possible."""
        if not self.chosen:
            return None
        probe = self._probe(self._duals, self._project)
        left = squared_magnitude(probe.along)
        gains = _multiply_real(probe.along, probe.signal)
        gains *= 2
        gains += probe.energy[:, None] * left
        gains += self._explained
        left += self._left
        usable = left > self._floor
        usable[:, self.chosen] = False
        np.divide(gains, left, out=gains, where=usable)
        gains -= probe.energy[:, None]
        gains[~usable] = -np.inf
        place, entering = divmod(index_of_largest(gains.ravel(), self.rounding), gains.shape[1])
        return FeatureSwap(float(gains[place, entering]), place, entering)

    def _take(self, chosen: list[int]) -> None:
        """Factorise the chosen columns, and project the data off them."""
        self.chosen = list(chosen)
        # NumPy's calls are faster for small matrices, of which there are thousands.
        self._basis, triangle = np.linalg.qr(self.columns[:, self.chosen])
        duals = self._basis @ np.linalg.inv(triangle).conj().T
        self._duals = duals / np.sqrt(_compute_energies(duals))
        residual = self._project(self.data)
        self.error = float(squared_magnitude(residual).sum()) + self._outside

    def _refresh(self) -> None:
        """Compute f and g from the definition, a block of columns at a time."""
        residual = self._project(self.data)
        n_rows, n_columns = self.columns.shape
        self._left, self._explained = np.empty(n_columns), np.empty(n_columns)
        step = max(1, _BLOCK // max(n_rows, 1))
        for begin in range(0, n_columns, step):
            block = slice(begin, begin + step)
            left = self._project(self.columns[:, block])
            self._left[block] = _compute_energies(left)
            self._explained[block] = _compute_energies(residual.conj().T @ left)
        self._n_updates = 0
        eps = _ROUNDING * float(np.finfo(self.data.dtype).eps)
        self.rounding = eps * self.error + eps**2 * self.total

    def _update(self, *changes: tuple[_Probe, float]) -> None:
        """Update f and g for columns removed (+1) or included (-1) along unit vectors."""
        self._n_updates += 1
        if self._n_updates >= _CHANGES:
            self._refresh()
            return
        for probe, sign in changes:
            along, signal = probe.along[0], probe.signal[0]
            energy = squared_magnitude(along)
            self._left += sign * energy
            self._explained += 2 * sign * _multiply_real(along, signal)
            self._explained += probe.energy[0] * energy
        np.maximum(self._explained, 0, out=self._explained)

    def _probe(self, vectors: Array, project: Callable[[Array], Array]) -> _Probe:
        """Return the products with unit vectors, given as columns."""
        images = self.data.conj().T @ vectors
        both = np.hstack([vectors, project(self.data @ images)]).conj().T @ self.columns
        n = vectors.shape[1]
        return _Probe(both[:n], both[n:], squared_magnitude(images).sum(axis=0))

    def _project(self, vectors: Array) -> Array:
        """Return vectors, given as columns, projected off the chosen columns."""
        result: Array = vectors - self._basis @ (self._basis.conj().T @ vectors)
        return result


def extract_columns_and_data(view: FeatureView, features: IntArray) -> tuple[Array, Array]:
    """Return columns, (n_rows, n), and data, (n_rows, K), of some features for `SubsetFit`.

    Both are in double precision and in units of their largest entries, and are projected off
    the features that are always fitted.
    """
    fit = GreedyFit(view)
    dtype = np.result_type(fit.residual.dtype, np.float64)
    columns = view.operator.columns(features).astype(dtype)
    if view.groups.unpenalised.size:
        before = _compute_energies(columns.T)
        fit.include(view.groups.unpenalised)
        fit.qr.take_out(columns)
        fit.qr.take_out(columns)
        columns[_compute_energies(columns.T) <= _DEPENDENT * before] = 0
    data = fit.residual.T.astype(dtype)
    return columns.T / _find_largest(columns), data / _find_largest(data)


def sort_by_importance(columns: Array, data: Array, chosen: list[int]) -> IntArray:
    """Return independent chosen columns in the order of forward selection among them."""
    members = np.sort(np.asarray(chosen, dtype=np.intp))
    fit = SubsetFit(columns[:, members], data)
    for _ in range(members.size):
        gains = fit.find_gains()
        free = np.setdiff1d(np.arange(members.size), fit.chosen)
        fit.choose([*fit.chosen, int(free[index_of_largest(gains[free], fit.rounding)])])
    return members[np.asarray(fit.chosen, dtype=np.intp)]


def _find_largest(x: Array) -> float:
    """Return the largest magnitude, or 1."""
    return float(np.abs(x).max(initial=0.0)) or 1.0


def _compute_energies(vectors: Array) -> Array:
    """Return the squared norms of columns."""
    result: Array = np.einsum("ij,ij->j", vectors.real, vectors.real)
    if np.iscomplexobj(vectors):
        result = result + np.einsum("ij,ij->j", vectors.imag, vectors.imag)
    return result


def _multiply_real(one: Array, other: Array) -> Array:
    """Return the real part of ``conj(one) * other``."""
    if not np.iscomplexobj(one):
        return one * other
    result: Array = one.real * other.real + one.imag * other.imag
    return result
