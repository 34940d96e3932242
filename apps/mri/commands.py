"""The command line of the MRI application: parse, call, print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..terminal.options import Json, Overwrite, Quiet, parse_numbers, shows_text
from .sampling.command import mask_command

if TYPE_CHECKING:
    from .job import Job, Outcome, Prepared

app = typer.Typer(
    help="Images of several channels from partial Fourier data.", no_args_is_help=True
)

app.command(name="mask")(mask_command)

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

_SCORED = ("method", "psnr", "peak", "ssim", "nrmse", "seconds", "groups", "status")
_MEASURED = ("method", "peak", "noise", "residual", "seconds", "groups", "status")

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
            help="PNG, TIFF or NPY image; a scan (fastMRI or ISMRMRD .h5, BART .cfl, NIfTI, DICOM, "
            "NPZ, Zarr); or sample:astronaut, sample:chelsea, sample:coffee, sample:head.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The image to write: .png, .tif, .npy, or a scan's format.")
    ],
    mask: Annotated[
        str | None,
        typer.Option(
            help="KIND:AMOUNT[,OPTION=VALUE...]: radial:LINES, variable:FRACTION, lines:R, "
            "caipi:R1xR2, poisson:R, partial:FRACTION, such as lines:4,calibration=24 or "
            "poisson:6,partial=0.75; or a file (centred). By default variable:0.3, or with "
            "--kspace wherever the data are not zero."
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
    wavelet: Annotated[
        str | None,
        typer.Option(
            help="haar, dbN, symN or coifN; spinning: one, or several in turn, haar+db2+sym4 by "
            "default; sym4 for other methods."
        ),
    ] = None,
    levels: Annotated[int | None, typer.Option(help="Wavelet levels; default: up to 5.")] = None,
    phase: Annotated[
        str,
        typer.Option(
            help="free, or constrained to that of the frequencies around zero, for partial Fourier "
            "data of complex images."
        ),
    ] = "free",
    strength: Annotated[
        str | None,
        typer.Option(
            help="spinning: relative to the noise, 0.85 by default, or auto, which tries several; "
            "l21: relative to the strength of the empty image, by default from the noise."
        ),
    ] = None,
    max_iter: Annotated[
        int | None,
        typer.Option(help="l21, mcp, spinning: largest number of iterations; default: 300."),
    ] = None,
    combine: Annotated[
        bool,
        typer.Option("--combine", help="Write the root of the sum of squares of the channels."),
    ] = False,
    channel_axis: Annotated[
        int | None, typer.Option(help="Axis of INPUT that holds the channels.")
    ] = None,
    uncentred: Annotated[
        bool,
        typer.Option(
            "--uncentred", help="Shift k-space, or a mask file, whose zero frequency is at index 0."
        ),
    ] = False,
    slice_number: Annotated[
        int | None,
        typer.Option("--slice", help="Slice of a scan, from 0; by default the middle one."),
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option(
            help="Of NPY, NPZ or Zarr, a letter for each axis: s (slice), c (channel), k (coil), "
            "z, y, x; such as kyx for coils."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of mask and noise; default: 0.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML page to write: images, errors, convergence, maps.")
    ] = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Sample an image's Fourier transform (or take measured k-space) and reconstruct it.

    Example: groupsparse mri reconstruct photo.png --mask radial:80 --out photo-22.png
    """
    from ...toolkit.execution.code_cache import watch_compiling
    from ..files.atomic import check_distinct_paths, check_target
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import progress_bar
    from .files.sampled_scan import check_result
    from .job import Job, describe_outcome, prepare, run
    from .methods import Settings
    from .options import check_options, parse_strength, refuse_noise

    most = Settings.max_iter if max_iter is None else max_iter
    alpha = parse_strength(strength)
    settings = Settings(method, wavelet, levels, alpha, max_iter=most, start=start, phase=phase)
    deviations = parse_numbers("--noise", noise)
    job = Job(
        source,
        mask,
        kspace,
        coils,
        deviations,
        seed or 0,
        channel_axis,
        settings,
        uncentred,
        slice_number,
        axes,
    )
    check_options(
        job,
        {
            "slice": slice_number,
            "kspace": kspace,
            "coils": coils,
            "max_iter": max_iter,
            "seed": seed,
            "channel_axis": channel_axis,
            "uncentred": uncentred,
        },
    )
    check_distinct_paths([out, report, json_to], read=[source, mask])
    if report is not None:
        check_target(report, overwrite=overwrite)
    check_json(json_to, overwrite=overwrite)
    if not job.is_scan:
        check_result(out, 1, None, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    prepared = prepare(job)
    n_written = 1 if combine else prepared.n_images
    check_result(out, n_written, prepared.scan, overwrite=overwrite)
    if deviations is not None and prepared.acquisition.is_below_noise:
        raise refuse_noise(noise)
    with watch_compiling(_announce_once(shows)), progress_bar(quiet=not shows) as watch:
        outcome = run(job, prepared, callback=watch(f"{method}"))
    if deviations is not None and outcome.reconstruction.has_lost_signal:
        raise refuse_noise(noise)
    is_new = not out.parent.exists()
    _write(out, outcome, prepared, combine=combine, overwrite=overwrite)
    if report is not None:
        from .pages.image_report import write_image_report

        write_image_report(report, job, prepared, outcome, out=str(out), overwrite=overwrite)
    write_json(json_to, describe_outcome(outcome, prepared), overwrite=overwrite)
    if shows:
        _show(job, outcome, prepared, out)
        if is_new:
            typer.echo(f"folder: {out.parent} (new)")


@app.command(name="reconstruct-stack")
def reconstruct_stack_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="K-space (slice, y, x), (slice, coil, y, x) or (slice, channel, coil, y, x): NPY "
            "or Zarr; or a scan: fastMRI, ISMRMRD, BART .cfl.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The images to write: .npy, .zarr, .h5, .nii.gz, ...")],
    mask: Annotated[
        str | None,
        typer.Option(help="As for reconstruct; by default wherever the data are not zero."),
    ] = None,
    method: Method = "spinning",
    noise: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of the noise per real number, in the data's units; by default "
            "estimated in every slice."
        ),
    ] = None,
    wavelet: Annotated[
        str | None, typer.Option(help="As for reconstruct; by default as suits the method.")
    ] = None,
    compress: Annotated[
        bool, typer.Option("--compress", help="Compress the coils to fewer virtual ones.")
    ] = False,
    magnitude: Annotated[
        bool, typer.Option("--magnitude", help="Write magnitudes rather than complex numbers.")
    ] = False,
    volume: Annotated[
        bool,
        typer.Option(
            "--volume",
            help="INPUT is one volume: (z, y, x), (coil, z, y, x) or (channel, coil, z, y, x).",
        ),
    ] = False,
    fill_failed: Annotated[
        bool, typer.Option("--fill-failed", help="Write NaN for slices that fail.")
    ] = False,
    jobs: Annotated[
        int, typer.Option(help="Number of slices at once; -1 means one per core.")
    ] = -1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of the scheduler of a Dask cluster that sees INPUT, as tcp://HOST:8786; "
            "in the place of --jobs."
        ),
    ] = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Reconstruct measured k-space of many slices, or of a volume, slice by slice.

    Finished slices are kept in the folder OUT.partial until the end: a run
    that was stopped continues from them when the same command is repeated.

    Example: groupsparse mri reconstruct-stack kspace.h5 --out images.h5
    """
    from ..files.atomic import check_distinct_paths
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import hint_at_kept_parts, show_count
    from .coils.measured import CoilSettings
    from .methods import Settings
    from .stacks.one_slice import StackSettings
    from .stacks.stack import Where, find_partial, reconstruct_stack
    from .stacks.volume import reconstruct_volume

    settings = StackSettings(
        Settings(method, wavelet),
        CoilSettings(compress=compress),
        mask=mask,
        noise=noise,
        magnitude=magnitude,
    )
    check_distinct_paths([out, json_to], read=[source, mask])
    check_json(json_to, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    work = reconstruct_volume if volume else reconstruct_stack
    with hint_at_kept_parts(find_partial(out)), show_count("slices", quiet=not shows) as progress:
        result = work(
            source,
            out,
            settings,
            where=Where(jobs, scheduler),
            progress=progress,
            fill_failed=fill_failed,
            overwrite=overwrite,
        )
    write_json(json_to, result.list_figures(), overwrite=overwrite)
    if shows:
        for number, why in result.failed.items():
            typer.echo(f"slice {number} failed: {why}", err=True)
        if result.empty:
            typer.echo(f"empty, no signal above the noise: slices {result.empty}", err=True)
        typer.echo(f"images: {out}, shape {result.shape}, {result.seconds:.1f} s")


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


def _announce_once(shows: bool) -> Callable[[], None]:
    """Return a function that says, when first called, that kernels are being compiled."""
    said = not shows

    def announce() -> None:
        nonlocal said
        if not said:
            typer.echo("compiling (first run only)")
        said = True

    return announce


def _write(
    out: Path, outcome: Outcome, prepared: Prepared, *, combine: bool, overwrite: bool
) -> None:
    """Write the images, or the image combined from all channels, which may be brighter."""
    from .acquisition import combine_coils
    from .files.formats import write_images
    from .files.images import FORMATS, write_image

    images, axis, peak = outcome.images, prepared.channel_axis, prepared.peak
    white = prepared.white
    if combine:
        images, axis = combine_coils(images)[None], None
        peak = max(peak, float(images.max()))
        white = None if peak > prepared.peak else white
    if prepared.scan is not None and out.suffix.lower() not in FORMATS:
        write_images(out, images[None], prepared.scan, overwrite=overwrite)
    else:
        write_image(out, images, channel_axis=axis, peak=peak, white=white, overwrite=overwrite)


def _show(job: Job, outcome: Outcome, prepared: Prepared, out: Path) -> None:
    """Print what was assumed and sampled, the metrics, and the path of the image."""
    from ..report.content import Table
    from ..terminal.tables import show_table
    from .job import describe_samples, score_images

    for note in prepared.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"mask: {describe_samples(job, prepared)}")
    rows, names = [outcome.metrics], list(_MEASURED)
    if prepared.acquisition.truth is not None:
        zero_filled = score_images(prepared.acquisition.zero_fill(), prepared)
        rows, names = [{"method": "zero-filled", **zero_filled}, *rows], list(_SCORED)
    else:
        noise = ", ".join(f"{deviation:.3g}" for deviation in prepared.acquisition.deviations)
        typer.echo(f"noise: {noise} in every real number")
    show_table(Table(names, [[row.get(name) for name in names] for row in rows]))
    typer.echo(f"image: {out}")
