"""The page about one reconstruction: images, errors, convergence, sampling, maps, settings."""

from __future__ import annotations

import platform
from dataclasses import fields
from pathlib import Path

import numpy as np
import scipy

from .... import __version__
from ...report.content import Section, Table
from ...report.page import write_page
from ..job import Job, Outcome, Prepared, score_each_channel
from ..scores import ChannelScore, find_object
from ..tuning.sweep import StrengthSweep
from .image_figures import draw_convergence, draw_profiles, draw_sweep
from .image_rows import MOST_CHANNELS, ImageViews, draw_error_rows, draw_image_rows
from .reproduction import format_command
from .sampling_pictures import draw_masks, draw_sensitivities, tabulate_noise, tabulate_sampling
from .views import View, view_images

_SCORE_COLUMNS = ["channel", "images", "PSNR (dB)", "SSIM", "NRMSE"]
_OBJECT_COLUMNS = ["PSNR, object", "SSIM, object", "NRMSE, object"]
_DIGITS = (".2f", ".4f", ".4f")


def write_image_report(
    path: str | Path,
    job: Job,
    prepared: Prepared,
    outcome: Outcome,
    *,
    out: str = "image.npy",
    overwrite: bool = False,
) -> Path:
    """Write an HTML page about one reconstruction.

    Parameters
    ----------
    path : path-like
        The page.
    job, prepared, outcome
        The job, what `prepare` made of it, and what `run` returned.
    out : str
        The image file in the command that repeats the reconstruction.
    overwrite : bool
        Whether an existing page may be replaced.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    FileExistsError
        If `path` exists and `overwrite` is false.

    Examples
    --------
    >>> from groupsparse.apps.mri.job import prepare, run
    >>> job = Job("sample:head", "variable:0.3")
    >>> prepared = prepare(job)
    >>> write_image_report("out/head.html", job, prepared, run(job, prepared)).name
    'head.html'
    """
    views = _view_all(prepared, outcome, job.settings.method)
    sections = [
        _make_result_section(prepared, outcome, views),
        _make_image_section(prepared, views),
        *_make_error_sections(views),
        Section("Profiles", picture_rows=[[draw_profiles(views)]]),
        *_make_convergence_sections(prepared, outcome),
        *_make_sweep_sections(outcome.reconstruction.sweep),
        _make_sampling_section(prepared),
        *_make_map_sections(prepared),
        _make_settings_section(job, out),
    ]
    name = Path(job.source).name
    return write_page(
        path,
        f"Images of {name}",
        _describe_data(prepared),
        sections,
        footer=f"groupsparse {__version__}, method {job.settings.method}",
        overwrite=overwrite,
    )


def _view_all(prepared: Prepared, outcome: Outcome, method: str) -> ImageViews:
    data = prepared.acquisition
    truth = None
    if data.truth is not None:
        truth = view_images("truth", prepared.finish(data.truth), data)
    zero_filled = view_images("zero-filled", prepared.finish(data.zero_fill()), data)
    found = view_images(f"reconstruction ({method})", outcome.images, data)
    if truth is not None and truth.phase is None and found.phase is not None:
        truth = View(truth.name, np.abs(truth.values))
    return ImageViews(truth, zero_filled, found)


def _describe_data(prepared: Prepared) -> str:
    """Return one paragraph on what was measured and what is looked for."""
    data = prepared.acquisition
    n_channels = len(prepared.make_displayable(data.zero_fill()))
    size = " × ".join(map(str, data.space[::-1]))
    images = "1 image" if n_channels == 1 else f"{n_channels} channels, reconstructed jointly,"
    coils = "" if data.maps is None else f" seen by {data.maps.shape[-1 - len(data.space)]} coils"
    percent = f"{100 * data.sampled_fraction:.1f}"
    return f"{images} of {size} pixels{coils}, from {percent} % of the frequencies."


def _make_result_section(prepared: Prepared, outcome: Outcome, views: ImageViews) -> Section:
    """Return the figures of the run and, with a truth, the scores."""
    data, solution, metrics = prepared.acquisition, outcome.reconstruction.solution, outcome.metrics
    rows: list[list[object]] = [
        ["status", metrics["status"]],
        ["iterations", solution.iterations],
        ["seconds", f"{metrics['seconds']:.2f}"],
        ["active groups", metrics["groups"]],
        ["norm of the residual", f"{solution.residual_norm:.4g}"],
        ["norm of the noise in the samples", f"{data.weighted_noise_level:.4g}"],
        *_compare_residual(metrics["residual"]),
    ]
    tables = [Table(["figure", "value"], rows, caption="the run")]
    notes: list[str] = []
    if views.truth is not None:
        tables.insert(0, _tabulate_scores(prepared, outcome, views))
        notes = _explain_scores(prepared)
    return Section("Result", tables=tables, notes=notes)


def _compare_residual(residual: object) -> list[list[object]]:
    """Return the row of the residual in units of the noise, where there is any noise."""
    return [] if residual is None else [["residual relative to the noise", f"{residual:.3f}"]]


