"""The recovery problem: a linear operator, data, and groups of unknowns."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, Shape, as_double, as_filled_array, as_finite_array, is_single
from .checks import check_instance
from .groups import AcrossAxis, Groups
from .groups.parsing import GroupsLike, make_groups
from .losses import DataTerm, Loss, Squared
from .magnitudes import (
    ColumnNorms,
    check_finite,
    check_magnitude,
    check_values,
    find_largest_coefficient,
    find_norm,
    fit_single_precision,
)
from .operators import Joint, Operator, OperatorLike, Weighting, Whitening, as_operator


class Problem:
    """A recovery problem: find group-sparse `x` with ``A x`` close to `data`.

    Parameters
    ----------
    operator : Operator, array_like, scipy.sparse matrix or LinearOperator
        ``A``. If the data have one axis more than its range, the operator
        serves every channel along it (`Joint`): the last axis for matrices,
        the first for image operators.
    data : array_like
        ``y``, real or complex.
    groups : Groups, int, array_like or sequence of array_like, optional
        A block size, labels (-1 = unpenalised) or index arrays, over the
        features of one channel; every group then holds its features in all
        channels. None makes each feature a group. A `Groups` over all
        coefficients, or `Groups.across`, is used as it is.
    loss : Loss, optional
        How badly ``A x`` explains the data; by default `Squared`.
    weights : array_like of float, optional
        Inverse standard deviations of the noise, not negative: of the data's shape, or
        broadcastable to it. `Squared` and `Huber` then see residuals ``w (y - A x)``, any other
        loss counts a datum ``w^2`` times. A datum of weight zero is left out.
    covariance : array_like, shape (K, K), optional
        ``E[n_i conj(n_j)]`` of the noise in the K channels of every datum, Hermitian and positive
        definite; with weights, of the weighted noise. `Squared` and `Huber` then see residuals
        that `Whitening` has made white.
    offset : array_like of float, optional
        Added to ``A x``: of the data's shape, or broadcastable to it.

    Attributes
    ----------
    operator : Operator
        From `shape` to the data's shape. With weights or a covariance of a squared loss, the
        whitened one, so that residuals and noise levels are norms of whitened noise.
    data : ndarray
        Floating point, never changed. Whitened, and without the offset, as the operator is.
    loss : Loss
        The loss.
    groups : Groups
        Over the flattened coefficients.
    shape : tuple of int
        The shape of the coefficients.
    dtype : numpy.dtype
        The dtype of the coefficients.
    n_data : int
        The number of data, without those of weight zero.

    Notes
    -----
    Single precision becomes double where operator or data are so large, or so small, that powers of
    them would overflow or underflow in it: beyond about 1e-4 to 1e4. In double precision the
    largest value of each must lie between 1e-45 and 1e45.

    Raises
    ------
    ValueError
        If shapes do not fit, something is empty, not finite or out of range, the groups
        do not describe the features, or the data cannot be data of the loss.

    Examples
    --------
    >>> problem = Problem(np.eye(4), [1.0, 2.0, 0.0, 0.0], groups=2)
    >>> problem.groups.n_groups, problem.shape
    (2, (4,))
    """

    def __init__(
        self,
        operator: OperatorLike,
        data: ArrayLike,
        groups: GroupsLike = None,
        *,
        loss: Loss | None = None,
        weights: ArrayLike | None = None,
        covariance: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> None:
        self.loss = Squared() if loss is None else loss
        check_instance("loss", self.loss, Loss)
        self.operator, self.data = as_operator(operator), self.loss.read_data(data)
        self._weights = _read_weights(weights, self.data.shape)
        left_out = 0 if self._weights is None else np.count_nonzero(self._weights == 0)
        self.n_data = self.data.size - int(left_out)
        self._offset = _read_offset(offset, self.data.shape)
        self._set_operator(_match_channels(self.operator, self.data.shape))
        self.groups = self._bind(groups)
        if self.loss.whitens:
            self._whiten(covariance)
        elif covariance is not None:
            raise ValueError(f"covariance is for Squared and Huber, not for {self.loss!r}")
        self._check_complex()

    def _set_operator(self, operator: Operator) -> None:
        """Set the operator, in double precision where single cannot hold its powers."""
        if needs_double(operator, self.data):
            operator, self.data = operator.widen(), as_double(self.data)
        self.operator, self.shape = operator, operator.domain_shape
        self.dtype = np.result_type(operator.dtype, self.data.dtype)

    def _whiten(self, covariance: ArrayLike | None) -> None:
        """Make the noise white in operator and data, after subtracting the offset from the data."""
        if self._offset is not None:
            self._subtract(self._offset)
        if self._weights is not None:
            self._apply_whitening(Weighting(self._weights))
        if covariance is not None:
            self._apply_whitening(self._read_covariance(covariance))
        self._weights = self._offset = None

    def _subtract(self, offset: Array) -> None:
        """Subtract an offset from the data, in double precision where that is needed."""
        data = as_double(self.data) - offset
        check_values(data, "the data without the offset")
        if np.abs(data).max() <= np.finfo(self.data.dtype).max:
            data = data.astype(self.data.dtype, copy=False)
        self.data = data
        self._set_operator(self.operator)

    def _apply_whitening(self, whitening: Operator) -> None:
        """Apply a whitening to operator and data, in double precision where that is needed."""
        operator = whitening @ self.operator
        if operator is self.operator:
            return
        data = whitening.apply(as_double(self.data))
        check_values(data, "the whitened data")
        dtype = np.result_type(self.data.dtype, whitening.dtype)
        if is_single(operator.dtype) and not needs_double(operator, data):
            data = data.astype(dtype, copy=False)
        self.data = data
        self._set_operator(operator)

    def _read_covariance(self, covariance: ArrayLike) -> Whitening:
        if self.data.ndim < 2:
            raise ValueError(f"covariance needs data with channels, got shape {self.data.shape}")
        whitening = Whitening(covariance, self.data.shape, self.operator.channel_axis)
        if whitening.dtype.kind == "c" and self.dtype.kind != "c":
            raise ValueError("covariance must be real, as operator and data are")
        return whitening

    def _check_complex(self) -> None:
        if self.dtype.kind == "c" and not self.loss.takes_complex:
            raise ValueError(f"operator and data must be real for {self.loss!r}, got {self.dtype}")

    @cached_property
    def term(self) -> DataTerm:
        """The loss with the data, as a function of ``A x``."""
        return self.loss.bind(self.data, self._weights, self._offset)

    def with_operator(self, operator: Operator, groups: Groups) -> Problem:
        """Return the problem with another operator of the same range, and groups of its domain."""
        other = copy(self)
        other._set_operator(operator)
        other.groups = groups
        return other

    def with_offset(self, image: Array) -> Problem:
        """Return the problem with an image of coefficients that are held added to every ``A x``."""
        other = copy(self)
        other.__dict__.pop("term", None)
        if self.loss.whitens:
            other.data = self.data - image
        else:
            other._offset = image if self._offset is None else self._offset + image
        return other

    def _bind(self, groups: GroupsLike) -> Groups:
        """Return the given groups as groups over all coefficients."""
        n_coefs = prod(self.shape)
        if isinstance(groups, AcrossAxis):
            return groups.bind(self.shape)
        if self.operator.n_channels is not None:
            if isinstance(groups, Groups) and groups.n_coefs == n_coefs:
                return groups
            features = make_groups(groups, n_coefs // self.operator.n_channels)
            return features.over_channels(self.shape, self.operator.channel_axis)
        return make_groups(groups, n_coefs)

    @property
    def n_multiplications(self) -> int:
        """The number of multiplications in ``A x``, where ``A`` is one matrix per channel."""
        n_features = prod(self.shape) // (self.operator.n_channels or 1)
        return self.data.size * n_features

    def copy_start(self, start: ArrayLike) -> Array:
        """Return coefficients to start from, as a copy in the problem's dtype.

        A `ValueError` if they have another shape, hold NaN, infinite or extreme values, or are
        complex where operator and data are real. Values so small that their squares underflow
        become zero.
        """
        array = as_filled_array(start, "start")
        check_finite(array, "start")
        if array.shape != self.shape:
            raise ValueError(f"start must have shape {self.shape}, got {array.shape}")
        if array.dtype.kind == "c" and self.dtype.kind != "c":
            raise ValueError("start must be real, as operator and data are; got complex values")
        magnitudes, most = np.abs(array).astype(float), find_largest_coefficient(self.dtype)
        if magnitudes.max() > most:
            raise ValueError(
                f"start has values up to {magnitudes.max():.1e}; at most {most:g} are possible "
                f"in {self.dtype}"
            )
        return np.where(magnitudes * most >= 1, array, 0).astype(self.dtype)

    def __repr__(self) -> str:
        return f"Problem({self.operator!r}, {self.groups.n_groups} groups, {self.dtype})"


def _read_weights(weights: ArrayLike | None, shape: Shape) -> Array | None:
    """Return weights in the shape of the data; a `ValueError` if they are none."""
    if weights is None:
        return None
    array = _broadcast_real(weights, "weights", shape)
    if array.min() < 0 or not array.max() > 0:
        raise ValueError(
            "weights must not be negative, and not all zero, "
            f"got values from {array.min():g} to {array.max():g}"
        )
    return array


def _read_offset(offset: ArrayLike | None, shape: Shape) -> Array | None:
    """Return an offset in the shape of the data; a `ValueError` if it is none."""
    return None if offset is None else _broadcast_real(offset, "offset", shape)


def _broadcast_real(values: ArrayLike, name: str, shape: Shape) -> Array:
    array = as_finite_array(values, name)
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must be real, got {array.dtype}")
    if array.shape != shape:
        try:
            return np.broadcast_to(array, shape)
        except ValueError:
            raise ValueError(
                f"{name} must be broadcastable to the data's shape {shape}, got {array.shape}"
            ) from None
    return array


def needs_double(operator: Operator, data: Array) -> bool:
    """Return whether powers of single-precision values would overflow, or lose their digits.

    A `ValueError` if an operator of unknown columns turns out to be out of the range of double
    precision.
    """
    columns = operator.column_range or _estimate_norms(operator, data)
    if columns is None or not (is_single(data.dtype) or is_single(operator.dtype)):
        return False
    return not fit_single_precision(columns, find_norm(data))


def _estimate_norms(operator: Operator, data: Array) -> ColumnNorms | None:
    """Return the order of the columns' norms by one product; None if it is zero or not finite."""
    largest = float(np.abs(data).max())
    if not largest:
        return None
    direction = data / largest
    norm = find_norm(operator.adjoint(direction)) / find_norm(direction)
    if not 0 < norm < np.inf:
        return None
    check_magnitude("operator", norm, "column norms")
    return ColumnNorms(norm, norm)


def _match_channels(operator: Operator, data_shape: Shape) -> Operator:
    """Return the operator itself, or the same for every channel of the data."""
    expected = operator.range_shape
    if data_shape == expected:
        return operator
    if len(data_shape) == len(expected) + 1:
        axis = operator.channel_axis
        if tuple(np.delete(data_shape, axis).tolist()) == expected:
            return Joint(operator, data_shape[axis])
    place = "first" if operator.channel_axis == 0 else "last"
    raise ValueError(
        f"data must have shape {expected}, or that with channels as {place} axis, "
        f"to fit {operator!r}; got {data_shape}"
    )
