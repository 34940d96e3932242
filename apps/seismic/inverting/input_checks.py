"""Checks of the data and wavelets that `invert` takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_number_array
from ..signal.source import make_source_operator

Wavelets = ArrayLike | Sequence[ArrayLike]


class Traces(NamedTuple):
    """Checked data (shot, trace, time): finite, in a floating-point dtype.

    `dead` (shot, trace) marks the traces that are zero throughout, and `is_section` is false if the
    data came without a trace axis.
    """

    data: Array
    dead: Array
    is_section: bool


def check_traces(data: ArrayLike) -> Traces:
    """Return the data with three axes; raise a `ValueError` unless they are real, finite and alive.

    Examples
    --------
    >>> check_traces(np.eye(4)).data.shape
    (4, 1, 4)
    """
    values = as_number_array(data, "data")
    if values.dtype.kind == "c":
        raise ValueError(f"data must be real numbers, got dtype {values.dtype}")
    if values.ndim not in (2, 3) or values.size == 0:
        raise ValueError(
            f"data must have shape (shot, time) or (shot, trace, time), got {values.shape}"
        )
    is_section = values.ndim == 3
    traces = values if is_section else values[:, None]
    bad = ~np.isfinite(traces)
    if bad.any():
        shot, trace, sample = (int(axis[0]) for axis in np.nonzero(bad))
        place = f"shot {shot}, trace {trace}" if is_section else f"shot {shot}"
        raise ValueError(
            f"data have {int(bad.sum())} NaN or infinite values, the first at {place}, sample "
            f"{sample} (all counted from 0); set dead traces to zero"
        )
    dead: Array = ~np.any(traces, axis=2)
    if dead.all():
        raise ValueError("data are zero throughout: all traces are dead")
    return Traces(traces, dead, is_section)


def check_wavelets(wavelets: Wavelets, n_shots: int, n_samples: int) -> list[Array]:
    """Return one wavelet per shot, each of shape (n_lags,) or (n_samples, n_lags).

    Takes wavelets as `invert` does, and raises a `ValueError` that names the shot if one is not
    finite, zero throughout or longer than a trace.

    Examples
    --------
    >>> len(check_wavelets([1.0, 2.0, 1.0], 8, 100))
    8
    """
    several = _list_wavelets(wavelets)
    if len(several) == 1:
        several = several * n_shots
    if len(several) != n_shots:
        raise ValueError(f"wavelets must be one, or one per shot ({n_shots}), got {len(several)}")
    checked = []
    for shot, one in enumerate(several):
        name = f"wavelet of shot {shot} (counted from 0)"
        wavelet = as_number_array(one, name)
        if wavelet.dtype.kind == "c" or wavelet.ndim not in (1, 2) or not wavelet.size:
            raise ValueError(
                f"{name} must be real, of shape (n_lags,) or (n_samples, n_lags), got "
                f"{wavelet.dtype} of shape {wavelet.shape}"
            )
        wavelet = wavelet.astype(float)
        try:
            make_source_operator(wavelet, (n_samples,))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        checked.append(wavelet)
    return checked


def _list_wavelets(wavelets: Wavelets) -> list[Any]:
    """Return the wavelets of the shots, or the one that all shots share, in a list."""
    if hasattr(wavelets, "__array__") or np.isscalar(wavelets):
        return list(wavelets) if np.ndim(wavelets) > 1 else [wavelets]  # type: ignore[arg-type]
    if not isinstance(wavelets, Sequence):
        raise ValueError(
            f"wavelets must be an array or a sequence of arrays, got {type(wavelets).__name__}"
        )
    return list(wavelets) if len(wavelets) and np.ndim(wavelets[0]) else [wavelets]
