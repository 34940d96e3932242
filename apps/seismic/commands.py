"""The command line of the seismic application: parse, call, print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .inversion import Inversion
    from .survey import Survey
    from .survey_inversion import Prepared

app = typer.Typer(
    help="Reflectivity of several shots over the same reflectors.", no_args_is_help=True
)

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar, no table.")]
Jobs = Annotated[int, typer.Option(help="How many run at the same time; -1: one per core.")]
Json = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the figures as JSON; - for the terminal."),
]
Interval = Annotated[
    float | None,
    typer.Option(help="Seconds between samples: for .npy, or instead of what the file says."),
]


@app.command(name="invert")
def invert_command(
    source: Annotated[
        Path,
        typer.Argument(metavar="SURVEY", help="SEG-Y, NPY, NPZ or Zarr: (shot, trace, time)."),
    ],
    wavelets: Annotated[
        str,
        typer.Option(
            help="ricker:HZ, ormsby:F1-F2-F3-F4, klauder:LOW-HIGH-SECONDS, one or one per shot "
            "with commas; a file (CSV, NPY, NPZ; a column or row per shot); or estimate."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Reflectivity: .sgy, .npy, .npz or .zarr.")],
    method: Annotated[
        str,
        typer.Option(
            help="sbl (finds most), l21 (convex, fastest), mcp, l0, constrained, ow, or windows "
            "(thick anomalies)."
        ),
    ] = "sbl",
    noise_level: Annotated[
        float | None,
        typer.Option(help="The norm of the noise in all live traces; by default estimated."),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            help="l21, mcp, l0, windows: relative to where all is zero; by default from the noise."
        ),
    ] = None,
    window: Annotated[int | None, typer.Option(help="windows: their length in samples.")] = None,
    velocity: Annotated[
        str | None,
        typer.Option(
            help="Correct the normal move-out first: metres per second, or a file with the "
            "columns time (s) and velocity."
        ),
    ] = None,
    quality: Annotated[
        float | None,
        typer.Option(help="Q of the earth: wavelets lose high frequencies with time."),
    ] = None,
    traces_together: Annotated[
        int, typer.Option(help="How many neighbouring traces share reflectors.")
    ] = 1,
    dip: Annotated[
        float, typer.Option(help="Seconds by which a reflector is later on the next trace.")
    ] = 0.0,
    reflectors: Annotated[
        Path | None, typer.Option(help="CSV with a line for every reflector.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="True reflectivity, to be scored against.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with sections: HTML.")] = None,
    sample_interval: Interval = None,
    shot_header: Annotated[
        str | None, typer.Option(help="SEG-Y: name or byte of the header that numbers shots.")
    ] = None,
    trace_header: Annotated[
        str | None, typer.Option(help="SEG-Y: the header that numbers traces.")
    ] = None,
    jobs: Jobs = -1,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Recover the reflectivity of all shots together.

    What is done is kept in the folder OUT.partial until the end: the same
    command, stopped and started again, continues there.

    Example: groupsparse seismic invert survey.sgy --wavelets estimate --out reflectivity.sgy
    """
    from ..output import write_json
    from .survey_file import check_survey_output, read_survey, write_survey
    from .survey_inversion import Job, invert_survey, prepare

    _check_targets(source, out, [reflectors, report], json_to, overwrite=overwrite)
    headers: dict[str, Any] = {
        "shot_header": _header(shot_header),
        "trace_header": _header(trace_header),
    }
    survey = read_survey(source, sample_interval=sample_interval, **headers)
    is_segy = {source.suffix.lower(), out.suffix.lower()} <= {".sgy", ".segy"}
    copied: dict[str, Any] = {"like": source} | headers if is_segy else {}
    check_survey_output(out, overwrite=overwrite, survey=survey, like=copied.get("like"))
    exact = None if truth is None else _truth(truth, survey)
    job = Job(
        wavelets,
        method=method,
        noise_level=noise_level,
        strength=strength,
        window=window,
        traces_together=traces_together,
        dip=dip,
        velocity=velocity,
        quality=quality,
        n_jobs=jobs,
    )
    prepared = prepare(survey, job)
    partial = out.with_name(out.name + ".partial")
    shown = quiet or json_to == "-"
    with _told_what_is_kept(partial), _traces_bar(survey.n_traces, quiet=shown) as progress:
        found, result = invert_survey(prepared, job, progress=progress, checkpoint=partial)
    figures = _figures(prepared, result, exact)
    write_survey(out, found, overwrite=overwrite, **copied)
    if reflectors is not None:
        _write_reflectors(reflectors, found, result, overwrite=overwrite)
    if report is not None:
        from .section_report import write_section_report

        write_section_report(
            report, prepared, found, result, figures, truth=exact, overwrite=overwrite
        )
    write_json(json_to, figures, overwrite=overwrite)
    if not shown:
        _show(figures, [out, reflectors, report])


