"""A reader of SEG-Y files as gathers of several shots over the same traces.

segyio reads the samples, and the trace headers sort them. A header is trusted only if nothing else
in the file contradicts it: a wrong sample interval, for instance, would shift all reflectors
without any error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .....toolkit.arrays import Array
from .....toolkit.checks import check_positive
from ....files.damage import explain_errors
from ....terminal.hints import blame
from ...survey import Survey, find_silent_traces
from .float_kind import check_float_kind
from .headers import (
    DELAY,
    IDENTIFICATION,
    OFFSET,
    SAMPLE_COUNT,
    SAMPLE_INTERVAL,
    TIME_SCALAR,
    TraceGrid,
    TraceHeaders,
    find_trace_grid,
)
from .layout import IBM_FLOAT, IEEE_FLOAT, Layout, open_segy
from .limits import LARGEST_SAMPLE

if TYPE_CHECKING:
    import segyio

_DEAD = 2
_FOOT = 0.3048
_FORMATS = {IBM_FLOAT: ("IBM", "IEEE (code 5)"), IEEE_FLOAT: ("IEEE", "IBM (code 1)")}


def read_segy(
    path: str | Path,
    *,
    sample_interval: float | None = None,
    shot_header: str | int | None = None,
    trace_header: str | int | None = None,
) -> Survey:
    """Read the gathers of a SEG-Y file; the arguments are those of `read_survey`.

    Files are SEG-Y rev 1 (SEG Technical Standards Committee, 2002) in either byte order. IBM
    floating point and integers of up to 16 bits become float32, longer integers float64. Offsets,
    in metres also from a file in feet, have shape (shot,) if all traces of a shot share one, and
    are None if all are zero. Traces are dead if the file says so, or if all their samples are zero
    or NaN.
    """
    with open_segy(path) as (file, layout):
        headers = TraceHeaders(file, path)
        _check_lengths(headers, layout)
        grid = find_trace_grid(headers, shot_header=shot_header, trace_header=trace_header)
        interval, notes = _find_interval(headers, layout, grid, sample_interval)
        start = read_start_time(headers, grid)
        offsets = _read_offsets(headers, layout, grid)
        called_dead = (headers[IDENTIFICATION] == _DEAD)[grid.positions]
        data = _read_samples(file, path, grid)
        _check_magnitudes(data, called_dead, headers, layout, grid)
        check_float_kind(path, layout)
    if layout.format_code == IBM_FLOAT:
        notes = (*notes, "samples converted from IBM floating point")
    return Survey(
        data,
        interval,
        offsets=offsets,
        shots=grid.shots,
        traces=grid.traces,
        start_time=start,
        source=str(path),
        dead=called_dead | find_silent_traces(data),
        notes=notes,
    )


def _check_lengths(headers: TraceHeaders, layout: Layout) -> None:
    """Raise if the length in a trace header, unless 0, differs from that of the binary header."""
    lengths = headers[SAMPLE_COUNT] & 0xFFFF  # segyio reads them as signed
    wrong = np.flatnonzero((lengths != 0) & (lengths != layout.n_samples & 0xFFFF))
    if wrong.size:
        raise ValueError(
            f"{headers.path}: {headers.describe(wrong[0])} has {lengths[wrong[0]]} samples "
            f"(TRACE_SAMPLE_COUNT, bytes 115-116), the binary header says {layout.n_samples} "
            "(bytes 3221-3222); all traces must have the same length"
        )


def _find_interval(
    headers: TraceHeaders, layout: Layout, grid: TraceGrid, given: float | None
) -> tuple[float, tuple[str, ...]]:
    """Return the sample interval in seconds, and a note if that of the file was replaced."""
    values = headers[SAMPLE_INTERVAL] & 0xFFFF
    said = np.flatnonzero(values)
    by_traces = int(values[said[0]]) if said.size else 0
    other = headers.find_first_other(values[said]) if said.size else None
    if other is not None:
        raise ValueError(
            f"{headers.path}: {headers.describe(said[other], grid)} has a sample interval of "
            f"{values[said[other]]} microseconds (TRACE_SAMPLE_INTERVAL, bytes 117-118), "
            f"{headers.describe(said[0], grid)} one of {by_traces}; all must be the same"
        )
    if given is not None:
        check_positive("sample_interval (seconds)", given)
        replaced = {n for n in (layout.interval, by_traces) if n and abs(n - 1e6 * given) > 0.5}
        shown = " and ".join(map(str, sorted(replaced)))
        note = f"sample interval {given} s instead of {shown} microseconds in the headers"
        return float(given), (note,) if replaced else ()
    if layout.interval == 0 or by_traces not in (0, layout.interval):
        said_by_traces = (
            f"the trace headers say {by_traces} (bytes 117-118)"
            if by_traces
            else ("the trace headers say nothing")
        )
        error = ValueError(
            f"{headers.path}: the binary header says a sample interval of {layout.interval} "
            f"microseconds (bytes 3217-3218), {said_by_traces}; give sample_interval in seconds"
        )
        raise blame(error, "sample_interval")
    return layout.interval / 1e6, ()


def read_start_time(headers: TraceHeaders, grid: TraceGrid) -> float:
    """Return the delay of the recording in seconds, which must be the same for all traces."""
    scalar = headers[TIME_SCALAR].astype(np.float64)
    scalar[headers[DELAY] == 0] = 1  # no scalar is needed
    delays = headers[DELAY] * np.maximum(scalar, 1) / (1000 * np.maximum(-scalar, 1))
    other = headers.find_first_other(delays)
    if other is not None:
        raise ValueError(
            f"{headers.path}: {headers.describe(other, grid)} starts at {1e3 * delays[other]:g} "
            f"ms (DelayRecordingTime, bytes 109-110), {headers.describe(0, grid)} at "
            f"{1e3 * delays[0]:g} ms; "
            "all must start together"
        )
    return float(delays[0])


def _read_offsets(headers: TraceHeaders, layout: Layout, grid: TraceGrid) -> Array | None:
    values = headers[OFFSET][grid.positions] * (_FOOT if layout.feet else 1.0)
    if not values.any():
        return None
    first = values[:, 0]
    result: Array = first if (values == first[:, None]).all() else values
    return result


def _read_samples(file: segyio.SegyFile, path: str | Path, grid: TraceGrid) -> Array:
    """Return the samples, shape (shot, trace, time), as floating-point numbers."""
    with explain_errors(path, "SEG-Y"):
        raw = np.asarray(file.trace.raw[:])
    raw = raw.astype(np.result_type(raw.dtype, np.float32), copy=False)
    order = grid.positions.ravel()
    if (order != np.arange(order.size)).any():
        raw = raw[order]
    return raw.reshape(*grid.positions.shape, -1)


def _check_magnitudes(
    data: Array, dead: Array, headers: TraceHeaders, layout: Layout, grid: TraceGrid
) -> None:
    """Raise if samples have values that come from reading another number format."""
    for gather, positions, silent in zip(data, grid.positions, dead, strict=True):
        highest, lowest = float(gather.max()), float(gather.min())
        if highest <= LARGEST_SAMPLE and lowest >= -LARGEST_SAMPLE:
            continue
        absurd = np.abs(gather) > LARGEST_SAMPLE
        if layout.format_code == IBM_FLOAT:
            absurd |= np.isnan(gather)  # IBM has no NaN: these numbers are too large
        absurd &= ~silent[:, None]
        if absurd.any():
            trace, sample = np.argwhere(absurd)[0]
            named, other = _FORMATS.get(layout.format_code, ("another format", "IEEE (code 5)"))
            raise ValueError(
                f"{headers.path}: {headers.describe(positions[trace], grid)} has the value "
                f"{gather[trace, sample]:g} at sample {sample} (counted from 0): the binary header "
                f"says {named} (code {layout.format_code}, bytes 3225-3226), {other} may be meant"
            )
