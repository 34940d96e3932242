"""The page about the inversion of one survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .... import __version__
from ....toolkit.arrays import Array
from ...report.content import Section
from ...report.page import write_page
from ..inversion import Inversion
from ..job import PreparedSurvey
from ..scores.score_tables import tabulate_figures, tabulate_shots_noise
from ..signal.source import make_source_operator
from ..survey import Survey
from .density import draw_density_section
from .section_axes import SectionAxes, find_high_amplitude
from .well_overlay import draw_well_overlay
from .wiggle import draw_wiggle_section


def write_section_report(
    path: Path,
    prepared: PreparedSurvey,
    found: Survey,
    result: Inversion,
    figures: dict[str, Any],
    *,
    truth: Array | None = None,
    overwrite: bool = False,
) -> None:
    """Write an HTML page with a table of figures and sections of the first and the last shot.

    `prepared`, `found` and `result` are from `prepare` and `run`. With the true reflectivity (shot,
    trace, time), it is drawn beside the recovered one at three traces.
    """
    survey = prepared.survey
    tables = [tabulate_figures(figures), tabulate_shots_noise(survey.shots, result)]
    sections = [Section("Figures", tables=tables)]
    shots = sorted({0, survey.n_shots - 1})
    sections += [_make_shot_section(prepared, found, result, shot) for shot in shots]
    sections.append(_make_overlay_section(survey, found, truth))
    source = Path(survey.source).name if survey.source else "survey"
    write_page(
        path,
        f"Reflectivity of {source}",
        f"{survey.n_shots} shots over {survey.n_traces} traces of {survey.n_samples} samples at "
        f"{1e3 * survey.sample_interval:g} ms.",
        sections,
        footer=f"groupsparse {__version__}, method {result.method}",
        overwrite=overwrite,
    )


def _make_shot_section(
    prepared: PreparedSurvey, found: Survey, result: Inversion, shot: int
) -> Section:
    survey = prepared.survey
    axes = SectionAxes(survey.sample_interval, survey.traces, survey.start_time)
    name = f"shot {survey.shots[shot]}"
    data = np.where(survey.dead[shot][:, None], np.nan, survey.data[shot])
    recovered = np.where(survey.dead[shot][:, None], np.nan, found.data[shot])
    recorded = draw_density_section(
        data,
        axes,
        title=f"recorded, {name}",
        reflectors=result.by_trace,
        detail="dots: reflectors of all shots",
    )
    inverted = draw_density_section(
        recovered, axes, title=f"reflectivity, {name}", label="reflectivity"
    )
    wiggles = draw_wiggle_section(data, axes, title=f"recorded, {name}")
    operator = make_source_operator(prepared.wavelets[shot], found.data[shot].shape)
    residual = draw_density_section(
        data - operator.apply(found.data[shot]),
        axes,
        title=f"residual, {name}",
        detail="recorded minus modelled from the reflectivity, colours as recorded",
        limit=find_high_amplitude(data) or None,
    )
    return Section(name.capitalize(), picture_rows=[[recorded, inverted], [wiggles, residual]])


def _make_overlay_section(survey: Survey, found: Survey, truth: Array | None) -> Section:
    """Return the section with the reflectivities of shots at three traces."""
    chosen = np.unique(np.linspace(0, survey.n_traces - 1, 5).round().astype(int)[1:-1])
    exact = np.zeros_like(found.data) if truth is None else truth
    axes = SectionAxes(survey.sample_interval, start_time=survey.start_time)
    pictures = [
        [
            draw_well_overlay(
                exact[:, trace],
                found.data[:, trace],
                axes,
                observed=survey.data[:, trace],
                title=f"trace {survey.traces[trace]}",
            )
        ]
        for trace in chosen
    ]
    return Section("At single traces", picture_rows=pictures)
