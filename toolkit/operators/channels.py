"""One operator for all channels, or one for each channel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from numbers import Integral

import numpy as np

from ..arrays import Array, IntArray, Shape, is_single
from ..checks import as_list, check_instance, check_size
from ..magnitudes import ColumnNorms
from ..short_text import shorten
from .operator import Operator


class Joint(Operator):
    """The same operator applied to every channel.

    Parameters
    ----------
    operator : Operator
        The operator on one channel, ``A``.
    n_channels : int
        The number of channels.
    axis : int, optional
        The axis of channels in domain and range: 0 or -1; by default the operator's
        `channel_axis` (-1 for matrices, 0 for images).

    Raises
    ------
    ValueError
        If `n_channels` is not positive or `axis` is neither 0 nor -1.

    Notes
    -----
    In matrix form ``I (x) A`` with the channels as first axis, ``A (x) I`` with them last,
    where ``(x)`` is the Kronecker product.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> Joint(Matrix([[1.0, 1.0]]), 2).apply(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[4., 6.]])
    """

    n_channels: int

    def __init__(self, operator: Operator, n_channels: int, axis: int | None = None) -> None:
        check_instance("operator", operator, Operator)
        check_size("n_channels", n_channels)
        self.operator, self.n_channels = operator, n_channels
        self.channel_axis = _channel_axis(axis, operator)
        self.domain_shape = _with_channels(operator.domain_shape, n_channels, self.channel_axis)
        self.range_shape = _with_channels(operator.range_shape, n_channels, self.channel_axis)
        self.dtype = operator.dtype
        self.lipschitz = operator.lipschitz
        self.orthonormal_rows = operator.orthonormal_rows
        self.row_energy, self.even_columns = operator.row_energy, operator.even_columns
        self.exact_columns = operator.exact_columns
        self.column_range = operator.column_range

    def widen(self) -> Operator:
        """Return the same with the channels' operator in double precision."""
        return Joint(self.operator.widen(), self.n_channels, self.channel_axis)

    def channels_first(self, x: Array) -> Array:
        """Return a view of domain or range arrays with the channels as first axis."""
        return np.moveaxis(x, self.channel_axis, 0)

    def channels_home(self, x: Array) -> Array:
        """Return a view with the channels moved from the first axis to their place."""
        return np.moveaxis(x, 0, self.channel_axis)

    def _apply(self, x: Array) -> Array:
        return _through(self.operator.apply, x, self.channel_axis, len(self.domain_shape))

    def _adjoint(self, y: Array) -> Array:
        return _through(self.operator.adjoint, y, self.channel_axis, len(self.range_shape))

    def normal(self, x: Array) -> Array:
        """Return ``A^H A`` of every channel."""
        return _through(self.operator.normal, x, self.channel_axis, len(self.domain_shape))

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row: zero but in one channel."""
        inner, channel = split_features(self, features)
        columns = self.operator.columns(inner).reshape(features.size, *self.operator.range_shape)
        units = np.eye(self.n_channels, dtype=columns.real.dtype)
        return spread_columns(columns, units[channel], self.channel_axis)

    def column_norms(self) -> Array:
        """Return the column norms, the same in every channel."""
        norms = self.operator.column_norms()
        return self.channels_home(np.broadcast_to(norms, (self.n_channels, *norms.shape))).copy()


class Channelwise(Operator):
    """A different operator for every channel: ``y_l = A_l x_l``.

    If all ranges have the same shape, the data are stacked along the channel axis.
    Otherwise (masks that differ in their number of samples) they are one
    vector, channel after channel, as `pack` returns it.

    Parameters
    ----------
    operators : sequence of Operator
        One per channel, all with the same domain.
    axis : int, optional
        The axis of channels: 0 or -1; by default the first operator's `channel_axis`.

    Raises
    ------
    ValueError
        If there is no operator or their domains differ.

    Notes
    -----
    In matrix form ``A = diag(A_1, ..., A_L)``, one block per channel, with the channels as
    first axis.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Matrix
    >>> pair = Channelwise([Matrix([[1.0]]), Matrix([[2.0], [3.0]])])
    >>> pair.apply(np.array([[1.0, 10.0]]))
    array([ 1., 20., 30.])
    """

    n_channels: int

    def __init__(self, operators: Sequence[Operator], axis: int | None = None) -> None:
        operators = as_list("operators", operators, "operators")
        if not operators:
            raise ValueError("operators is empty; one operator per channel is expected")
        for operator in operators:
            check_instance("operators", operator, Operator)
        domains = {operator.domain_shape for operator in operators}
        if len(domains) > 1:
            raise ValueError(f"operators must share one domain shape, got {sorted(domains)}")
        self.dtype = np.result_type(*(operator.dtype for operator in operators))
        if not is_single(self.dtype):  # those in single precision would overflow where others fit
            operators = [
                operator.widen() if is_single(operator.dtype) else operator
                for operator in operators
            ]
        self.operators = tuple(operators)
        self.channel_axis = _channel_axis(axis, operators[0])
        n_channels = self.n_channels = len(operators)
        self.domain_shape = _with_channels(domains.pop(), n_channels, self.channel_axis)
        self._sizes = [prod(operator.range_shape) for operator in operators]
        ranges = {operator.range_shape for operator in operators}
        self.stacked = len(ranges) == 1
        self.range_shape = (
            _with_channels(ranges.pop(), n_channels, self.channel_axis)
            if self.stacked
            else (sum(self._sizes),)
        )
        self.orthonormal_rows = all(operator.orthonormal_rows for operator in operators)
        bounds = [operator.lipschitz for operator in operators]
        self.lipschitz = max((b for b in bounds if b is not None), default=None)
        if None in bounds:
            self.lipschitz = None
        self.exact_columns = all(operator.exact_columns for operator in operators)
        self.row_energy = _mean_row_energy(operators)
        known = [operator.column_range for operator in operators if operator.column_range]
        if len(known) == n_channels:
            self.column_range = reduce(ColumnNorms.join, known)

    def widen(self) -> Operator:
        """Return the same with every operator in double precision."""
        return Channelwise([operator.widen() for operator in self.operators], self.channel_axis)

    def pack(self, data: Sequence[Array]) -> Array:
        """Return the channels' data in one array of `range_shape`.

        Parameters
        ----------
        data : sequence of ndarray
            The data of each channel, without batch axes.

        Returns
        -------
        ndarray, shape `range_shape`
            Stacked, or one vector.

        Raises
        ------
        ValueError
            If their number or a shape does not fit.
        """
        expected = [operator.range_shape for operator in self.operators]
        shapes = [np.shape(channel) for channel in data]
        if shapes != expected:
            raise ValueError(f"data must hold arrays of shapes {expected}, got {shapes}")
        return self._pack([np.asarray(channel) for channel in data], 0)

    def _pack(self, parts: list[Array], n_batch: int) -> Array:
        if self.stacked:
            return np.stack(parts, axis=n_batch if self.channel_axis == 0 else -1)
        return np.concatenate([part.reshape(*part.shape[:n_batch], -1) for part in parts], axis=-1)

    def unpack(self, y: Array, n_batch: int = 0) -> list[Array]:
        """Return the data of each channel, behind their batch axes."""
        if self.stacked:
            return list(np.moveaxis(y, n_batch if self.channel_axis == 0 else -1, 0))
        parts = np.split(y, np.cumsum(self._sizes)[:-1], axis=-1)
        return [
            part.reshape(*part.shape[:n_batch], *operator.range_shape)
            for part, operator in zip(parts, self.operators, strict=True)
        ]

    def _apply(self, x: Array) -> Array:
        n_batch = x.ndim - len(self.domain_shape)
        channels = np.moveaxis(x, n_batch if self.channel_axis == 0 else -1, 0)
        outputs = [op.apply(part) for op, part in zip(self.operators, channels, strict=True)]
        return self._pack(outputs, n_batch)

    def _adjoint(self, y: Array) -> Array:
        n_batch = y.ndim - len(self.range_shape)
        parts = self.unpack(y, n_batch)
        outputs = [op.adjoint(part) for op, part in zip(self.operators, parts, strict=True)]
        return np.stack(outputs, axis=n_batch if self.channel_axis == 0 else -1)

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row: zero but in one channel."""
        inner, channel = split_features(self, features)
        chosen = [np.flatnonzero(channel == number) for number in range(self.n_channels)]
        columns = [op.columns(inner[own]) for op, own in zip(self.operators, chosen, strict=True)]
        result = np.zeros((features.size, *self.range_shape), np.result_type(*columns))
        for part, own, some in zip(self.unpack(result, 1), chosen, columns, strict=True):
            part[own] = some.reshape(own.size, *part.shape[1:])
        return result.reshape(features.size, prod(self.range_shape))

    def column_norms(self) -> Array:
        """Return the column norms, channel by channel."""
        norms = [operator.column_norms() for operator in self.operators]
        return np.stack(norms, axis=self.channel_axis)


