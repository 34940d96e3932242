"""Least squares on active columns of an explicit matrix, by Cholesky of their Gram matrix.

Inner products between columns are computed once, when both have been active,
and kept: a change of the active set by m columns costs ``n_rows * m`` times the
columns seen so far, one factorisation serves all K right-hand sides, and one
step of refinement brings back the digits that the Gram matrix loses.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ..arrays import Array, IntArray


class DenseFitter:
    """Least squares on sets of columns of `dictionary`.

    Parameters
    ----------
    dictionary : ndarray, shape (n_rows, n_features)
        Columns, orthonormal inside every group; dependent ones are zero.
    independent : ndarray of bool, shape (n_features,)
        Which columns are not zero.
    data : ndarray, shape (K, n_rows)
        The right-hand sides.
    """

    def __init__(self, dictionary: Array, independent: Array, data: Array) -> None:
        self.dictionary, self.independent, self.data = dictionary, independent, data
        self.correlations = self._correlate(data)
        self._wide = np.result_type(dictionary.dtype, np.float64)
        self._gram = np.zeros((0, 0), self._wide)
        self._place = np.full(dictionary.shape[1], -1)
        self._seen = np.zeros(0, dtype=np.intp)

    def fit(self, active: Array, start: Array, accuracy: float) -> tuple[Array, Array, Array, bool]:
        """Fit on the marked features.

        Parameters
        ----------
        active : ndarray of bool, shape (n_features,)
            The features that may be used.
        start : ndarray, shape (K, n_features)
            Not needed by a direct method.
        accuracy : float
            Reached in any case, up to rounding.

        Returns
        -------
        coef, residual, dual : ndarray
            Of shapes (K, n_features), (K, n_rows), (K, n_features).
        exact : bool
            True.
        """
        chosen = np.flatnonzero(active & self.independent)
        coef = np.zeros_like(start)
        residual = self.data
        if chosen.size:
            columns = self.dictionary[:, chosen]
            coef[:, chosen] = self._solve(chosen, columns)
            residual = self.data - coef[:, chosen] @ columns.T
        return coef, residual, self._correlate(residual), True

    def _correlate(self, y: Array) -> Array:
        """Return ``D^H y`` for every row of `y`."""
        if np.iscomplexobj(self.dictionary):
            result: Array = np.conj(np.conj(y) @ self.dictionary)
        else:
            result = y @ self.dictionary
        return result

    def _solve(self, chosen: IntArray, columns: Array) -> Array:
        """Return the coefficients of the chosen columns, shape (K, n_chosen)."""
        self._extend_gram(chosen, columns)
        places = self._place[chosen]
        gram = self._gram[np.ix_(places, places)]
        try:
            factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True)
        except np.linalg.LinAlgError:
            result: Array = scipy.linalg.lstsq(columns, self.data.T)[0].T
            return result
        solution = scipy.linalg.cho_solve(factor, self.correlations[:, chosen].T).T
        remainder = self.data - solution @ columns.T
        solution += scipy.linalg.cho_solve(factor, (remainder @ columns.conj()).T).T
        return solution

    def _extend_gram(self, chosen: IntArray, columns: Array) -> None:
        """Add the inner products of columns that are active for the first time."""
        is_new = self._place[chosen] < 0
        fresh = chosen[is_new]
        if not fresh.size:
            return
        n_old, n_all = self._seen.size, self._seen.size + fresh.size
        self._place[fresh] = np.arange(n_old, n_all)
        self._seen = np.concatenate([self._seen, fresh])
        if n_all > self._gram.shape[0]:
            larger = np.zeros((2 * n_all, 2 * n_all), self._wide)
            larger[:n_old, :n_old] = self._gram[:n_old, :n_old]
            self._gram = larger
        new_columns = columns[:, is_new].astype(self._wide, copy=False)
        products = self.dictionary[:, self._seen].conj().T.astype(self._wide, copy=False)
        block = products @ new_columns
        self._gram[:n_all, n_old:n_all] = block
        self._gram[n_old:n_all, :n_old] = block[:n_old].conj().T
