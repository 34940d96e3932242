"""The trace headers of a SEG-Y file, which assign every trace to a shot and common depth point.

Files number shots and traces in different headers, so the usual ones are tried in turn; a header
that is constant says nothing and yields to the next. Together they must number the traces
completely: every shot has the same traces, each once.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .....toolkit.arrays import Array, IntArray
from ....files.damage import explain_errors, import_optional
from ....terminal.hints import blame
from ....terminal.messages import abbreviate
from .layout import PURPOSE

if TYPE_CHECKING:
    import segyio

SAMPLE_COUNT, SAMPLE_INTERVAL = 115, 117
DELAY, TIME_SCALAR = 109, 215
OFFSET, IDENTIFICATION = 37, 29
# FieldRecord, EnergySourcePoint, offset; CDP, TraceNumber.
_SHOT_HEADERS, _TRACE_HEADERS = (9, 17, OFFSET), (21, 13)
# These are informative even if they are the same for all traces.
_NAMES = (9, 17, 21)


class TraceGrid(NamedTuple):
    """The place in the file of every trace of every shot.

    Attributes
    ----------
    positions : ndarray of int, shape (shot, trace)
        Counted from 0.
    shots, traces : ndarray of int, shape (shot,) and (trace,)
        The values of the two headers, ascending.
    shot_header, trace_header : int
        The first bytes of the two headers.
    """

    positions: IntArray
    shots: IntArray
    traces: IntArray
    shot_header: int
    trace_header: int


class TraceHeaders:
    """The trace headers of an open SEG-Y file by first byte, each read on demand.

    `file` is a segyio.SegyFile, and `path` its name for messages.
    """

    def __init__(self, file: segyio.SegyFile, path: str | Path) -> None:
        self.path = path
        self._file = file
        self._read: dict[int, IntArray] = {}

    def __getitem__(self, byte: int) -> IntArray:
        """Return the values of the header that begins at a byte, trace by trace."""
        if byte not in self._read:
            with explain_errors(self.path, "SEG-Y"):
                self._read[byte] = np.asarray(self._file.attributes(byte)[:], dtype=np.intp)
        return self._read[byte]

    def describe(self, position: int, grid: TraceGrid | None = None) -> str:
        """Return a trace by number and headers, as "trace 3 (FieldRecord 1, CDP 3)".

        `position` counts from 0; the headers are those of `grid`, or FieldRecord and CDP.
        """
        names = (grid.shot_header, grid.trace_header) if grid else (9, 21)
        values = ", ".join(f"{_name_header(byte)} {self[byte][position]}" for byte in names)
        return f"trace {position + 1} ({values})"

    def find_first_other(self, values: Array) -> int | None:
        """Return the position of the first value that differs from the first one, or None."""
        others = np.flatnonzero(values != values[0])
        return int(others[0]) if others.size else None


def find_header_byte(header: str | int, argument: str) -> int:
    """Return the first byte of a trace header, given by its name in segyio or that byte.

    Raises a `ValueError` that names `argument` if there is no such header.

    Examples
    --------
    >>> find_header_byte("cdp", "trace_header"), find_header_byte("9", "shot_header")
    (21, 9)
    """
    fields = _list_fields()
    if str(header).isdecimal() and int(header) in fields.values():
        return int(header)
    by_name = {name.lower(): first for name, first in fields.items()}
    if str(header).lower() in by_name:
        return by_name[str(header).lower()]
    spelled = {name.lower(): name for name in fields}
    near = get_close_matches(str(header).lower(), spelled, n=1)
    hint = f"; did you mean {spelled[near[0]]!r}?" if near else ""
    raise ValueError(
        f"{argument} must be a trace header by its name in segyio or its first byte, such as "
        f"'FieldRecord', 'CDP' or 21, got {header!r}{hint}"
    )


def find_trace_grid(
    headers: TraceHeaders,
    *,
    shot_header: str | int | None = None,
    trace_header: str | int | None = None,
) -> TraceGrid:
    """Return which trace of the file belongs to which shot and common depth point.

    The headers are chosen as `read_survey` says. All of them may be zero in a file of one shot, or
    of one trace per shot. Raises a `ValueError` if a shot lacks traces that others have, or two
    traces have the same headers.
    """
    shot_bytes = _list_candidates(headers, shot_header, _SHOT_HEADERS, "shot_header")
    trace_bytes = _list_candidates(headers, trace_header, _TRACE_HEADERS, "trace_header")
    pairs = [(shot, trace) for trace in trace_bytes for shot in shot_bytes]
    if shot_header is None:
        shot_bytes.append(_SHOT_HEADERS[0])
    if trace_header is None:
        trace_bytes.append(_TRACE_HEADERS[0])
    unnumbered = [(shot, trace) for trace in trace_bytes for shot in shot_bytes]
    for pair in dict.fromkeys([*pairs, *unnumbered]):
        grid = _try_grid(headers, *pair)
        if isinstance(grid, TraceGrid):
            return grid
    # The pairs before are less specific, those after are constant.
    shot_byte, trace_byte = pairs[-1]
    error = ValueError(
        f"{headers.path}: {_try_grid(headers, shot_byte, trace_byte)}: every shot must have the "
        f"same traces, each once, by the headers {_describe_header(shot_byte)} and "
        f"{_describe_header(trace_byte)} "
        "(shot_header and trace_header choose other headers)"
    )
    raise blame(error, "shot_header", "trace_header")


def _list_candidates(
    headers: TraceHeaders, chosen: str | int | None, usual: tuple[int, ...], argument: str
) -> list[int]:
    """Return the headers to try: up to the first that differs between traces."""
    if chosen is not None:
        return [find_header_byte(chosen, argument)]
    tried: list[int] = []
    for byte in usual:
        values = headers[byte]
        if (values != values[0]).any():
            return [*tried, byte]
        if values[0] != 0 and byte in _NAMES:
            tried.append(byte)
    return tried or [usual[0]]


def _try_grid(headers: TraceHeaders, shot_byte: int, trace_byte: int) -> TraceGrid | str:
    """Return the grid by two headers, or the reason why there is none."""
    shots, shot = np.unique(headers[shot_byte], return_inverse=True)
    traces, trace = np.unique(headers[trace_byte], return_inverse=True)
    order = np.lexsort((trace, shot))
    same = np.flatnonzero((np.diff(shot[order]) == 0) & (np.diff(trace[order]) == 0))
    if same.size:
        first, second = sorted(int(order[same[0] + i]) for i in (0, 1))
        return (
            f"traces {first + 1} and {second + 1} of the file both have "
            f"{_name_header(shot_byte)} {shots[shot[first]]} and {_name_header(trace_byte)} "
            f"{traces[trace[first]]}"
        )
    if order.size == shots.size * traces.size:
        positions = order.reshape(shots.size, traces.size)
        return TraceGrid(positions, shots, traces, shot_byte, trace_byte)
    return _describe_missing(shots, shot, traces, trace)


def _describe_missing(shots: IntArray, shot: IntArray, traces: IntArray, trace: IntArray) -> str:
    """Return in words which shots lack which traces."""
    short = np.flatnonzero(np.bincount(shot) < traces.size)
    absent = np.setdiff1d(traces, traces[trace[shot == short[0]]])
    n_missing = shots.size * traces.size - shot.size
    beyond, others = n_missing - absent.size, short.size - 1
    return (
        f"shot {shots[short[0]]} lacks trace{'s' if absent.size > 1 else ''} "
        f"{abbreviate(map(str, absent))}, which other shots have"
        + (f" (and {beyond} of {others} other shot{'s' if others > 1 else ''})" if beyond else "")
    )


def _list_fields() -> dict[str, int]:
    """Return the first byte of every trace header by name."""
    segyio = import_optional("segyio", PURPOSE)
    return {name: int(byte) for name, byte in segyio.tracefield.keys.items()}


def _name_header(byte: int) -> str:
    return next((name for name, first in _list_fields().items() if first == byte), f"byte {byte}")


def _describe_header(byte: int) -> str:
    after = min((first for first in _list_fields().values() if first > byte), default=241)
    return f"{_name_header(byte)} (bytes {byte}-{after - 1})"
