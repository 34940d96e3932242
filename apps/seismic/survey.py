"""Gathers of several shots over the same traces: the data, their axes, and the dead traces.

Recorded gathers and reflectivities are surveys alike. A survey is checked once, when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, IntArray, inexact_dtype
from ...toolkit.checks import check_positive
from ..terminal.messages import abbreviate


@dataclass(frozen=True, eq=False)
class Survey:
    """Traces of several shots (or angles, or vintages) over the same places.

    Parameters
    ----------
    data : array_like, shape (shot, trace, time) or (shot, time)
        Samples; two axes mean one trace per shot and become (shot, 1, time). float32 and float64
        are kept, other numbers are converted to one of them.
    sample_interval : float
        Seconds between samples.
    offsets : array_like, shape (shot,) or (shot, trace), optional
        Distances from source to receiver in metres; None if unknown.
    shots, traces : array_like of int, optional
        The numbers of the shots and of the traces (common depth points), all different; 1, 2, ...
        by default.
    start_time : float, default 0
        Seconds from the shot to the first sample (the delay of the recording).
    source : str, default ""
        The file that the data came from, for messages.
    dead : array_like of bool, shape (shot, trace), optional
        Traces without a measurement; by default those whose samples are all zero or all NaN.
        Their values that are not finite are set to zero.
    notes : tuple of str, default ()
        Remarks on how the data were read.

    Raises
    ------
    ValueError
        If a part has the wrong shape or type, numbers of shots or traces repeat, or a live trace
        has values that are not finite; the message names file, shot, trace and sample.

    Examples
    --------
    >>> survey = Survey(np.eye(4)[:2], sample_interval=0.002, offsets=[100, 200])
    >>> survey.data.shape, survey.shots.tolist(), survey.n_dead
    ((2, 1, 4), [1, 2], 0)
    """

    data: Array
    sample_interval: float
    offsets: Array | None = None
    shots: IntArray = None  # type: ignore[assignment]  # None is replaced below
    traces: IntArray = None  # type: ignore[assignment]
    start_time: float = 0.0
    source: str = ""
    dead: Array = None  # type: ignore[assignment]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name = self.source or "survey"
        data = _check_data(self.data, name)
        n_shots, n_traces, _ = data.shape
        check_positive(f"{name}: sample_interval (seconds)", self.sample_interval)
        shots = _check_names(self.shots, n_shots, f"{name}: shots")
        traces = _check_names(self.traces, n_traces, f"{name}: traces")
        dead = _check_dead(self.dead, data, name)
        checked: dict[str, Any] = {
            "data": _clear_dead_samples(data, dead, shots, traces, name),
            "sample_interval": float(self.sample_interval),
            "offsets": _check_offsets(self.offsets, data.shape, name),
            "shots": shots,
            "traces": traces,
            "start_time": _check_start(self.start_time, name),
            "dead": dead,
            "notes": tuple(self.notes),
        }
        for field, value in checked.items():
            object.__setattr__(self, field, value)

    @property
    def n_shots(self) -> int:
        """The number of shots."""
        return int(self.data.shape[0])

    @property
    def n_traces(self) -> int:
        """The number of traces of every shot."""
        return int(self.data.shape[1])

    @property
    def n_samples(self) -> int:
        """The number of samples of every trace."""
        return int(self.data.shape[2])

    @property
    def times(self) -> Array:
        """The times of the samples in seconds after the shot."""
        return self.start_time + self.sample_interval * np.arange(self.n_samples)

    @property
    def n_dead(self) -> int:
        """The number of dead traces of all shots."""
        return int(np.count_nonzero(self.dead))

    def describe_dead_traces(self) -> str:
        """Return the first five dead traces, and how many more there are, for a message.

        Examples
        --------
        >>> Survey(np.eye(3)[:, None] * [[[1], [1], [0]]], 0.002).describe_dead_traces()[:36]
        'shot 1 trace 3, shot 2 trace 3, shot'
        """
        return (
            abbreviate(_describe_places(np.nonzero(self.dead), self.shots, self.traces)) or "none"
        )

    def with_data(self, data: ArrayLike, *notes: str) -> Survey:
        """Return a survey of other values over the same axes, with the same dead traces.

        Parameters
        ----------
        data : array_like, shape (shot, trace, time) or (shot, time)
            As many values as this survey has, such as reflectivities.
        *notes : str
            Added to the notes.

        Examples
        --------
        >>> survey = Survey(np.ones((2, 1, 3)), 0.004, shots=[7, 9])
        >>> survey.with_data(np.zeros((2, 1, 3))).shots.tolist()
        [7, 9]
        """
        values = np.asarray(data)
        if values.ndim == 2:
            values = values[:, None]
        if values.shape != self.data.shape:
            raise ValueError(f"data must have shape {self.data.shape}, got {np.shape(data)}")
        return replace(self, data=values, notes=(*self.notes, *notes))


def find_silent_traces(data: Array) -> Array:
    """Return which traces (shot, trace) have samples that are all zero or all NaN."""
    # Shot by shot, to save memory for the masks.
    return np.array([~gather.any(axis=-1) | np.isnan(gather).all(axis=-1) for gather in data])


def _to_array(values: ArrayLike, what: str) -> Array:
    """Return an array, or raise a `ValueError` that names what is not rectangular."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} must be a rectangular array: {error}") from error


