"""Groups of coefficients as compressed rows, and groups along an axis of an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import (
    Array,
    IntArray,
    Shape,
    as_index_array,
    as_number_array,
    as_plain_array,
    channel_positions,
    real_dtype,
    squared_magnitude,
)
from ..checks import check_count, check_instance, check_size
from ..short_text import shorten
from .membership import members_by_label, members_by_list, members_by_size
from .runs import LONGEST_RUN, find_runs

_WORTH_A_RUN = 8  # groups in a run, on average


@dataclass(frozen=True, eq=False)
class Groups:
    """An assignment of `n_coefs` coefficients to groups, which may overlap.

    The members of group ``g`` are ``indices[indptr[g]:indptr[g + 1]]``, positions in the
    flattened (C order) coefficient array. Coefficients in no group are unpenalised. `blocks`,
    `from_sizes`, `from_labels`, `from_lists` and `across` construct the usual groupings.

    Parameters
    ----------
    indptr : ndarray of int, shape (n_groups + 1,)
        The place in `indices` where each group begins.
    indices : ndarray of int
        Flat positions of the members, group after group.
    n_coefs : int
        The number of coefficients.
    features : Groups, optional
        The grouping of the features of one channel, if every group holds its
        features in all of several channels.
    channel_axis : int, optional
        With `features`: the axis of the coefficient array that runs over the channels.

    Raises
    ------
    ValueError
        If a group is empty or a position lies outside ``0 .. n_coefs - 1``.

    Examples
    --------
    >>> groups = Groups.blocks(2, n_coefs=6)
    >>> groups.n_groups, groups.norms(np.array([3.0, 4.0, 0.0, 0.0, 0.0, 1.0]))
    (3, array([5., 0., 1.]))
    """

    indptr: IntArray
    indices: IntArray
    n_coefs: int
    features: Groups | None = None
    channel_axis: int | None = None

    def __post_init__(self) -> None:
        check_count("n_coefs", self.n_coefs, least=0)
        for name in ("indptr", "indices"):
            positions = as_index_array(getattr(self, name), name)
            object.__setattr__(self, name, positions)
            if positions.ndim != 1 or (name == "indptr" and not positions.size):
                raise ValueError(f"groups: {name} must be a vector, got shape {positions.shape}")
        sizes = np.diff(self.indptr)
        if np.any(sizes < 1):
            raise ValueError(f"groups: group {int(np.argmin(sizes))} is empty")
        if self.indptr[0] != 0 or self.indptr[-1] != self.indices.size:
            raise ValueError(
                f"groups: indptr must run from 0 to the number of indices, {self.indices.size}, "
                f"got {self.indptr[0]} .. {self.indptr[-1]}"
            )
        if self.indices.size and not (
            self.indices.min() >= 0 and self.indices.max() < self.n_coefs
        ):
            raise ValueError(
                f"groups: indices must lie in 0 .. {self.n_coefs - 1}, "
                f"got {self.indices.min()} .. {self.indices.max()}"
            )

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return self.indptr.size - 1

    @property
    def sizes(self) -> IntArray:
        """The number of coefficients in each group, shape (n_groups,)."""
        return np.diff(self.indptr)

    @cached_property
    def unpenalised(self) -> IntArray:
        """Flat positions of the coefficients that are in no group."""
        return np.flatnonzero(~self._covered)

    @cached_property
    def overlapping(self) -> bool:
        """Whether some coefficient is in more than one group."""
        return self.indices.size > int(np.count_nonzero(self._covered))

    @cached_property
    def _covered(self) -> Array:
        """Which coefficients are in some group."""
        covered = np.zeros(self.n_coefs, dtype=bool)
        covered[self.indices] = True
        return covered

    @cached_property
    def _runs(self) -> IntArray | None:
        """Runs of consecutive features, if each group is one feature in all of the first axis."""
        features = self.features
        if features is None or self.channel_axis != 0:
            return None
        if features.indices.size != features.n_groups or not features.n_groups:
            return None
        runs = find_runs(features.indices)
        return runs if len(runs) * _WORTH_A_RUN <= features.n_groups else None

    def _by_channel(self, pairs: Array) -> Array:
        """View pairs as (n_channels, n_features, 1 or 2), with the channels as first axis."""
        n_channels = self.indices.size // self.n_groups
        return pairs.reshape(n_channels, -1, pairs.shape[1])

    def members(self, group: int) -> IntArray:
        """Return the flat positions of the coefficients in one group."""
        return self.indices[self.indptr[group] : self.indptr[group + 1]]

    def norms(self, x: Array) -> Array:
        """Return the Euclidean norm of every group, in the precision of `x`.

        Parameters
        ----------
        x : ndarray
            Real or complex coefficients, `n_coefs` of them in any shape.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            The norms.
        """
        # Numba is loaded when something is computed.
        from .kernels import channel_norms, group_norms

        pairs = self._as_real_pairs(as_number_array(x, "x"))
        out = np.empty(self.n_groups, dtype=pairs.dtype)
        if self._runs is None:
            group_norms(pairs, self.indptr, self.indices, out)
        else:
            totals = np.empty(LONGEST_RUN)
            channel_norms(self._by_channel(pairs), self._runs, totals, out)
        return out

    def joint_norms(self, rows: Array) -> Array:
        """Return the norm over all channels of every group of features.

        `rows` has shape (n_channels, n_coefs): the grouping is of one channel.
        """
        return self.norms(np.sqrt(squared_magnitude(rows).sum(axis=0)))

    def scale(self, x: Array, factors: Array) -> Array:
        """Return a copy of `x` with every group multiplied by its factor.

        Parameters
        ----------
        x : ndarray
            Real or complex coefficients, `n_coefs` of them in any shape.
        factors : ndarray of float, shape (n_groups,)
            One factor per group; unpenalised coefficients stay as they are.

        Returns
        -------
        ndarray
            Of the shape and dtype of `x`; whole numbers become floating point.
        """
        from .kernels import scale_channels, scale_groups

        out = np.array(as_number_array(x, "x"), order="C", copy=True)
        pairs, factors = self._as_real_pairs(out), as_number_array(factors, "factors")
        if factors.shape != (self.n_groups,) or factors.dtype.kind == "c":
            raise ValueError(
                f"factors must be {self.n_groups} real numbers, got {shorten(factors)}"
            )
        factors = factors.astype(pairs.dtype, copy=False)
        if self._runs is None:
            scale_groups(pairs, self.indptr, self.indices, factors)
        else:
            scale_channels(self._by_channel(pairs), self._runs, factors)
        return out

    def spread(self, active: Array) -> Array:
        """Return which coefficients are in an active group or in none, shape (n_coefs,)."""
        marked = np.zeros(self.n_coefs, dtype=bool)
        marked[self.unpenalised] = True
        marked[self.indices[np.repeat(active, self.sizes)]] = True
        return marked

    def per_coefficient(self, values: Array) -> Array:
        """Return for each coefficient the value of its group, zero if it is in no group."""
        everywhere = np.zeros(self.n_coefs, dtype=values.dtype)
        everywhere[self.indices] = np.repeat(values, self.sizes)
        return everywhere

    def sums(self, x: Array) -> Array:
        """Return the sum of `x` (`n_coefs` values in any shape) over every group."""
        if x.size != self.n_coefs:
            raise ValueError(f"x must hold {self.n_coefs} coefficients, got shape {x.shape}")
        if not self.n_groups:
            return np.zeros(0, dtype=x.dtype)
        result: Array = np.add.reduceat(x.ravel()[self.indices], self.indptr[:-1])
        return result

    def over_channels(self, shape: Shape, axis: int) -> Groups:
        """Return groups that hold each feature in all its channels, along `axis` of `shape`.

        The axes of `shape` other than `axis` hold the features, in C order.
        """
        positions = channel_positions(shape, axis)
        return Groups(
            self.indptr * shape[axis],
            positions[self.indices].ravel(),
            positions.size,
            features=self,
            channel_axis=axis % len(shape),
        )

    def _as_real_pairs(self, x: Array) -> Array:
        """View flattened coefficients as (n_coefs, 1) real or (n_coefs, 2) real and imaginary."""
        if x.size != self.n_coefs:
            raise ValueError(
                f"x must hold {self.n_coefs} coefficients, as the groups do; got shape {x.shape}"
            )
        flat = np.ascontiguousarray(x).reshape(-1)
        return flat.view(real_dtype(x.dtype)).reshape(flat.size, 1 + np.iscomplexobj(x))

    @staticmethod
    def blocks(block_size: int, n_coefs: int) -> Groups:
        """Return groups of `block_size` consecutive coefficients; it must divide `n_coefs`."""
        check_count("n_coefs", n_coefs, least=0)
        check_size("n_coefs", max(n_coefs, 1))
        if not isinstance(block_size, Integral) or block_size < 1 or n_coefs % block_size:
            raise ValueError(
                f"groups: a block size must be positive and divide the {n_coefs} features, "
                f"got {shorten(block_size)}"
            )
        return Groups(np.arange(0, n_coefs + 1, block_size), np.arange(n_coefs), n_coefs)

    @staticmethod
    def from_sizes(sizes: ArrayLike) -> Groups:
        """Return groups of consecutive coefficients, of the given sizes.

        Examples
        --------
        >>> Groups.from_sizes([2, 1]).members(0)
        array([0, 1])
        """
        indptr, indices = members_by_size(sizes)
        return Groups(indptr, indices, indices.size)

    @staticmethod
    def from_labels(labels: ArrayLike) -> Groups:
        """Return groups of the coefficients that carry the same label.

        Parameters
        ----------
        labels : array_like of int, shape (n_coefs,)
            Group number of each coefficient: 0, 1, ... without gaps, or -1 for
            an unpenalised one.

        Returns
        -------
        Groups
            ``max(labels) + 1`` groups.

        Examples
        --------
        >>> Groups.from_labels([1, 0, 1, -1]).members(1)
        array([0, 2])
        """
        indptr, indices, n_coefs = members_by_label(labels)
        return Groups(indptr, indices, n_coefs)

    @staticmethod
    def from_lists(lists: Sequence[ArrayLike], n_coefs: int) -> Groups:
        """Return groups with the given members.

        Parameters
        ----------
        lists : sequence of array_like of int
            The members of each group. Groups may overlap.
        n_coefs : int
            The number of coefficients; every one must be in some group (label it -1 in
            `from_labels` instead to leave it unpenalised).

        Returns
        -------
        Groups
            One group per list.
        """
        indptr, indices = members_by_list(lists)
        groups = Groups(indptr, indices, n_coefs)
        if groups.unpenalised.size:
            raise ValueError(
                f"groups: coefficient {groups.unpenalised[0]} is in no group "
                "(use labels with -1 to leave coefficients unpenalised)"
            )
        return groups

    @staticmethod
    def across(axis: int | tuple[int, ...] = 0, unpenalised: ArrayLike | None = None) -> AcrossAxis:
        """Return groups of the entries that differ only in their place along `axis`.

        Parameters
        ----------
        axis : int or tuple of int
            The axis, or axes, of the coefficient array that run inside the groups,
            such as the channels of an image.
        unpenalised : array_like of bool, optional
            Over the other axes: positions that are left out of every group,
            such as the coarse band of a wavelet transform.

        Returns
        -------
        AcrossAxis
            A request that a `Problem` turns into groups once it knows the shape.
        """
        _as_axes(axis)
        free = None if unpenalised is None else as_plain_array(unpenalised, "unpenalised")
        return AcrossAxis(axis, None if free is None else free.astype(bool))


@dataclass(frozen=True, eq=False)
class AcrossAxis:
    """Groups along one or several axes of an array whose shape becomes known later.

    Parameters
    ----------
    axis : int or tuple of int
        The axes inside the groups.
    unpenalised : ndarray of bool, optional
        Positions over the other axes that are in no group.

    Examples
    --------
    >>> AcrossAxis(0).bind((3, 2, 2)).members(0)
    array([0, 4, 8])
    >>> AcrossAxis((0, 1)).bind((3, 2, 2)).members(0)
    array([ 0,  2,  4,  6,  8, 10])
    """

    axis: int | tuple[int, ...]
    unpenalised: Array | None = None

    def bind(self, shape: Shape) -> Groups:
        """Return the groups for coefficients of this shape, one per position of the other axes."""
        axes = self._resolve_axes(shape)
        others = tuple(np.delete(shape, axes).tolist())
        free = np.zeros(prod(others), dtype=bool)
        if self.unpenalised is not None:
            if self.unpenalised.shape != others:
                raise ValueError(
                    f"groups: unpenalised must have shape {others}, got {self.unpenalised.shape}"
                )
            free = self.unpenalised.ravel()
        positions = Groups.from_labels(np.where(free, -1, np.cumsum(~free) - 1))
        if len(axes) == 1:
            return positions.over_channels(shape, axes[0])
        members = channel_positions(shape, axes)
        indptr, indices = positions.indptr * members.shape[1], members[positions.indices].ravel()
        return Groups(indptr, indices, members.size)

    def _resolve_axes(self, shape: Shape) -> list[int]:
        """Return the axes counted from the first, in order; a `ValueError` if one is missing."""
        axes = _as_axes(self.axis)
        for axis in axes:
            if not -len(shape) <= axis < len(shape):
                raise ValueError(
                    f"groups: axis {axis} does not exist in coefficients of shape {shape}"
                )
        counted = sorted({axis % len(shape) for axis in axes})
        if len(counted) < len(axes):
            raise ValueError(f"groups: axis must not name an axis twice, got {axes}")
        return counted


def _as_axes(axis: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return one or several axes as a tuple; a `ValueError` if there is none."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    for one in axes:
        check_instance("axis", one, Integral)
    if not axes:
        raise ValueError("axis is an empty tuple; at least one axis is expected")
    return axes