@app.command(name="model")
def model_command(
    out: Annotated[Path, typer.Option(help="The survey: .sgy, .npy, .npz or .zarr.")],
    earth: Annotated[str, typer.Option(help="layers, wedge or thin-beds.")] = "layers",
    traces: Annotated[int, typer.Option(min=1, help="How many.")] = 60,
    shots: Annotated[
        int, typer.Option(min=1, help="How many; each has an offset and a wavelet.")
    ] = 8,
    wavelets: Annotated[
        str | None,
        typer.Option(help="As for invert; by default Ricker wavelets of 20 to 40 Hz, one a shot."),
    ] = None,
    far_offset: Annotated[
        float, typer.Option(min=0, help="Of the last shot, in metres; the first has 0.")
    ] = 1000.0,
    move_out: Annotated[
        bool, typer.Option("--move-out", help="Leave the normal move-out in.")
    ] = False,
    duration: Annotated[float, typer.Option(help="Of the record, in seconds.")] = 1.0,
    sample_interval: Annotated[float, typer.Option(help="Seconds between samples.")] = 0.002,
    snr: Annotated[
        float | None, typer.Option(help="Of the noise, in dB; by default there is none.")
    ] = None,
    noise_band: Annotated[
        str | None,
        typer.Option(help="LOW-HIGH in hertz: coloured noise; by default it is white."),
    ] = None,
    quality: Annotated[
        float | None, typer.Option(help="Q of the earth, which attenuates the wavelets.")
    ] = None,
    coefficients: Annotated[str, typer.Option(help="zoeppritz, aki-richards or shuey.")] = "shuey",
    truth: Annotated[
        Path | None, typer.Option(help="The reflectivity at vertical time, as a survey.")
    ] = None,
    velocity: Annotated[
        Path | None, typer.Option(help="CSV with time and velocity, for --velocity of invert.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of earth, wavelets and noise.")] = 0,
    overwrite: Overwrite = False,
) -> None:
    """Simulate a survey over a layered earth.

    Example: groupsparse seismic model --out survey.sgy --truth truth.npz --snr 10
    """
    from ..report.atomic import check_target
    from .simulation import Simulation, simulate, write_velocity
    from .survey_file import check_survey_output, write_survey

    setting = Simulation(
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
        noise_band=None if noise_band is None else _band(noise_band),
        method=coefficients,
        seed=seed,
    )
    targets = [path for path in (out, truth) if path is not None]
    _check_distinct([*targets, velocity])
    for path in targets:
        check_survey_output(path, overwrite=overwrite, survey=setting.empty())
    if velocity is not None:
        check_target(velocity, overwrite=overwrite)
    made = simulate(setting)
    for path, survey in zip(targets, (made.survey, made.truth), strict=False):
        check_survey_output(path, overwrite=overwrite, survey=survey)
    write_survey(out, made.survey, overwrite=overwrite)
    if truth is not None:
        write_survey(truth, made.truth, overwrite=overwrite)
    if velocity is not None:
        write_velocity(velocity, made, overwrite=overwrite)
    noise = "without noise" if snr is None else f"noise level {made.noise_level:.6g}"
    typer.echo(f"survey: {out}, {shots} shots x {traces} traces, {noise}")
    typer.echo(f"wavelets: {made.wavelets}")