def _tabulate_scores(prepared: Prepared, outcome: Outcome, views: ImageViews) -> Table:
    """Return the scores of zero-filled images and result for every channel."""
    compared = {
        views.zero_filled.name: prepared.acquisition.zero_fill(),
        views.result.name: outcome.reconstruction.images,
    }
    scored = {name: score_each_channel(images, prepared) for name, images in compared.items()}
    rows = [
        [str(scores[number].channel), name, *_format_scores(scores[number])]
        for number in range(len(scored[views.result.name]))
        for name, scores in scored.items()
    ]
    caption = "against the truth, of all pixels and of those of the object"
    return Table([*_SCORE_COLUMNS, *_OBJECT_COLUMNS], rows, caption=caption)


def _format_scores(score: ChannelScore) -> list[object]:
    return [
        None if value is None else format(value, digits)
        for part in (score.whole, score.inside)
        for value, digits in zip(part, _DIGITS, strict=True)
    ]


def _explain_scores(prepared: Prepared) -> list[str]:
    data = prepared.acquisition
    assert data.truth is not None
    share = 100 * float(find_object(prepared.make_displayable(data.truth)).mean())
    return [
        f"Peak of PSNR and SSIM: {prepared.peak:.4g}. NRMSE: norm of the error over that of the "
        "truth. Complex images are compared by their magnitudes.",
        f"The object covers {share:.0f} % of the pixels: those of the truth above 5 % of the "
        "bright ones (the 99 % quantile), and what they enclose.",
    ]


def _make_image_section(prepared: Prepared, views: ImageViews) -> Section:
    """Return the images in two windows, and their phases."""
    notes = [
        "All pictures of a channel share one window: it clips the brightest 0.5 % of the "
        f"{views.reference.name}. Below, in greys, from the 10 % to the 90 % quantile of what is "
        "not near black.",
    ]
    notes += _mention_omissions(prepared, views)
    return Section("Images", picture_rows=draw_image_rows(views), notes=notes)


def _mention_omissions(prepared: Prepared, views: ImageViews) -> list[str]:
    """Return what the pictures leave out."""
    notes: list[str] = []
    n_channels = len(views.result.values)
    if n_channels > MOST_CHANNELS:
        notes.append(f"The first {MOST_CHANNELS} of {n_channels} channels are shown.")
    space = prepared.acquisition.space
    if len(space) == 3:
        notes.append(f"Slice z = {space[0] // 2} of {space[0]} is shown.")
    if any(view.phase is not None for view in views.known):
        notes.append("Phases are in radians, and left out where the image is nearly black.")
    return notes


def _make_error_sections(views: ImageViews) -> list[Section]:
    rows = draw_error_rows(views)
    if not rows:
        return []
    text = (
        "Absolute errors against the truth, all in one scale. Its end is the error that 1 % of the "
        "zero-filled pixels exceed."
    )
    return [Section("Errors", text, picture_rows=rows)]


def _make_convergence_sections(prepared: Prepared, outcome: Outcome) -> list[Section]:
    noise = prepared.acquisition.weighted_noise_level
    picture = draw_convergence(outcome.reconstruction.solution.history, noise)
    if picture is None:
        return []
    text = (
        "A good image leaves a residual about as large as the noise in the samples. Where it "
        "leaves less, it fits noise, or the noise is over-estimated."
    )
    return [Section("Convergence", text, picture_rows=[[picture]])]


def _make_sweep_sections(sweep: StrengthSweep | None) -> list[Section]:
    """Return the strengths that were tried, where the data chose among them."""
    if sweep is None:
        return []
    picture = draw_sweep(sweep.strengths, sweep.criterion, sweep.chosen, sweep.name)
    text = "The strength was chosen without the truth, where the criterion is smallest."
    return [Section("Strength", text, picture_rows=[[picture]])]


def _make_sampling_section(prepared: Prepared) -> Section:
    data = prepared.acquisition
    whitened = [] if data.maps is None else ["The noise of the coils is made white beforehand."]
    return Section(
        "Sampling and noise",
        picture_rows=[draw_masks(data)],
        tables=[tabulate_sampling(data), tabulate_noise(data)],
        notes=[*prepared.notes, *whitened],
    )


def _make_map_sections(prepared: Prepared) -> list[Section]:
    rows = draw_sensitivities(prepared.acquisition)
    return [Section("Coil sensitivities", picture_rows=rows)] if rows else []


def _make_settings_section(job: Job, out: str) -> Section:
    """Return settings, versions and the command that repeats the reconstruction."""
    settings = [
        [field.name, str(getattr(job.settings, field.name))] for field in fields(job.settings)
    ]
    chosen = [[name, "chosen" if value == "None" else value] for name, value in settings]
    versions = [
        ["groupsparse", __version__],
        ["NumPy", np.__version__],
        ["SciPy", scipy.__version__],
        ["Python", platform.python_version()],
    ]
    return Section(
        "Settings",
        tables=[
            Table(["setting", "value"], chosen, caption="settings of the method"),
            Table(["software", "version"], versions, caption="versions"),
        ],
        commands=[format_command(job, out)],
    )
