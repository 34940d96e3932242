"""The verbs of the seismic application: they parse options, run a job and print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..terminal.options import Json, Overwrite, Quiet, parse_numbers, shows_text

app = typer.Typer(
    help="Joint reflectivity of several shots that see the same reflectors.", no_args_is_help=True
)

Jobs = Annotated[int, typer.Option(help="Number of parallel jobs; -1 means one per core.")]
Interval = Annotated[
    float | None,
    typer.Option(
        help="Seconds between samples; needed for .npy, otherwise replaces that of the file."
    ),
]


@app.command(name="invert")
def invert_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SURVEY", help="SEG-Y, NPY, NPZ or Zarr, with axes (shot, trace, time)."
        ),
    ],
    wavelets: Annotated[
        str,
        typer.Option(
            help="ricker:HZ, ormsby:F1-F2-F3-F4 or klauder:LOW-HIGH-SECONDS, one for all shots or "
            "one per shot, separated by commas; a file (CSV with a column per shot, NPY or NPZ "
            "with a row per shot); or estimate."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Reflectivity to write: .sgy, .npy, .npz or .zarr.")],
    method: Annotated[
        str,
        typer.Option(
            help="sbl (finds the most reflectors), l21 (convex, fastest), mcp, l0, constrained, ow "
            "or windows (thick anomalies)."
        ),
    ] = "sbl",
    noise_level: Annotated[
        str | None,
        typer.Option(
            help="Norm of the noise in all live traces, or one per shot, separated by commas; by "
            "default estimated for every shot."
        ),
    ] = None,
    robust: Annotated[
        bool,
        typer.Option(
            "--robust", help="Leave out spikes and whatever else is neither signal nor noise."
        ),
    ] = False,
    strength: Annotated[
        float | None,
        typer.Option(
            help="For l21, mcp, l0 and windows: penalty strength as a fraction of the smallest one "
            "that gives zero; by default from the noise level."
        ),
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="For windows: window length in samples.")
    ] = None,
    velocity: Annotated[
        str | None,
        typer.Option(
            help="Correct normal move-out first: velocity in metres per second, or a file with "
            "columns time (s) and velocity (m/s)."
        ),
    ] = None,
    quality: Annotated[
        float | None,
        typer.Option(help="Q of the earth: the wavelets lose high frequencies with time."),
    ] = None,
    traces_together: Annotated[
        int, typer.Option(help="Number of neighbouring traces that share reflectors.")
    ] = 1,
    dip: Annotated[
        float, typer.Option(help="Delay of a reflector from one trace to the next, in seconds.")
    ] = 0.0,
    reflectors: Annotated[
        Path | None, typer.Option(help="CSV to write, with a row for every reflector.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="True reflectivity, to score the result against.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="HTML page with sections to write.")] = None,
    sample_interval: Interval = None,
    shot_header: Annotated[
        str | None, typer.Option(help="For SEG-Y: name or byte of the header that numbers shots.")
    ] = None,
    trace_header: Annotated[
        str | None, typer.Option(help="For SEG-Y: name or byte of the header that numbers traces.")
    ] = None,
    jobs: Jobs = -1,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Recover the reflectivity of all shots together.

    Finished parts are kept in the folder OUT.partial until the end: a run
    that was stopped continues from them when the same command is repeated.

    Example: groupsparse seismic invert survey.sgy --wavelets estimate --out reflectivity.sgy
    """
    from ..files.atomic import check_distinct_paths
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import hint_at_kept_parts, show_count
    from ..terminal.tables import show_table
    from .file_job import FileJob, run_file_job
    from .inverting.settings import InversionSettings
    from .job import Job
    from .scores.score_tables import tabulate_figures

    settings = InversionSettings(
        method,
        strength,
        window=window,
        traces_together=traces_together,
        dip=dip,
        robust=robust,
    )
    levels = parse_numbers("--noise-level", noise_level)
    job = Job(wavelets, settings, levels, velocity, quality, n_jobs=jobs)
    file_job = FileJob(
        source,
        out,
        job,
        reflectors=reflectors,
        truth=truth,
        report=report,
        sample_interval=sample_interval,
        shot_header=_parse_header(shot_header),
        trace_header=_parse_header(trace_header),
        overwrite=overwrite,
    )
    check_distinct_paths([*file_job.written, json_to], read=file_job.read)
    check_json(json_to, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with hint_at_kept_parts(file_job.partial), show_count("traces", quiet=not shows) as progress:
        figures = run_file_job(file_job, progress=progress)
    write_json(json_to, figures, overwrite=overwrite)
    if shows:
        show_table(tabulate_figures(figures))
        for path in file_job.written:
            typer.echo(f"written: {path}")


@app.command(name="model")
def model_command(
    out: Annotated[Path, typer.Option(help="Survey to write: .sgy, .npy, .npz or .zarr.")],
    earth: Annotated[str, typer.Option(help="layers, wedge or thin-beds.")] = "layers",
    traces: Annotated[int, typer.Option(min=1, help="Number of traces per shot.")] = 60,
    shots: Annotated[
        int, typer.Option(min=1, help="Number of shots, each with its own offset and wavelet.")
    ] = 8,
    wavelets: Annotated[
        str | None,
        typer.Option(
            help="As for invert; by default a Ricker wavelet of 20 to 40 Hz for every shot."
        ),
    ] = None,
    far_offset: Annotated[
        float,
        typer.Option(min=0, help="Offset of the last shot in metres; that of the first is 0."),
    ] = 1000.0,
    move_out: Annotated[bool, typer.Option("--move-out", help="Include normal move-out.")] = False,
    duration: Annotated[float, typer.Option(help="Length of the record in seconds.")] = 1.0,
    sample_interval: Annotated[float, typer.Option(help="Seconds between samples.")] = 0.002,
    snr: Annotated[
        float | None, typer.Option(help="Signal-to-noise ratio in dB; no noise by default.")
    ] = None,
    noise_band: Annotated[
        str | None,
        typer.Option(help="LOW-HIGH in hertz: band of coloured noise; white by default."),
    ] = None,
    quality: Annotated[
        float | None, typer.Option(help="Q of the earth, which attenuates the wavelets.")
    ] = None,
    coefficients: Annotated[str, typer.Option(help="zoeppritz, aki-richards or shuey.")] = "shuey",
    truth: Annotated[
        Path | None, typer.Option(help="Reflectivity at vertical times to write, as a survey.")
    ] = None,
    velocity: Annotated[
        Path | None,
        typer.Option(help="CSV of times and velocities to write, for --velocity of invert."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of earth, wavelets and noise.")] = 0,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a survey over a layered earth.

    Example: groupsparse seismic model --out survey.sgy --truth truth.npz --snr 10
    """
    from ..terminal.json_output import check_json, write_json
    from .cases.simulated_files import SimulatedFiles, write_simulation
    from .cases.simulation import Simulation

    simulation = Simulation(
        earth=earth,
        n_traces=traces,
        n_shots=shots,
        wavelets=wavelets,
        far_offset=far_offset,
        move_out=move_out,
        duration=duration,
        sample_interval=sample_interval,
        quality=quality,
        snr_db=snr,
        noise_band=None if noise_band is None else _parse_band(noise_band),
        method=coefficients,
        seed=seed,
    )
    files = SimulatedFiles(out, truth, velocity, overwrite=overwrite)
    for path in (out, truth, velocity):
        check_json(json_to, overwrite=overwrite, other=path)
    made = write_simulation(simulation, files)
    figures = {
        "survey": str(out),
        "shots": shots,
        "traces": traces,
        "noise_level": made.noise_level,
        "wavelets": made.wavelets,
    }
    write_json(json_to, figures, overwrite=overwrite)
    if not shows_text(quiet=quiet, json_to=json_to):
        return
    noise = "without noise" if snr is None else f"noise level {made.noise_level:.6g}"
    typer.echo(f"survey: {out}, {shots} shots x {traces} traces, {noise}")
    typer.echo(f"wavelets: {made.wavelets}")


@app.command(name="demo")
def demo_command(
    out: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("out/seismic.html"),
    method: Annotated[str, typer.Option(help="As for invert.")] = "sbl",
    seeds: Annotated[int, typer.Option(min=1, help="Number of draws of each case.")] = 30,
    shots: Annotated[
        int, typer.Option(min=1, help="Number of shots of the case in the first figures.")
    ] = 8,
    snr: Annotated[float, typer.Option(help="Signal-to-noise ratio of that case in dB.")] = 10.0,
    jobs: Jobs = -1,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Compare the joint inversion with single shots and with the stack, and write a page.

    Example: groupsparse seismic demo --json -
    """
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import step_bar
    from ..terminal.tables import show_table
    from .demo import DemoSettings
    from .pages.demo_page import run_demo
    from .scores.score_tables import tabulate_shots

    settings = DemoSettings(method, n_seeds=seeds, n_shots=shots, snr_db=snr, n_jobs=jobs)
    check_json(json_to, overwrite=overwrite, other=out)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with step_bar(quiet=not shows) as watch:
        results = run_demo(out, settings, watch=watch, overwrite=overwrite)
    write_json(json_to, results, overwrite=overwrite)
    if shows:
        show_table(tabulate_shots(results))
        typer.echo(f"report: {out}")


def _parse_band(text: str) -> tuple[float, float]:
    """Return two frequencies from "LOW-HIGH"."""
    low, _, high = text.partition("-")
    try:
        return float(low), float(high)
    except ValueError:
        raise ValueError(
            f"--noise-band must be two frequencies in hertz as in 5-60, got {text!r}"
        ) from None


def _parse_header(text: str | None) -> str | int | None:
    """Return the name of a header, or its byte as a number."""
    return int(text) if text is not None and text.isdecimal() else text
