"""From a survey to a survey of reflectivities: move-out, wavelets, noise, inversion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ..files.velocity_file import read_velocity
from ..inversion import Inversion
from ..signal.attenuation import attenuate_wavelets
from ..signal.move_out_correction import correct_move_out
from ..signal.wavelet_description import ESTIMATE, parse_wavelets
from ..signal.wavelet_estimation import estimate_wavelets
from ..survey import Survey
from .checked_input import check_wavelets
from .joint_inversion import invert
from .noise_in_band import resolve_noise_level


@dataclass(frozen=True)
class Job:
    """How a survey is to be inverted.

    Attributes
    ----------
    wavelets : str
        A description, a file, or "estimate", as in `parse_wavelets`.
    method, noise_level, strength, window, traces_together, dip, n_jobs
        As for `invert`.
    quality : float, optional
        Q of the earth: wavelets change with time as in `attenuate`.
    velocity : str, optional
        Metres per second, or a file, as in `read_velocity`: correct the normal
        move-out first.
    """

    wavelets: str
    method: str = "sbl"
    noise_level: float | None = None
    strength: float | None = None
    window: int | None = None
    traces_together: int = 1
    dip: float = 0.0
    velocity: str | None = None
    quality: float | None = None
    n_jobs: int | None = None


class Prepared(NamedTuple):
    """A survey that is ready to be inverted.

    Attributes
    ----------
    survey : Survey
        Reflectors at the same time in all shots.
    wavelets : list of ndarray
        One per shot.
    noise_level : float
        The norm of the noise.
    n_muted : int
        How many samples the move-out correction left out.
    """

    survey: Survey
    wavelets: list[Array]
    noise_level: float
    n_muted: int


def prepare(survey: Survey, job: Job) -> Prepared:
    """Correct move-out, and get wavelets and noise level.

    Parameters
    ----------
    survey : Survey
        As it was recorded.
    job : Job
        What is to be done.

    Returns
    -------
    Prepared
        What `invert` needs.

    Raises
    ------
    FileNotFoundError, ValueError
        If wavelets or velocities are neither described nor in a file, or do
        not fit the survey.

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((2, 3, 200))
    >>> prepared = prepare(Survey(data, 0.002), Job("ricker:30"))
    >>> len(prepared.wavelets)
    2
    """
    if job.wavelets == ESTIMATE and job.quality is not None:
        raise ValueError(
            "quality needs wavelets that are known at time zero; those estimated from the data are "
            "means over all times"
        )
    # What a dead trace holds is no measurement.
    live = survey.with_data(np.where(survey.dead[..., None], 0, survey.data))
    flat, n_muted = (live, 0) if job.velocity is None else _without_move_out(live, job.velocity)
    estimated = parse_wavelets(job.wavelets, survey.n_shots, survey.sample_interval)
    with _named(survey):
        if estimated is not None and job.quality is not None:
            estimated = attenuate_wavelets(
                estimated, survey.sample_interval, survey.n_samples, job.quality
            )
        wavelets = estimated or estimate_wavelets(live.data, survey.sample_interval)
        wavelets = check_wavelets(wavelets, survey.n_shots, survey.n_samples)
    level = job.noise_level
    if level is None:
        # Wavelets made from these data know nothing of where the signal ends.
        level = resolve_noise_level(flat.data, wavelets, quiet_by=estimated)
    return Prepared(flat, wavelets, level, n_muted)


def invert_survey(
    prepared: Prepared,
    job: Job,
    *,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[Survey, Inversion]:
    """Invert a survey.

    Parameters
    ----------
    prepared : Prepared
        From `prepare`.
    job : Job
        What is to be done.
    progress, checkpoint
        As for `invert`.

    Returns
    -------
    Survey
        The reflectivities over the survey's axes.
    Inversion
        With reflectors, and how it went.

    Raises
    ------
    ValueError
        As `invert` does.

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((2, 3, 200))
    >>> job = Job("ricker:30")
    >>> invert_survey(prepare(Survey(data, 0.002), job), job)[0].data.shape
    (2, 3, 200)
    """
    survey = prepared.survey
    result = invert(
        survey.data,
        prepared.wavelets,
        sample_interval=survey.sample_interval,
        noise_level=prepared.noise_level,
        method=job.method,
        strength=job.strength,
        window=job.window,
        traces_together=job.traces_together,
        dip=job.dip,
        n_jobs=job.n_jobs,
        progress=progress,
        checkpoint=checkpoint,
    )
    return survey.with_data(result.reflectivity), result


@contextmanager
def _named(survey: Survey) -> Iterator[None]:
    """Put the file's name before what is said of its shots and traces."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{survey.source or 'survey'}: {error}") from error


def _without_move_out(survey: Survey, velocity: str) -> tuple[Survey, int]:
    """Return the survey at zero-offset times, and how many samples were muted."""
    if survey.offsets is None:
        raise ValueError(f"{survey.source or 'survey'}: offsets are needed to correct move-out")
    if survey.start_time:
        raise ValueError(
            f"{survey.source or 'survey'}: move-out can be corrected for records that begin with "
            f"the shot, not {survey.start_time:g} s after it"
        )
    velocities = read_velocity(velocity, survey.times)
    with _named(survey):
        corrected, muted = correct_move_out(
            survey.data, survey.offsets, velocities, survey.sample_interval
        )
    return survey.with_data(corrected), int(np.count_nonzero(muted))
