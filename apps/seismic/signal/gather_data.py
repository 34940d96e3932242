"""Checks of recorded data that several steps of the processing share."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_finite_array


def check_gathers(data: Array) -> Array:
    """Return real, finite data with the axes (shot, trace, time); raise if they are not."""
    y = as_finite_array(data, "data")
    if y.ndim not in (2, 3) or y.dtype.kind == "c":
        raise ValueError(
            f"data must be real of shape (shot, trace, time) or (shot, time), got {y.dtype} of "
            f"shape {y.shape}"
        )
    return y.reshape(len(y), -1, y.shape[-1])


def check_offsets(offsets: ArrayLike, n_shots: int, n_traces: int) -> Array:
    """Return offsets of shape (shot, 1) or (shot, trace), from one per shot or one per trace."""
    x = as_finite_array(offsets, "offsets")
    if x.shape == (n_shots,):
        return x[:, None]
    if x.shape != (n_shots, n_traces):
        raise ValueError(
            f"offsets must have shape {(n_shots,)} or {(n_shots, n_traces)}, got {x.shape}"
        )
    return x
