"""A writer of SEG-Y rev 1 files in IEEE floating point of 4 bytes.

What the format cannot hold, such as a sample interval of fractional microseconds, is an error
before anything is written; it is never rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .....toolkit.arrays import IntArray
from ....files.atomic import check_target, replace_file
from ....files.damage import explain_errors, import_optional
from ...survey import Survey
from .headers import (
    DELAY,
    IDENTIFICATION,
    OFFSET,
    SAMPLE_COUNT,
    SAMPLE_INTERVAL,
    TIME_SCALAR,
    TraceHeaders,
    find_trace_grid,
)
from .layout import IEEE_FLOAT, PURPOSE, open_segy
from .limits import FORGIVEN, LARGEST_SHORT, check_segy, encode_start_time
from .reading import read_start_time
from .text import compose_text_lines

if TYPE_CHECKING:
    import segyio

_LIVE, _DEAD = 1, 2
# The last bytes of a trace header: free for any use, and not among the fields of segyio.
_UNASSIGNED = (233, 237)
# Fields of the binary header that a processing step keeps.
_KEPT = ("JobID", "LineNumber", "ReelNumber", "EnsembleFold", "MeasurementSystem", "SortingCode")


class _Source(NamedTuple):
    """The open file whose trace headers are copied, and the place in it of every trace."""

    file: segyio.SegyFile
    positions: IntArray


def write_segy(
    path: str | Path,
    survey: Survey,
    *,
    overwrite: bool = False,
    like: str | Path | None = None,
    shot_header: str | int | None = None,
    trace_header: str | int | None = None,
) -> Path:
    """Write a survey as SEG-Y rev 1; the arguments are those of `write_survey`.

    Samples become IEEE floating point of 4 bytes, and offsets whole metres. With `like`, only the
    number of samples, the sample interval and the marks of dead traces are set again in the copied
    headers. Without it, traces are written shot after shot with FieldRecord (shot), CDP (trace),
    TraceNumber, offset, TraceIdentificationCode (2 for dead traces) and DelayRecordingTime.

    The standard (SEG Technical Standards Committee, 2002) has signed numbers of two bytes, so
    neither the interval in microseconds nor the number of samples may exceed 32767.

    Examples
    --------
    >>> survey = Survey(np.eye(3, dtype=np.float32), sample_interval=0.002)
    >>> write_segy("written.sgy", survey).stat().st_size
    4356
    """
    final = Path(path)
    check_segy(final, survey, like=like)
    check_target(final, overwrite=overwrite)
    segyio = import_optional("segyio", PURPOSE)
    with (
        _open_source(like, survey, shot_header, trace_header) as source,
        replace_file(final, overwrite=overwrite) as temporary,
        explain_errors(final, "SEG-Y", action="written"),
        segyio.create(temporary, _make_specification(segyio, survey)) as file,
    ):
        file.text[0] = segyio.tools.create_text_header(
            dict(enumerate(compose_text_lines(survey, like), start=1))
        )
        _write_binary_header(file, segyio, survey, source)
        _write_traces(file, survey, source)
    return final


@contextmanager
def _open_source(
    like: str | Path | None,
    survey: Survey,
    shot_header: str | int | None,
    trace_header: str | int | None,
) -> Iterator[_Source | None]:
    """Yield the file whose headers are copied, with the places of the survey's traces."""
    if like is None:
        yield None
        return
    with open_segy(like) as (file, _):
        headers = TraceHeaders(file, like)
        grid = find_trace_grid(headers, shot_header=shot_header, trace_header=trace_header)
        start = read_start_time(headers, grid)
        if abs(start - survey.start_time) > FORGIVEN * 1e-6:
            raise ValueError(
                f"{like}: traces start at {start} s, those to be written at {survey.start_time} s"
            )
        shot = _find_places(grid.shots, survey.shots, f"{like} has no shot")
        trace = _find_places(grid.traces, survey.traces, f"{like} has no trace")
        yield _Source(file, grid.positions[np.ix_(shot, trace)])


