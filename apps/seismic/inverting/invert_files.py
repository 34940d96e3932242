"""A survey file inverted into others: all is checked before the work, and written after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from ....toolkit.arrays import Array
from ...files.atomic import check_distinct_paths, check_target, replace_file
from ...terminal.json_output import check_json, write_json
from ...terminal.progress import counting_bar
from ...terminal.tables import show_table
from ..files.survey_file import check_survey_output, read_survey, write_survey
from ..inversion import Inversion
from ..scores.score_tables import tabulate_figures
from ..scores.survey_scores import score_survey
from ..survey import Survey
from .reflectors import tabulate_reflectors
from .survey_inversion import Job, Prepared, invert_survey, prepare

_SEGY = {".sgy", ".segy"}


@dataclass(frozen=True)
class Files:
    """What is read and what is written.

    Attributes
    ----------
    source : Path
        The survey.
    out : Path
        The reflectivity.
    reflectors : Path, optional
        CSV with a line for every reflector.
    truth : Path, optional
        The true reflectivity, which is read.
    report : Path, optional
        A page.
    json : str, optional
        Figures; "-" for the terminal.
    sample_interval, shot_header, trace_header
        As for `read_survey`.
    overwrite : bool, default False
        Whether files that exist may be replaced.
    """

    source: Path
    out: Path
    reflectors: Path | None = None
    truth: Path | None = None
    report: Path | None = None
    json: str | None = None
    sample_interval: float | None = None
    shot_header: str | int | None = None
    trace_header: str | int | None = None
    overwrite: bool = False

    @property
    def written(self) -> list[Path]:
        """The files that are written, but for JSON."""
        return [path for path in (self.out, self.reflectors, self.report) if path is not None]

    @property
    def headers(self) -> dict[str, Any]:
        """How a SEG-Y file numbers shots and traces."""
        return {"shot_header": self.shot_header, "trace_header": self.trace_header}

    @property
    def copied(self) -> dict[str, Any]:
        """Whose trace headers are copied, and how that is read."""
        is_segy = {self.source.suffix.lower(), self.out.suffix.lower()} <= _SEGY
        return {"like": self.source} | self.headers if is_segy else {}

    def check(self) -> None:
        """Raise at once if something could not be written after the work is done."""
        check_distinct_paths([self.source, *self.written])
        check_survey_output(self.out, overwrite=self.overwrite)
        for path in self.written:
            check_json(self.json, overwrite=self.overwrite, beside=path)
            if path != self.out:
                check_target(path, overwrite=self.overwrite)


def invert_files(files: Files, job: Job, *, quiet: bool = False) -> None:
    """Invert a survey file, and write what is asked for.

    What is done is kept in the folder OUT.partial until the end: the same
    call, stopped and made again, continues there.

    Parameters
    ----------
    files : Files
        What is read and written.
    job : Job
        How to invert.
    quiet : bool, default False
        No progress bar, no table.

    Raises
    ------
    FileExistsError
        If a file exists and may not be replaced.
    FileNotFoundError, ValueError
        If a file is not there, is damaged or does not fit, or a setting is out
        of its range; nothing has been written then.
    """
    files.check()
    survey = read_survey(files.source, sample_interval=files.sample_interval, **files.headers)
    copied = files.copied
    check_survey_output(
        files.out, overwrite=files.overwrite, survey=survey, like=copied.get("like")
    )
    truth = None if files.truth is None else _truth(files.truth, survey)
    prepared = prepare(survey, job)
    partial = files.out.with_name(files.out.name + ".partial")
    with _told_what_is_kept(partial), _traces_bar(survey.n_traces, quiet=quiet) as progress:
        found, result = invert_survey(prepared, job, progress=progress, checkpoint=partial)
    figures = _figures(prepared, result, truth)
    write_survey(files.out, found, overwrite=files.overwrite, **copied)
    if files.reflectors is not None:
        _write_reflectors(files.reflectors, found, result, overwrite=files.overwrite)
    if files.report is not None:
        from ..pages.section_report import write_section_report

        write_section_report(
            files.report,
            prepared,
            found,
            result,
            figures,
            truth=truth,
            overwrite=files.overwrite,
        )
    write_json(files.json, figures, overwrite=files.overwrite)
    if not quiet:
        show_table(tabulate_figures(figures))
        for path in files.written:
            typer.echo(f"written: {path}")


def _truth(path: Path, survey: Survey) -> Array:
    """Return the true reflectivity, if it has the survey's shape."""
    exact: Array = read_survey(path, sample_interval=survey.sample_interval).data
    if exact.shape != survey.data.shape:
        raise ValueError(
            f"{path}: the truth must have the survey's shape {survey.data.shape}, got {exact.shape}"
        )
    return exact


@contextmanager
def _told_what_is_kept(partial: Path) -> Iterator[None]:
    """Say where what is done is kept if the block is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if partial.is_dir():
            typer.echo(
                f"what is done is kept in {partial}: the same command goes on from there", err=True
            )
        raise


@contextmanager
def _traces_bar(n_traces: int, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that takes how many traces are done."""
    with counting_bar("traces", n_traces, quiet=quiet) as one_more:
        shown = 0

        def progress(n_done: int, _: int) -> None:
            nonlocal shown
            for _ in range(n_done - shown):
                one_more()
            shown = n_done

        yield progress


def _figures(prepared: Prepared, result: Inversion, truth: Array | None) -> dict[str, Any]:
    """Return what can be said of a result in numbers."""
    survey = prepared.survey
    figures: dict[str, Any] = {
        "method": result.method,
        "shots": survey.n_shots,
        "traces": survey.n_traces,
        "samples": survey.n_samples,
        "dead": survey.n_dead,
        "muted_samples": prepared.n_muted,
        "reflectors": result.n_reflectors,
        "noise_level": result.noise_level,
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