@app.command(name="demo")
def demo_command(
    out: Annotated[Path, typer.Option(help="The page.")] = Path("out/seismic.html"),
    method: Annotated[str, typer.Option(help="As for invert.")] = "sbl",
    seeds: Annotated[int, typer.Option(min=1, help="How many draws of each case.")] = 30,
    shots: Annotated[int, typer.Option(min=1, help="Of the case whose figures are shown.")] = 8,
    snr: Annotated[float, typer.Option(help="Of the case whose figures are shown, in dB.")] = 10.0,
    jobs: Jobs = -1,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Compare the joint inversion with single shots and with the stack, and write a page.

    Example: groupsparse seismic demo --json -
    """
    from ..output import check_json, write_json
    from ..progress import step_bar
    from ..report.terminal import show_table
    from .demo import run_demo
    from .score_tables import main_table

    check_json(json_to, overwrite=overwrite, beside=out)
    shown = quiet or json_to == "-"
    with step_bar(quiet=shown) as watch:
        results = run_demo(
            out,
            method=method,
            n_seeds=seeds,
            n_shots=shots,
            snr_db=snr,
            n_jobs=jobs,
            watch=watch,
            overwrite=overwrite,
        )
    write_json(json_to, results, overwrite=overwrite)
    if not shown:
        show_table(main_table(results))
        typer.echo(f"report: {out}")


def _check_targets(
    source: Path, out: Path, others: list[Path | None], json_to: str | None, *, overwrite: bool
) -> None:
    """Raise at once if something could not be written after the work is done."""
    from ..output import check_json
    from ..report.atomic import check_target
    from .survey_file import check_survey_output

    _check_distinct([source, out, *others])
    check_survey_output(out, overwrite=overwrite)
    for path in others:
        if path is not None:
            check_target(path, overwrite=overwrite)
            check_json(json_to, overwrite=overwrite, beside=path)
    check_json(json_to, overwrite=overwrite, beside=out)


def _check_distinct(paths: list[Path | None]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        if path is not None:
            if path.resolve() in seen:
                raise ValueError(f"{path} is named twice; every file needs a name of its own")
            seen[path.resolve()] = path


def _band(text: str) -> tuple[float, float]:
    """Return two frequencies from "LOW-HIGH"."""
    low, _, high = text.partition("-")
    try:
        return float(low), float(high)
    except ValueError:
        raise ValueError(
            f"--noise-band must be two frequencies in hertz as in 5-60, got {text!r}"
        ) from None


def _header(text: str | None) -> str | int | None:
    """Return a header's name, or its byte as a number."""
    return int(text) if text is not None and text.isdecimal() else text


def _truth(path: Path, survey: Survey) -> Any:
    """Return the true reflectivity, if it has the survey's shape."""
    from .survey_file import read_survey

    exact = read_survey(path, sample_interval=survey.sample_interval).data
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


def _traces_bar(n_traces: int, *, quiet: bool) -> Any:
    """Return a context whose callback takes how many traces are done."""
    from ..progress import counting_bar

    @contextmanager
    def bar() -> Any:
        with counting_bar("traces", n_traces, quiet=quiet) as one_more:
            shown = 0

            def progress(n_done: int, _: int) -> None:
                nonlocal shown
                for _ in range(n_done - shown):
                    one_more()
                shown = n_done

            yield progress

    return bar()


def _figures(prepared: Prepared, result: Inversion, truth: Any) -> dict[str, Any]:
    """Return what can be said of a result in numbers."""
    from .survey_scores import survey_scores

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
        figures["dead_traces"] = survey.dead_traces()
    if survey.notes:
        figures["notes"] = "; ".join(survey.notes)
    if truth is not None:
        figures |= survey_scores(result, truth)
    return figures


def _write_reflectors(path: Path, found: Survey, result: Inversion, *, overwrite: bool) -> None:
    from ..report.atomic import replacing
    from .reflectors import reflector_table

    table = reflector_table(found.data, result.by_trace, found.traces, found.times)
    with replacing(path, overwrite=overwrite) as temporary:
        table.to_csv(temporary, index=False)


def _show(figures: dict[str, Any], files: list[Path | None]) -> None:
    """Print the figures, and where the files are."""
    from ..report.terminal import show_table
    from .score_tables import figures_table

    show_table(figures_table(figures))
    for path in files:
        if path is not None:
            typer.echo(f"written: {path}")