def _check_data(data: ArrayLike, name: str) -> Array:
    """Return the data with three axes in a real floating-point dtype."""
    values = _to_array(data, f"{name}: data")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name}: data must hold real numbers, got dtype {values.dtype}")
    if values.ndim not in (2, 3) or values.size == 0:
        raise ValueError(
            f"{name}: data must have the axes (shot, trace, time) or (shot, time), none of them "
            f"empty, got shape {values.shape}"
        )
    if values.ndim == 2:
        values = values[:, None]
    return values.astype(inexact_dtype(values.dtype), copy=False)


def _check_names(names: ArrayLike | None, n: int, what: str) -> IntArray:
    """Return the numbers of the entries of an axis as integers."""
    if names is None:
        return np.arange(1, n + 1)
    values = _to_array(names, what)
    if values.shape != (n,) or values.dtype.kind not in "iu":
        raise ValueError(
            f"{what} must be {n} integers, one for each along this axis of the data, "
            f"got dtype {values.dtype} of shape {values.shape}"
        )
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size < n:
        several = (f"{v} ({c} times)" for v, c in zip(distinct, counts, strict=True) if c > 1)
        raise ValueError(f"{what} must differ from each other, got {abbreviate(several)}")
    return values.astype(np.intp)


def _check_offsets(offsets: ArrayLike | None, shape: tuple[int, ...], name: str) -> Array | None:
    if offsets is None:
        return None
    values = _to_array(offsets, f"{name}: offsets (metres)")
    if values.dtype.kind not in "iuf" or values.shape not in (shape[:1], shape[:2]):
        raise ValueError(
            f"{name}: offsets (metres) must have shape {shape[:1]} or {shape[:2]}, "
            f"got dtype {values.dtype} of shape {values.shape}"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: offsets (metres) must be finite")
    return values.astype(np.float64)


def _check_start(start_time: float, name: str) -> float:
    value = _to_array(start_time, f"{name}: start_time (seconds)")
    if value.shape != () or value.dtype.kind not in "iuf" or not np.isfinite(value):
        raise ValueError(
            f"{name}: start_time (seconds) must be a finite number, got {start_time!r}"
        )
    return float(value)


def _check_dead(dead: ArrayLike | None, data: Array, name: str) -> Array:
    """Return which traces are dead: those given, or those all zero or all NaN."""
    if dead is not None:
        named = _to_array(dead, f"{name}: dead")
        if named.shape != data.shape[:2] or named.dtype != np.bool_:
            raise ValueError(
                f"{name}: dead must hold True or False in shape {data.shape[:2]}, "
                f"got dtype {named.dtype} of shape {named.shape}"
            )
        return named
    return find_silent_traces(data)


def _clear_dead_samples(
    data: Array, dead: Array, shots: IntArray, traces: IntArray, name: str
) -> Array:
    """Return the data with finite dead traces; raise if a live trace is not finite."""
    bad = np.array([~np.isfinite(gather).all(axis=-1) for gather in data])
    if not bad.any():
        return data
    where = np.nonzero(bad & ~dead)
    if where[0].size:
        shot, trace = (int(axis[0]) for axis in where)
        samples = data[shot, trace]
        first = int(np.argmin(np.isfinite(samples)))
        also = abbreviate(_describe_places([axis[1:] for axis in where], shots, traces))
        raise ValueError(
            f"{name}: shot {shots[shot]}, trace {traces[trace]} has NaN or infinite samples, the "
            f"first at sample {first} (counted from 0), {samples[first]}"
            + (f"; also {also}" if also else "")
        )
    finite: Array = np.nan_to_num(data, nan=0.0, posinf=0.0, neginf=0.0)
    return finite


def _describe_places(
    places: Sequence[IntArray], shots: IntArray, traces: IntArray
) -> Iterable[str]:
    shot, trace = places
    pairs = zip(shots[shot], traces[trace], strict=True)
    return (f"shot {one} trace {other}" for one, other in pairs)
