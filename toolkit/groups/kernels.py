"""Compiled passes over groups of coefficients.

Coefficients are real arrays of shape (n_coefs, 1), or (n_coefs, 2) for complex ones, so that
two compiled versions serve all four dtypes. Where a group is one feature in all channels, the
first axis, coefficients are (n_channels, n_features, 1 or 2), and runs of groups whose features
are consecutive, (first group, first feature, length), make the inner loops contiguous.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray
from ..execution.compiling import compile_kernel


@compile_kernel
def group_norms(x: Array, indptr: IntArray, indices: IntArray, out: Array) -> None:
    """Write the Euclidean norm of every group into `out`."""
    for g in range(indptr.size - 1):
        total = 0.0
        for i in range(indptr[g], indptr[g + 1]):
            for part in range(x.shape[1]):
                total += x[indices[i], part] * x[indices[i], part]
        out[g] = np.sqrt(total)


@compile_kernel
def scale_groups(x: Array, indptr: IntArray, indices: IntArray, factors: Array) -> None:
    """Multiply every group of `x` by its factor, in place."""
    for g in range(indptr.size - 1):
        for i in range(indptr[g], indptr[g + 1]):
            for part in range(x.shape[1]):
                x[indices[i], part] *= factors[g]


@compile_kernel
def channel_norms(x: Array, runs: IntArray, totals: Array, out: Array) -> None:
    """Write the norm of every group into `out`; `totals` has space for the longest run."""
    for first, begin, length in runs:
        totals[:length] = 0.0
        for channel in range(x.shape[0]):
            if x.shape[2] == 1:
                row = x[channel, begin : begin + length, 0]
                for j in range(length):
                    totals[j] += row[j] * row[j]
            else:
                pairs = x[channel, begin : begin + length]
                for j in range(length):
                    totals[j] += pairs[j, 0] * pairs[j, 0]
                    totals[j] += pairs[j, 1] * pairs[j, 1]
        for j in range(length):
            out[first + j] = np.sqrt(totals[j])


@compile_kernel
def scale_channels(x: Array, runs: IntArray, factors: Array) -> None:
    """Multiply every group of `x` by its factor, in place."""
    for first, begin, length in runs:
        some = factors[first : first + length]
        for channel in range(x.shape[0]):
            if x.shape[2] == 1:
                row = x[channel, begin : begin + length, 0]
                for j in range(length):
                    row[j] *= some[j]
            else:
                pairs = x[channel, begin : begin + length]
                for j in range(length):
                    pairs[j, 0] *= some[j]
                    pairs[j, 1] *= some[j]
