"""What a SEG-Y file can hold: numbers of two and four bytes, samples in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .survey import Survey

LARGEST_SHORT, _LARGEST_LONG = 2**15 - 1, 2**31 - 1
# Of a whole microsecond: what single precision does to an interval is forgiven.
FORGIVEN = 1e-3


def check_segy(path: str | Path, survey: Survey) -> None:
    """Raise if a SEG-Y file cannot hold a survey.

    Parameters
    ----------
    path : path-like
        The file, for the message.
    survey : Survey
        What is to be written.

    Raises
    ------
    ValueError
        If its sample interval is not whole microseconds up to 32767, its start
        not whole microseconds, a trace has more than 32767 samples, a number
        does not fit into 32 bits or a sample not into single precision.

    Examples
    --------
    >>> check_segy("out.sgy", Survey(np.eye(2), sample_interval=1 / 1024))
    Traceback (most recent call last):
    ValueError: out.sgy: SEG-Y holds sample intervals of whole microseconds up to 32767, got...
    """
    micros = survey.sample_interval * 1e6
    nearest = min(max(round(micros), 1), LARGEST_SHORT)
    if abs(micros - nearest) > FORGIVEN:
        raise ValueError(
            f"{path}: SEG-Y holds sample intervals of whole microseconds up to {LARGEST_SHORT}, "
            f"got {micros:.10g} ({survey.sample_interval} s); the nearest is {nearest}"
        )
    if survey.n_samples > LARGEST_SHORT:
        raise ValueError(
            f"{path}: SEG-Y holds up to {LARGEST_SHORT} samples per trace, got {survey.n_samples}"
        )
    recording_delay(survey, path)
    offsets = np.zeros(1) if survey.offsets is None else survey.offsets
    for name, numbers in (
        ("shots", survey.shots),
        ("traces", survey.traces),
        ("offsets", offsets),
    ):
        largest = np.abs(numbers.astype(np.float64)).max()
        if largest > _LARGEST_LONG:
            raise ValueError(f"{path}: SEG-Y holds {name} up to {_LARGEST_LONG}, got {largest:.0f}")
    _check_samples(survey, path)


def recording_delay(survey: Survey, path: str | Path) -> tuple[int, int]:
    """Return the start time as SEG-Y has it.

    Parameters
    ----------
    survey : Survey
        Whose start time it is.
    path : path-like
        The file, for the message.

    Returns
    -------
    delay : int
        DelayRecordingTime.
    scalar : int
        What makes milliseconds of it: 1, or the negative of a divisor.

    Raises
    ------
    ValueError
        If two bytes cannot hold it.

    Examples
    --------
    >>> recording_delay(Survey(np.eye(2), 0.002, start_time=0.0125), "out.sgy")
    (125, -10)
    """
    millis = survey.start_time * 1e3
    for divisor in (1, 10, 100, 1000):
        value = round(millis * divisor)
        if abs(millis * divisor - value) <= FORGIVEN and abs(value) <= LARGEST_SHORT:
            return value, 1 if divisor == 1 else -divisor
    raise ValueError(
        f"{path}: SEG-Y holds start times of up to {LARGEST_SHORT} whole milliseconds, or "
        f"tenths to thousandths of them, got {survey.start_time} s"
    )


def _check_samples(survey: Survey, path: str | Path) -> None:
    """Raise if samples are not finite or overflow single precision."""
    limit = float(np.finfo(np.float32).max)
    for shot, gather in zip(survey.shots, survey.data, strict=True):
        # Written so that NaN, which a caller may have put in since, fails as well.
        if not (float(gather.max()) <= limit and float(gather.min()) >= -limit):
            trace, sample = np.argwhere(~(np.abs(gather) <= limit))[0]
            raise ValueError(
                f"{path}: single precision cannot hold sample {sample} (counted from 0) of shot "
                f"{shot}, trace {survey.traces[trace]}, {gather[trace, sample]}"
            )
