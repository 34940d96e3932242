"""The textual header of a SEG-Y file: 40 lines for human readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...survey import Survey

_LINE = 76
_LINES = 40
# Lines before describe the survey, lines after are those the standard requires.
_FIRST_NOTE, _LAST_NOTE = 11, 38


def compose_text_lines(survey: Survey, like: str | Path | None = None) -> list[str]:
    """Return the 40 lines of the textual header, in ASCII and without their numbers.

    `like` is the file whose trace headers are copied.

    Examples
    --------
    >>> lines = compose_text_lines(Survey(np.eye(3), sample_interval=0.002, offsets=[0.4, 1, 2]))
    >>> print(lines[1])
    3 shots, 1 trace in each, 3 samples in each trace
    >>> print(lines[3])
    samples are IEEE floating point of 4 bytes, rounded from 8 bytes
    >>> len(lines), lines[-1]
    (40, 'END TEXTUAL HEADER')
    """
    lines = ["groupsparse: traces of several shots over the same places", *_describe_survey(survey)]
    lines += _describe_headers(survey) if like is None else _describe_copied_headers(like)
    lines.append(f"{survey.n_dead} dead traces (TraceIdentificationCode 2, bytes 29-30)")
    blank = [""] * (_FIRST_NOTE - 1 - len(lines))
    notes = list(survey.notes)[: _LAST_NOTE - _FIRST_NOTE + 1]
    lines += [*blank, *notes]
    lines += [""] * (_LINES - 2 - len(lines))
    lines += ["SEG Y REV1", "END TEXTUAL HEADER"]
    return [_to_plain_ascii(line) for line in lines]


def _describe_survey(survey: Survey) -> list[str]:
    plural = "" if survey.n_traces == 1 else "s"
    rounded = "" if survey.data.dtype == np.float32 else ", rounded from 8 bytes"
    return [
        f"{survey.n_shots} shots, {survey.n_traces} trace{plural} in each, "
        f"{survey.n_samples} samples in each trace",
        f"sample interval {survey.sample_interval * 1e6:.0f} microseconds, "
        f"first sample at {survey.start_time * 1e3:g} ms",
        f"samples are IEEE floating point of 4 bytes{rounded}",
    ]


def _describe_headers(survey: Survey) -> list[str]:
    shots, traces, offsets = survey.shots, survey.traces, survey.offsets
    if offsets is None:
        said = "offsets are not known (bytes 37-40 are 0)"
    elif (offsets == np.rint(offsets)).all():
        said = "offset in metres (bytes 37-40)"
    else:
        said = "offset in metres (bytes 37-40), rounded to whole ones"
    return [
        f"shot in FieldRecord (bytes 9-12), from {shots.min()} to {shots.max()}",
        f"trace in CDP (bytes 21-24), from {traces.min()} to {traces.max()}",
        said,
    ]


def _describe_copied_headers(like: str | Path) -> list[str]:
    return [f"trace headers copied from {Path(like).name}"]


def _to_plain_ascii(line: str) -> str:
    """Return a line that fits and whose characters exist in EBCDIC."""
    return " ".join(line.split()).encode("ascii", "replace").decode("ascii")[:_LINE]
