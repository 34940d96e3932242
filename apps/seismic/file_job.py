"""An inversion from file to files: everything is checked before the work and written after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...toolkit.arrays import Array
from ..files.atomic import check_distinct_paths, check_target, replace_file
from .files.survey_file import check_survey_output, read_survey, write_survey
from .inversion import Inversion
from .inverting.reflectors import tabulate_reflectors
from .job import Job, PreparedSurvey, prepare, run
from .scores.metrics import score_survey
from .survey import Survey

_SEGY = {".sgy", ".segy"}


@dataclass(frozen=True)
class FileJob:
    """A job on a survey in a file.

    Attributes
    ----------
    source, out : Path
        The survey, and the reflectivity to write.
    job : Job
        What to do with the survey.
    reflectors : Path, optional
        The CSV table of reflectors to write.
    truth : Path, optional
        The true reflectivity, to score the result against.
    report : Path, optional
        The page to write.
    sample_interval, shot_header, trace_header
        As for `read_survey`.
    overwrite : bool, default False
        Whether files that exist may be replaced.
    """

    source: Path
    out: Path
    job: Job
    reflectors: Path | None = None
    truth: Path | None = None
    report: Path | None = None
    sample_interval: float | None = None
    shot_header: str | int | None = None
    trace_header: str | int | None = None
    overwrite: bool = False

    @property
    def read(self) -> list[str | Path | None]:
        """The files to read, and the descriptions of wavelets and velocities without files."""
        return [self.source, self.job.wavelets, self.job.velocity, self.truth]

    @property
    def written(self) -> list[Path]:
        """The files to write."""
        return [path for path in (self.out, self.reflectors, self.report) if path is not None]

    @property
    def partial(self) -> Path:
        """The folder that keeps finished parts of the inversion until its end."""
        return self.out.with_name(self.out.name + ".partial")

    @property
    def headers(self) -> dict[str, Any]:
        """The headers that number shots and traces of a SEG-Y file."""
        return {"shot_header": self.shot_header, "trace_header": self.trace_header}

    @property
    def copied(self) -> dict[str, Any]:
        """The SEG-Y file whose trace headers are copied, and how to read it."""
        is_segy = {self.source.suffix.lower(), self.out.suffix.lower()} <= _SEGY
        return {"like": self.source} | self.headers if is_segy else {}

    def check(self) -> None:
        """Raise if a file to write is an input, exists or cannot be written."""
        check_distinct_paths(self.written, read=self.read)
        check_survey_output(self.out, overwrite=self.overwrite)
        for path in self.written:
            if path != self.out:
                check_target(path, overwrite=self.overwrite)


def run_file_job(
    file_job: FileJob, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Invert a survey file, write the results and return the figures of the inversion.

    Finished parts are kept in the folder `FileJob.partial`: the same call, repeated after it was
    stopped, continues from them.

    Parameters
    ----------
    file_job : FileJob
    progress : callable, optional
        As for `invert`, and called with zero traces before the inversion starts.

    Raises
    ------
    FileExistsError
        If a file exists and may not be replaced.
    FileNotFoundError, ValueError
        If an input is missing, damaged or does not fit, or a setting is out of range; nothing
        has been written then.
    """
    file_job.check()
    job, overwrite, copied = file_job.job, file_job.overwrite, file_job.copied
    survey = read_survey(
        file_job.source, sample_interval=file_job.sample_interval, **file_job.headers
    )
    check_survey_output(file_job.out, overwrite=overwrite, survey=survey, like=copied.get("like"))
    truth = None if file_job.truth is None else _read_truth(file_job.truth, survey)
    prepared = prepare(survey, job)
    if progress is not None:
        progress(0, survey.n_traces)
    found, result = run(prepared, job, progress=progress, checkpoint=file_job.partial)
    figures = _collect_figures(prepared, result, truth)
    write_survey(file_job.out, found, overwrite=overwrite, **copied)
    if file_job.reflectors is not None:
        _write_reflectors(file_job.reflectors, found, result, overwrite=overwrite)
    if file_job.report is not None:
        from .pages.section_report import write_section_report

        write_section_report(
            file_job.report, prepared, found, result, figures, truth=truth, overwrite=overwrite
        )
    return figures


def _read_truth(path: Path, survey: Survey) -> Array:
    exact: Array = read_survey(path, sample_interval=survey.sample_interval).data
    if exact.shape != survey.data.shape:
        raise ValueError(
            f"{path}: the truth must have the survey's shape {survey.data.shape}, got {exact.shape}"
        )
    return exact


def _collect_figures(
    prepared: PreparedSurvey, result: Inversion, truth: Array | None
) -> dict[str, Any]:
    survey = prepared.survey
    figures: dict[str, Any] = {
        "method": result.method,
        "shots": survey.n_shots,
        "traces": survey.n_traces,
        "samples": survey.n_samples,
        "dead": survey.n_dead,
        "muted_samples": prepared.n_muted,
        "reflectors": result.n_reflectors,
        "outliers": int(np.count_nonzero(result.outliers)),
        "noise_level": result.noise_level,
        "shot_noise": result.shot_noise.tolist(),
        "residual_norm": result.residual_norm,
        "unconverged": result.n_unconverged,
        "seconds": result.seconds,
    }
    if survey.n_dead:
        figures["dead_traces"] = survey.describe_dead_traces()
    if survey.notes:
        figures["notes"] = "; ".join(survey.notes)
    if truth is not None:
        figures |= score_survey(result, truth)
    return figures


def _write_reflectors(path: Path, found: Survey, result: Inversion, *, overwrite: bool) -> None:
    table = tabulate_reflectors(found.data, result.by_trace, found.traces, found.times)
    with replace_file(path, overwrite=overwrite) as temporary:
        table.to_csv(temporary, index=False)