def _mean_row_energy(operators: Sequence[Operator]) -> float | None:
    """Return the mean squared norm of the rows of all operators; None if it is not known."""
    energies = [1.0 if part.orthonormal_rows else part.row_energy for part in operators]
    known = [energy for energy in energies if energy is not None]
    if len(known) < len(operators):
        return None
    return float(np.average(known, weights=[prod(part.range_shape) for part in operators]))


def split_features(operator: Joint | Channelwise, features: IntArray) -> tuple[IntArray, IntArray]:
    """Return the positions of coefficients in the domain of one channel, and their channels."""
    n_features = prod(operator.domain_shape) // operator.n_channels
    if operator.channel_axis == 0:
        channel, inner = np.divmod(features, n_features)
    else:
        inner, channel = np.divmod(features, operator.n_channels)
    return inner, channel


def spread_columns(columns: Array, factors: Array, axis: int) -> Array:
    """Return columns (n, *range) times their factors in every channel, (n, K), as flat rows."""
    factors = factors.reshape(*factors.shape, *(1,) * (columns.ndim - 1))
    channels = columns[:, None] * factors
    moved = np.moveaxis(channels, 1, 1 if axis == 0 else -1)
    return moved.reshape(len(columns), prod(channels.shape[1:]))


def _channel_axis(axis: int | None, operator: Operator) -> int:
    """Return the channel axis asked for, or the operator's own."""
    return operator.channel_axis if axis is None else as_channel_axis(axis)


def as_channel_axis(axis: object) -> int:
    """Return an axis of channels; a `ValueError` if it is neither 0 nor -1."""
    if not isinstance(axis, Integral) or axis not in (0, -1):
        raise ValueError(f"axis must be 0 or -1, got {shorten(axis)}")
    return int(axis)


def _with_channels(shape: Shape, n_channels: int, axis: int) -> Shape:
    """Return `shape` with a channel axis put in front or behind."""
    return (n_channels, *shape) if axis == 0 else (*shape, n_channels)


def _through(kernel, x: Array, axis: int, n_dims: int) -> Array:  # type: ignore[no-untyped-def]
    """Run a batched kernel with the channel axis as its last batch axis."""
    if axis == 0:
        result: Array = kernel(x)
        return result
    n_batch = x.ndim - n_dims
    return np.moveaxis(kernel(np.moveaxis(x, -1, n_batch)), n_batch, -1)
