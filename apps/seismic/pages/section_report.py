"""A page about the inversion of one survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .... import __version__
from ....toolkit.arrays import Array
from ...report.content import Section
from ...report.page import write_page
from ..inversion import Inversion
from ..inverting.survey_inversion import Prepared
from ..scores.score_tables import tabulate_figures
from ..signal.source import make_source_operator
from ..survey import Survey
from .density import draw_density_section
from .well_overlay import draw_well_overlay
from .wiggle import draw_wiggle_section, find_high_amplitude


def write_section_report(
    path: Path,
    prepared: Prepared,
    found: Survey,
    result: Inversion,
    figures: dict[str, Any],
    *,
    truth: Array | None = None,
    overwrite: bool = False,
) -> None:
    """Write a page with sections before and after.

    Parameters
    ----------
    path : path
        HTML.
    prepared : Prepared
        What was inverted.
    found : Survey
        The reflectivity.
    result : Inversion
        Its reflectors.
    figures : dict
        Shown as a table.
    truth : ndarray, shape (shot, trace, time), optional
        The true reflectivity, for overlays at three traces.
    overwrite : bool, default False
        Whether a file there may be replaced.

    Raises
    ------
    FileExistsError
        If there is one, and it may not be.
    """
    survey = prepared.survey
    sections = [Section("Figures", tables=[tabulate_figures(figures)])]
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


def _make_shot_section(prepared: Prepared, found: Survey, result: Inversion, shot: int) -> Section:
    survey = prepared.survey
    common: dict[str, Any] = {"traces": survey.traces, "start_time": survey.start_time}
    interval, name = survey.sample_interval, f"shot {survey.shots[shot]}"
    data = np.where(survey.dead[shot][:, None], np.nan, survey.data[shot])
    recovered = np.where(survey.dead[shot][:, None], np.nan, found.data[shot])
    recorded = draw_density_section(
        data,
        interval,
        title=f"recorded, {name}",
        reflectors=result.by_trace,
        detail="dots: reflectors of all shots",
        **common,
    )
    inverted = draw_density_section(
        recovered, interval, title=f"reflectivity, {name}", label="reflectivity", **common
    )
    wiggles = draw_wiggle_section(data, interval, title=f"recorded, {name}", **common)
    operator = make_source_operator(prepared.wavelets[shot], found.data[shot].shape)
    residual = draw_density_section(
        data - operator.apply(found.data[shot]),
        interval,
        title=f"what is left, {name}",
        detail="recorded less what the reflectivity explains, colours as recorded",
        limit=find_high_amplitude(data) or None,
        **common,
    )
    return Section(name.capitalize(), picture_rows=[[recorded, inverted], [wiggles, residual]])


def _make_overlay_section(survey: Survey, found: Survey, truth: Array | None) -> Section:
    """Return the reflectivities of shots at three traces."""
    chosen = np.unique(np.linspace(0, survey.n_traces - 1, 5).round().astype(int)[1:-1])
    exact = np.zeros_like(found.data) if truth is None else truth
    pictures = [
        [
            draw_well_overlay(
                exact[:, trace],
                found.data[:, trace],
                survey.sample_interval,
                observed=survey.data[:, trace],
                title=f"trace {survey.traces[trace]}",
                start_time=survey.start_time,
            )
        ]
        for trace in chosen
    ]
    return Section("At single traces", picture_rows=pictures)
