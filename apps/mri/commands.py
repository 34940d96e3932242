"""The command line of the MRI application: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..terminal.options import Json, Overwrite, Quiet, parse_numbers, shows_text

if TYPE_CHECKING:
    from .job import Metrics, Outcome, Prepared

app = typer.Typer(
    help="Images of several channels from partial Fourier data.", no_args_is_help=True
)

Method = Annotated[
    str,
    typer.Option(
        help="spinning (thresholds in shifted wavelets) is the closest on natural images and on "
        "piecewise constant ones; l21 is convex; gpdasc or mcp for exactly sparse images."
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        help="gpdasc: spinning, to start from the wavelets that exceed the noise in its images. "
        "For exactly sparse images."
    ),
]

_ABOVE_THE_ORACLE = (
    "The oracle is the least-squares fit on the true support in one fixed basis. Few "
    "coefficients in every shifted basis is a stronger assumption, so results may exceed it."
)


@app.command(name="reconstruct")
def reconstruct_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="PNG, TIFF or NPY image; or sample:astronaut, sample:chelsea, sample:coffee, "
            "sample:head.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The image to write: .png, .tif or .npy.")],
    mask: Annotated[
        str | None,
        typer.Option(
            help="radial:LINES, variable:FRACTION or a mask file (centred); by default "
            "variable:0.3, or with --kspace wherever the data are not zero."
        ),
    ] = None,
    method: Method = "spinning",
    start: Start = None,
    kspace: Annotated[
        bool,
        typer.Option("--kspace", help="INPUT holds measured, centred k-space (channel, y, x)."),
    ] = False,
    coils: Annotated[
        int | None, typer.Option(help="Simulate this many coils that see a one-channel image.")
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            help="Standard deviation of the noise per real number, relative to the image's peak, "
            "0.01 by default; with --kspace in the data's units, one for all channels or one per "
            "channel, separated by commas, by default estimated for every channel."
        ),
    ] = None,
    wavelet: Annotated[str, typer.Option(help="haar, dbN, symN or coifN.")] = "sym4",
    levels: Annotated[int | None, typer.Option(help="Wavelet levels; default: up to 5.")] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            help="spinning: relative to the noise, 0.85 by default; l21: relative to the strength "
            "of the empty image, by default from the noise."
        ),
    ] = None,
    max_iter: Annotated[
        int, typer.Option(help="l21, spinning: largest number of iterations.")
    ] = 300,
    combine: Annotated[
        bool,
        typer.Option("--combine", help="Write the root of the sum of squares of the channels."),
    ] = False,
    channel_axis: Annotated[
        int | None, typer.Option(help="Axis of INPUT that holds the channels.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of mask and noise.")] = 0,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Sample an image's Fourier transform (or take measured k-space) and reconstruct it.

    Example: groupsparse mri reconstruct photo.png --mask radial:80 --out photo-22.png
    """
    from ..files.atomic import check_distinct_paths
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import progress_bar
    from .files.images import check_output
    from .job import Job, prepare, run, score_images
    from .methods import Settings

    settings = Settings(method, wavelet, levels, strength, max_iter=max_iter, start=start)
    deviations = parse_numbers("--noise", noise)
    job = Job(source, mask, kspace, coils, deviations, seed, channel_axis, settings)
    check_distinct_paths([out, json_to], read=[source, mask])
    check_json(json_to, overwrite=overwrite)
    check_output(out, 1, overwrite=overwrite)
    prepared = prepare(job)
    n_written = 1 if combine else len(prepared.acquisition.samples)
    check_output(out, n_written, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with progress_bar(quiet=not shows) as watch:
        outcome = run(job, prepared, callback=watch(f"{method}"))
    _write(out, outcome, prepared, combine=combine, overwrite=overwrite)
    write_json(json_to, outcome.metrics, overwrite=overwrite)
    if shows:
        zero_filled = score_images(prepared.acquisition.zero_fill(), prepared)
        _show([{"method": "zero-filled", **zero_filled}, outcome.metrics], out)


@app.command(name="phantom")
def phantom_command(
    method: Method = "gpdasc",
    start: Start = None,
    seeds: Annotated[int, typer.Option(help="Number of phantoms, with seeds 0, 1, ...")] = 5,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Repeat the phantom experiment of Jiao, Jin and Lu, table II; compare with the oracle."""
    from ..report.content import Table
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import progress_bar
    from ..terminal.tables import show_table
    from .phantom import PUBLISHED, average, run_phantom_trials, summarise_trials

    check_json(json_to, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with progress_bar(quiet=not shows) as watch:
        watched = watch(f"phantom, {method}")
        trials = list(run_phantom_trials(method, seeds, start=start, callback=watched))
    means = summarise_trials(method, trials) | ({"start": start} if start else {})
    write_json(json_to, means, overwrite=overwrite)
    if not shows:
        return
    psnr, seconds = (None, None) if start else PUBLISHED.get(method, (None, None))
    label = f"{method}, start {start}" if start else method
    columns = ("method", "PSNR (dB)", "published", "groups", "seconds", "published")
    rows: list[list[object]] = [
        ["zero-filled", average(trials, "zero_filled_psnr"), None, None, None, None],
        [label, means["psnr"], psnr, means["groups"], means["seconds"], seconds],
        ["oracle", means["oracle_psnr"], None, None, None, None],
    ]
    caption = f"phantom of table II, means over seeds 0 to {seeds - 1}"
    show_table(Table(columns, rows, caption=caption))
    if "spinning" in (method, start):
        typer.echo(_ABOVE_THE_ORACLE)


def _write(
    out: Path, outcome: Outcome, prepared: Prepared, *, combine: bool, overwrite: bool
) -> None:
    """Write the images, or the image combined from all channels."""
    from .acquisition import combine_coils
    from .files.images import write_image

    images, axis = outcome.reconstruction.images, prepared.channel_axis
    if combine:
        images, axis = combine_coils(images)[None], None
    write_image(out, images, channel_axis=axis, peak=prepared.peak, overwrite=overwrite)


def _show(rows: list[Metrics], out: Path) -> None:
    """Print the metrics and the path of the image."""
    from ..report.content import Table
    from ..terminal.tables import show_table

    names = ("method", "psnr", "peak", "ssim", "nrmse", "seconds", "groups", "status")
    show_table(Table(names, [[row.get(name) for name in names] for row in rows]))
    typer.echo(f"image: {out}")
