"""An inversion of a survey: its settings, its preparation and its run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array
from .files.velocity_file import read_velocity
from .files.wavelet_description import ESTIMATE, parse_wavelets
from .inversion import Inversion
from .inverting.input_checks import check_wavelets
from .inverting.joint_inversion import invert
from .inverting.noise_in_band import resolve_noise
from .inverting.settings import InversionSettings
from .inverting.shot_noise import compute_levels
from .signal.attenuation import attenuate_wavelets
from .signal.move_out_correction import correct_move_out
from .signal.wavelet_estimation import estimate_wavelets
from .survey import Survey


@dataclass(frozen=True)
class Job:
    """What to do with a survey.

    Attributes
    ----------
    wavelets : str
        A description, a file or "estimate", as for `parse_wavelets`.
    settings : InversionSettings
    noise_level : float or sequence of float, optional
        The norm of the noise in all live traces, or of every shot; estimated by default.
    velocity : str, optional
        Metres per second or a file, as for `read_velocity`: correct the move-out first.
    quality : float, optional
        Q of the earth: the wavelets change with time, as in `attenuate`.
    n_jobs : int, optional
        As for `invert`.
    """

    wavelets: str
    settings: InversionSettings = field(default_factory=InversionSettings)
    noise_level: float | Sequence[float] | None = None
    velocity: str | None = None
    quality: float | None = None
    n_jobs: int | None = None


class PreparedSurvey(NamedTuple):
    """A survey that is ready to be inverted: no move-out, wavelets and noise level known.

    The noise level is a number for all shots, or one per shot.
    """

    survey: Survey
    wavelets: list[Array]
    noise_level: ArrayLike
    n_muted: int


def prepare(survey: Survey, job: Job) -> PreparedSurvey:
    """Correct the move-out, and find the wavelets and the noise level.

    Raises
    ------
    FileNotFoundError, ValueError
        If the wavelets or velocities cannot be read or do not fit the survey.

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((2, 3, 200))
    >>> prepared = prepare(Survey(data, 0.002), Job("ricker:30"))
    >>> len(prepared.wavelets)
    2
    """
    if job.wavelets == ESTIMATE and job.quality is not None:
        raise ValueError(
            "quality needs wavelets that are known at time zero; wavelets estimated from the data "
            "are means over all times"
        )
    # The samples of a dead trace are not measurements.
    live = survey.with_data(np.where(survey.dead[..., None], 0, survey.data))
    flat, n_muted = (live, 0) if job.velocity is None else _remove_move_out(live, job.velocity)
    described = parse_wavelets(job.wavelets, survey.n_shots, survey.sample_interval)
    with _prefix_errors(survey):
        if described is not None and job.quality is not None:
            described = attenuate_wavelets(
                described, survey.sample_interval, survey.n_samples, job.quality
            )
        wavelets = described or estimate_wavelets(live.data, survey.sample_interval)
        wavelets = check_wavelets(wavelets, survey.n_shots, survey.n_samples)
    level: ArrayLike | None = job.noise_level
    if level is None:
        # Wavelets estimated from these data do not show where the signal ends.
        deviations = resolve_noise(
            flat.data, wavelets, quiet_by=described, robust=job.settings.robust
        )
        dead = np.asarray(~flat.data.any(axis=2))
        level = compute_levels(deviations, dead, survey.n_samples)
    return PreparedSurvey(flat, wavelets, level, n_muted)


def run(
    prepared: PreparedSurvey,
    job: Job,
    *,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | None = None,
) -> tuple[Survey, Inversion]:
    """Invert a prepared survey.

    Parameters
    ----------
    prepared : PreparedSurvey
        From `prepare`, with the same job.
    job : Job
    progress, checkpoint
        As for `invert`.

    Returns
    -------
    reflectivity : Survey
        Over the survey's axes.
    inversion : Inversion

    Examples
    --------
    >>> data = np.random.default_rng(0).standard_normal((2, 3, 200))
    >>> job = Job("ricker:30")
    >>> run(prepare(Survey(data, 0.002), job), job)[0].data.shape
    (2, 3, 200)
    """
    survey = prepared.survey
    inversion = invert(
        survey.data,
        prepared.wavelets,
        job.settings,
        sample_interval=survey.sample_interval,
        noise_level=prepared.noise_level,
        n_jobs=job.n_jobs,
        progress=progress,
        checkpoint=checkpoint,
    )
    return survey.with_data(inversion.reflectivity), inversion


@contextmanager
def _prefix_errors(survey: Survey) -> Iterator[None]:
    """Put the survey's file in front of the message of a `ValueError`."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{survey.source or 'survey'}: {error}") from error


def _remove_move_out(survey: Survey, velocity: str) -> tuple[Survey, int]:
    """Return the survey at zero-offset times, and the number of muted samples."""
    if survey.offsets is None:
        raise ValueError(f"{survey.source or 'survey'}: offsets are needed to correct move-out")
    if survey.start_time:
        raise ValueError(
            f"{survey.source or 'survey'}: move-out can be corrected for records that begin with "
            f"the shot, not {survey.start_time:g} s after it"
        )
    velocities = read_velocity(velocity, survey.times)
    with _prefix_errors(survey):
        corrected, muted = correct_move_out(
            survey.data, survey.offsets, velocities, survey.sample_interval
        )
    return survey.with_data(corrected), int(np.count_nonzero(muted))
