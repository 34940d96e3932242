"""The limits of SEG-Y: numbers of two and four bytes, samples in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...survey import Survey

LARGEST_SHORT, _LARGEST_LONG = 2**15 - 1, 2**31 - 1
# Rounding errors of single precision that are tolerated: in microseconds, or relative.
FORGIVEN, _FORGIVEN_SHARE = 1e-3, 6e-8
# No instrument records this, but numbers read in the wrong format often exceed it.
LARGEST_SAMPLE = 1e30


def check_segy(path: str | Path, survey: Survey, *, like: str | Path | None = None) -> None:
    """Raise a `ValueError` if a SEG-Y file cannot hold a survey.

    The sample interval must be whole microseconds up to 32767, traces have at most 32767 samples,
    numbers fit into 32 bits, and samples do not exceed 1e30, beyond which readers assume another
    format. `path` is for the message; the start time comes from the file `like`, if it is given.

    Examples
    --------
    >>> check_segy("out.sgy", Survey(np.eye(2), sample_interval=1 / 1024))
    Traceback (most recent call last):
    ValueError: out.sgy: SEG-Y holds sample intervals of whole microseconds up to 32767, got...
    """
    micros = survey.sample_interval * 1e6
    nearest = round(min(max(micros, 1), LARGEST_SHORT))
    if abs(micros - nearest) > FORGIVEN:
        raise ValueError(
            f"{path}: SEG-Y holds sample intervals of whole microseconds up to {LARGEST_SHORT}, "
            f"got {micros:.10g} ({survey.sample_interval} s); the nearest is {nearest}"
        )
    if survey.n_samples > LARGEST_SHORT:
        raise ValueError(
            f"{path}: SEG-Y holds up to {LARGEST_SHORT} samples per trace, got {survey.n_samples}"
        )
    if like is None:
        encode_start_time(survey, path)
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


def encode_start_time(survey: Survey, path: str | Path) -> tuple[int, int]:
    """Return DelayRecordingTime and its scalar: 1, or the negative of a divisor to milliseconds.

    Raises a `ValueError`, which names `path`, if two bytes cannot hold the start time.

    Examples
    --------
    >>> encode_start_time(Survey(np.eye(2), 0.002, start_time=0.0125), "out.sgy")
    (125, -10)
    """
    micros = survey.start_time * 1e6
    forgiven = max(FORGIVEN, _FORGIVEN_SHARE * abs(micros))
    for divisor in (1, 10, 100, 1000):
        unit = 1000 // divisor
        if abs(micros) >= unit * (LARGEST_SHORT + 0.5):
            break
        value = round(micros / unit)
        if abs(micros - unit * value) <= forgiven:
            return value, 1 if divisor == 1 else -divisor
    raise ValueError(
        f"{path}: SEG-Y holds start times of up to {LARGEST_SHORT} whole milliseconds, or "
        f"tenths to thousandths of them, got {survey.start_time} s"
    )


def _check_samples(survey: Survey, path: str | Path) -> None:
    """Raise if samples are not finite, or larger than `read_segy` accepts."""
    for shot, gather in zip(survey.shots, survey.data, strict=True):
        # Negated so that NaN, which a caller may have written into the data, fails as well.
        absurd = ~(np.abs(gather) <= LARGEST_SAMPLE)
        if absurd.any():
            trace, sample = np.argwhere(absurd)[0]
            raise ValueError(
                f"{path}: readers of SEG-Y take samples beyond {LARGEST_SAMPLE:g} for another "
                f"format of numbers, such as sample {sample} (counted from 0) of shot {shot}, "
                f"trace {survey.traces[trace]}, {gather[trace, sample]}"
            )
