"""Dense columns and data of a problem, without the unpenalised part and channels of pure noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ..arrays import Array, IntArray, squared_magnitude
from .channel_rotation import ChannelRotation
from .feature_view import FeatureView
from .signal_space import SignalSpace, find_signal_space

_LARGEST = 2**28
_ROUNDING = 1e-24


class ReducedData(NamedTuple):
    """``D = A X'`` plus noise, with only the channels that hold signal, in double precision.

    Attributes
    ----------
    columns : ndarray, shape (n_rows, n)
        Of the features in groups, group after group, orthogonal to unpenalised
        columns; Fortran order.
    free : ndarray, shape (n_rows, n_free)
        The unpenalised columns.
    data : ndarray, shape (n_rows, r)
        D, orthogonal to them.
    rotation : ChannelRotation
        From all K channels to those of D.
    norm : float
        Of the data of all channels, orthogonal to the unpenalised columns.
    noise_variance : float
        Of every entry.
    """

    columns: Array
    free: Array
    data: Array
    rotation: ChannelRotation
    norm: float
    noise_variance: float

    @classmethod
    def of(cls, view: FeatureView, rank: int | None, noise_level: float | None) -> ReducedData:
        """Return the columns and the reduced data of a problem.

        The rank of the signal and the norm of the noise are estimated if they are None. A
        `ValueError` if the columns are too many to be held, `rank` is larger than the data
        allow, or no channels are left from which to estimate the noise.
        """
        columns, free = (
            _fetch_columns(view, view.groups.indices),
            _fetch_columns(view, view.groups.unpenalised),
        )
        wide = np.result_type(view.data.dtype, np.float64)
        data = view.data.T.astype(wide)
        if free.shape[1]:
            basis = _find_basis(free)
            before = squared_magnitude(columns).sum(axis=0)
            columns = np.asfortranarray(_take_out(basis, columns))
            columns[:, squared_magnitude(columns).sum(axis=0) <= _ROUNDING * before] = 0
            data = _take_out(basis, data)
        space = find_signal_space(data.T, rank, noise_level, n_channels=view.n_channels)
        variance = _find_variance(space, (len(data), view.n_channels), noise_level)
        reduced = np.ascontiguousarray(space.rotation.reduce(data.T).T)
        norm = float(np.linalg.norm(data))
        return cls(columns, free, reduced, space.rotation, norm, variance)


def fit_least_norm(columns: Array, data: Array) -> Array:
    """Return the fit of least norm, (n, K), on columns of which any may depend on others."""
    # Dependence is a matter of the columns' directions, not of their lengths.
    lengths = np.sqrt(squared_magnitude(columns).sum(axis=0))
    lengths[lengths == 0] = 1
    rounding = 10 * max(columns.shape) * float(np.finfo(float).eps)
    unit = columns / lengths
    fit = scipy.linalg.lstsq(unit, data, cond=rounding, lapack_driver="gelsy")[0]
    result: Array = fit / lengths[:, None]
    return result


def _fetch_columns(view: FeatureView, features: IntArray) -> Array:
    """Return some columns of the operator, if they can be held."""
    n_rows = view.data.shape[1]
    if n_rows * features.size > _LARGEST:
        raise ValueError(
            f"operator must have at most {_LARGEST} entries to be held as one dense array, got "
            f"{n_rows} x {features.size}: reduce the number of features first, or use a solver "
            "that needs no matrix, such as FISTA or BlockOMP"
        )
    wide = np.result_type(view.operator.dtype, np.float64)
    if not features.size:
        return np.empty((n_rows, 0), wide)
    return view.operator.columns(features).astype(wide).T


def _find_basis(columns: Array) -> Array:
    """Return an orthonormal basis of the span of columns."""
    basis, factor, _ = scipy.linalg.qr(columns, mode="economic", pivoting=True)
    sizes = np.abs(factor.diagonal())
    result: Array = basis[:, sizes > len(columns) * np.finfo(float).eps * sizes[0]]
    return result


def _take_out(basis: Array, vectors: Array) -> Array:
    """Project vectors off a basis, twice, since rounding is left after the first time."""
    for _ in range(2):
        vectors = vectors - basis @ (basis.conj().T @ vectors)
    return vectors


def _find_variance(space: SignalSpace, shape: tuple[int, int], noise_level: float | None) -> float:
    """Return the variance of every entry of the data's noise."""
    if noise_level is not None:
        return noise_level**2 / (shape[0] * shape[1])
    beside = [extent - space.rank for extent in shape]
    if min(beside) < 1:
        raise ValueError(
            f"noise_level must be given: with {shape[0]} rows, {shape[1]} channels and a signal of "
            f"rank {space.rank}, no part of the data is noise alone, from which to estimate it"
        )
    return float((space.values[space.rank :] ** 2).sum()) / (beside[0] * beside[1])