def _find_places(known: IntArray, wanted: IntArray, absent: str) -> IntArray:
    """Return the places of the wanted numbers among the known ones, which ascend."""
    place = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    strangers = wanted[known[place] != wanted]
    if strangers.size:
        raise ValueError(f"{absent} {strangers[0]}, whose headers are to be copied")
    return place


def _make_specification(segyio: Any, survey: Survey) -> Any:
    spec = segyio.spec()
    spec.format = IEEE_FLOAT
    spec.samples = 1e3 * survey.sample_interval * np.arange(survey.n_samples)
    spec.tracecount = survey.n_shots * survey.n_traces
    return spec


def _write_binary_header(
    file: segyio.SegyFile, segyio: Any, survey: Survey, source: _Source | None
) -> None:
    micros = round(survey.sample_interval * 1e6)
    n_traces = survey.n_traces if survey.n_traces <= LARGEST_SHORT else 0
    fields = {
        "Traces": n_traces,
        "AuxTraces": 0,
        "Interval": micros,
        "IntervalOriginal": micros,
        "Samples": survey.n_samples,
        "SamplesOriginal": survey.n_samples,
        "Format": IEEE_FLOAT,
        "SortingCode": 5,  # common source point
        "MeasurementSystem": 1,  # metres
        "SEGYRevision": 1,
        "SEGYRevisionMinor": 0,
        "TraceFlag": 1,  # all traces have the same length
        "ExtendedHeaders": 0,
    }
    bytes_of = segyio.binfield.keys
    if source is not None:
        fields |= {name: source.file.bin[bytes_of[name]] for name in _KEPT}
    file.bin.update({bytes_of[name]: value for name, value in fields.items()})


def _write_traces(file: segyio.SegyFile, survey: Survey, source: _Source | None) -> None:
    """Write headers and samples, in the order of the source if there is one."""
    n_traces = survey.n_traces
    order = np.arange(survey.dead.size) if source is None else source.positions.argsort(axis=None)
    common = {
        SAMPLE_COUNT: survey.n_samples,
        SAMPLE_INTERVAL: round(survey.sample_interval * 1e6),
    }
    for i, flat in enumerate(order):
        shot, trace = divmod(int(flat), n_traces)
        if source is None:
            own = _make_header(survey, shot, trace, i)
        else:
            own = _copy_header(source, survey, shot, trace)
        file.header[i] = {**own, **common}
        file.trace[i] = survey.data[shot, trace].astype(np.float32)


def _make_header(survey: Survey, shot: int, trace: int, i: int) -> dict[int, int]:
    """Return the header of trace `i` of the file."""
    delay, scalar = encode_start_time(survey, survey.source)
    offsets = survey.offsets
    offset = 0.0 if offsets is None else offsets[(shot, trace)[: offsets.ndim]]
    return {
        1: i + 1,  # TRACE_SEQUENCE_LINE
        5: i + 1,  # TRACE_SEQUENCE_FILE
        9: int(survey.shots[shot]),  # FieldRecord
        13: trace + 1,  # TraceNumber
        21: int(survey.traces[trace]),  # CDP
        25: shot + 1,  # CDP_TRACE
        IDENTIFICATION: _DEAD if survey.dead[shot, trace] else _LIVE,
        OFFSET: round(float(offset)),
        DELAY: delay,
        TIME_SCALAR: scalar,
    }


def _copy_header(source: _Source, survey: Survey, shot: int, trace: int) -> dict[int, int]:
    header = source.file.header[int(source.positions[shot, trace])]
    own = {int(byte): value for byte, value in header.items()}
    own |= {byte: header[byte] for byte in _UNASSIGNED}
    if survey.dead[shot, trace]:
        own[IDENTIFICATION] = _DEAD
    elif own[IDENTIFICATION] == _DEAD:
        own[IDENTIFICATION] = _LIVE
    return own
