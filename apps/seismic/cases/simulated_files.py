"""The files of a simulated survey."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...files.atomic import check_distinct_paths, check_target, replace_file
from ..files.survey_file import check_survey_output, write_survey
from .simulation import SimulatedSurvey, Simulation, simulate


@dataclass(frozen=True)
class SimulatedFiles:
    """Where to write a simulated survey, its truth and its velocities."""

    survey: Path
    truth: Path | None = None
    velocity: Path | None = None
    overwrite: bool = False


def write_simulation(simulation: Simulation, files: SimulatedFiles) -> SimulatedSurvey:
    """Simulate a survey and write its files; all of them are checked before the work.

    Raises
    ------
    FileExistsError
        If a file exists and may not be replaced.
    ValueError
        If two files are one, or a format is unknown or cannot hold the survey.
    """
    overwrite = files.overwrite
    targets = [path for path in (files.survey, files.truth) if path is not None]
    check_distinct_paths([*targets, files.velocity], read=[simulation.wavelets])
    for path in targets:
        check_survey_output(path, overwrite=overwrite, survey=simulation.make_empty_survey())
    if files.velocity is not None:
        check_target(files.velocity, overwrite=overwrite)
    made = simulate(simulation)
    surveys = dict(zip(targets, (made.survey, made.truth), strict=False))
    for path, survey in surveys.items():
        check_survey_output(path, overwrite=overwrite, survey=survey)
    for path, survey in surveys.items():
        write_survey(path, survey, overwrite=overwrite)
    if files.velocity is not None:
        write_velocity(files.velocity, made, overwrite=overwrite)
    return made


def write_velocity(path: Path, made: SimulatedSurvey, *, overwrite: bool) -> None:
    """Write the velocities of a simulated survey as a CSV table of times and velocities."""
    with replace_file(path, overwrite=overwrite) as temporary:
        lines = [f"{t:.6f},{v:.3f}" for t, v in zip(made.times, made.velocities, strict=True)]
        temporary.write_text("time,velocity\n" + "\n".join(lines) + "\n", encoding="utf-8")
