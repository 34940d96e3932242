"""The page of the demonstration: a photograph, a head scan and the published phantom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from .... import __version__
from ...files.atomic import check_target
from ...report.content import Picture, Section, Table
from ...report.page import write_page
from ...terminal.hints import blame
from ...terminal.progress import Watch
from ..job import Job, Prepared, prepare, run, score_images
from ..methods import Settings
from ..phantom import PUBLISHED, PhantomTrial, average, run_phantom_trials, warm_up_phantom
from .demo_pictures import make_pictures
from .reproduction import format_command

TITLE = "groupsparse: images from partial Fourier data"
N_SEEDS = 5
_METHODS = {"l21": "l2,1 (FISTA)", "gpdasc": "l0(l2) (GPDASC)"}
_IMAGE_METHODS = {"spinning": "spinning", "l21": "l2,1 (FISTA)"}
_PUBLISHED_NAMES = {"l21": "SPGL1", "gpdasc": "GPDASC"}


@dataclass(frozen=True)
class _Case:
    """A real image with its text on the page."""

    name: str
    title: str
    text: str
    job: Job


_CASES = (
    _Case(
        "photograph",
        "Colour photograph, 512 x 512",
        "A real photograph (Eileen Collins; NASA, ships with scikit-image). 30 % of the "
        "frequencies of each colour channel are measured, more densely near the centre, and "
        "noise with standard deviation 0.01 is added. The three channels share their edges: a "
        "group is one wavelet position in all of them. Peak of PSNR and SSIM: 1.",
        Job("sample:astronaut", "variable:0.3", noise=0.01),
    ),
    _Case(
        "head, 4 coils",
        "Head scan, 256 x 256, seen by four coils",
        "A real MRI slice (ships with Matplotlib's sample data), seen by four coils whose "
        "smooth complex sensitivities are simulated, since the file holds magnitudes only. 30 % "
        "of the frequencies, noise 0.01 in real and imaginary parts. One image is reconstructed, "
        "by sensitivities that are estimated from the same frequencies (ESPIRiT). Peak: 1.",
        Job("sample:head", "variable:0.3", coils=4, noise=0.01),
    ),
)


class ResultRow(NamedTuple):
    """One row of the results: measured figures beside the published ones."""

    data: str
    method: str
    psnr: float | None
    published_psnr: float | None = None
    ssim: float | None = None
    nrmse: float | None = None
    seconds: float | None = None
    published_seconds: float | None = None


_HEADINGS = {
    "data": "data",
    "method": "method",
    "psnr": "PSNR (dB)",
    "published_psnr": "published",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "seconds": "seconds",
    "published_seconds": "published",
}
_FORMATS = ("", "", ".1f", ".1f", ".3f", ".3f", ".2f", ".1f")


def make_results_table(rows: Sequence[ResultRow]) -> Table:
    """Return results as a table, without the columns that no row fills.

    >>> make_results_table([ResultRow("head", "zero-filled", 30.512)]).rows
    [['head', 'zero-filled', '30.5']]
    """
    kept = [i for i in range(len(_FORMATS)) if any(row[i] is not None for row in rows)]
    cells = [[_format_cell(row[i], _FORMATS[i]) for i in kept] for row in rows]
    return Table([list(_HEADINGS.values())[i] for i in kept], cells)


def write_demo_page(path: str | Path, *, watch: Watch, overwrite: bool = False) -> list[ResultRow]:
    """Run all reconstructions, write the page and return its rows.

    `watch` is called with the name of each step as it begins, and returns the callback of its
    solver. An earlier page of the demo is replaced; `overwrite` permits replacing any other file.
    """
    target = Path(path)
    overwrite = overwrite or _is_own_page(target)
    if target.exists() and not overwrite:
        error = FileExistsError(f"{target} exists already and is not a report of the demo")
        raise blame(error, "overwrite")
    check_target(target, overwrite=overwrite)
    watch("compiling (first run only)")
    warm_up()
    sections: list[Section] = []
    rows: list[ResultRow] = []
    for case in _CASES:
        section, case_rows = _make_image_section(case, watch)
        sections.append(section)
        rows.extend(case_rows)
    section, phantom_rows = _make_phantom_section(watch)
    rows.extend(phantom_rows)
    overview = Section(
        "All results",
        tables=[make_results_table(rows)],
        notes=[
            "Published: Jiao, Jin and Lu, Group sparse recovery via the l0(l2) penalty, table II "
            "(their computer, their noise, and a phantom whose channels the paper does not give).",
            "Seconds are wall-clock times of one reconstruction on this machine, once compiled.",
        ],
        commands=["make demo", "groupsparse demo"],
    )
    write_page(
        target,
        TITLE,
        "Joint reconstruction of several channels: wavelet coefficients at one position are "
        "zero, or not, in all channels together. Thresholds in shifted wavelets (spinning) are the "
        "default, the best on photographs and scans; the l2,1 norm is convex; the l0(l2) penalty "
        "counts groups and suits images that are exactly sparse, such as the phantom.",
        [overview, *sections, section],
        footer=f"groupsparse {__version__}",
        overwrite=overwrite,
    )
    return rows


def warm_up() -> None:
    """Compile the demo's solvers, in single and double precision, real and complex."""
    for coils in (None, 2):
        job = Job("sample:head", "variable:0.1", coils=coils)
        prepared = prepare(job)
        for method in _IMAGE_METHODS:
            run(replace(job, settings=Settings(method)), prepared, callback=lambda _: True)
    for method in _METHODS:
        warm_up_phantom(method)


def _make_image_section(case: _Case, watch: Watch) -> tuple[Section, list[ResultRow]]:
    """Return the section and the rows of one real image, reconstructed by both methods."""
    prepared = prepare(case.job)
    truth = prepared.acquisition.truth
    assert truth is not None
    zero_filled = prepared.acquisition.zero_fill()
    rows = [_make_row(case.name, "zero-filled", score_images(zero_filled, prepared))]
    named = [("zero-filled", zero_filled)]
    commands: list[str] = []
    for method, label in _IMAGE_METHODS.items():
        job = replace(case.job, settings=replace(case.job.settings, method=method))
        commands.append(format_command(job, f"{method}.npy"))
        outcome = run(job, prepared, callback=watch(f"{case.name}: {label}"))
        rows.append(_make_row(case.name, label, outcome.metrics))
        named.append((label, outcome.reconstruction.images))
    section = Section(
        case.title,
        case.text,
        picture_rows=make_pictures(prepared, truth, named, [row.psnr for row in rows]),
        tables=[make_results_table(rows)],
        commands=commands,
    )
    return section, rows


def _make_phantom_section(watch: Watch) -> tuple[Section, list[ResultRow]]:
    """Return the section and the rows of table II's experiment, by both methods."""
    name = f"phantom, seeds 0 to {N_SEEDS - 1}"
    rows: list[ResultRow] = []
    first: list[tuple[str, PhantomTrial]] = []
    for method, label in _METHODS.items():
        trials = list(run_phantom_trials(method, N_SEEDS, callback=watch(f"phantom: {label}")))
        psnr, seconds = PUBLISHED[method]
        label = f"{label}; published: {_PUBLISHED_NAMES[method]}"
        figures = {"psnr": average(trials, "psnr"), "seconds": average(trials, "seconds")}
        published = {"published_psnr": psnr, "published_seconds": seconds}
        rows.append(ResultRow(name, label, **figures, **published))
        first.append((_METHODS[method], trials[0]))
    rows.insert(0, ResultRow(name, "zero-filled", average(trials, "zero_filled_psnr")))
    rows.append(ResultRow(name, "oracle (true support)", average(trials, "oracle_psnr")))
    section = Section(
        "Phantom of table II, 64 x 64, three channels",
        "Operator 3771 x 12288: 22 radial lines in half-plane form, six levels of Haar wavelets, "
        "noise 0.01. The phantom's channels share all edges, not their intensities. PSNR takes "
        "the largest magnitude of the reconstruction as peak, as the paper does. The oracle is "
        "the least-squares fit on the true support: no method that has to find the support can "
        "be expected to pass it. The pictures show channel 0 of seed 0.",
        picture_rows=_make_phantom_pictures(first),
        tables=[make_results_table(rows)],
        commands=[f"groupsparse mri phantom --method {m} --seeds {N_SEEDS}" for m in _METHODS],
    )
    return section, rows


def _make_phantom_pictures(first: Sequence[tuple[str, PhantomTrial]]) -> list[list[Picture]]:
    acquisition = first[0][1].acquisition
    truth = acquisition.truth
    assert truth is not None
    prepared = Prepared(acquisition, 0, 1.0)
    named = [("zero-filled", acquisition.zero_fill()), *((n, t.images) for n, t in first)]
    figures = [first[0][1].zero_filled_psnr, *(trial.psnr for _, trial in first)]
    return make_pictures(prepared, truth[:1], [(n, images[:1]) for n, images in named], figures)


def _make_row(name: str, label: str, metrics: Mapping[str, Any]) -> ResultRow:
    figures = ("psnr", "ssim", "nrmse", "seconds")
    return ResultRow(name, label, **{figure: metrics.get(figure) for figure in figures})


def _format_cell(value: str | float | None, digits: str) -> str | None:
    return value if value is None or isinstance(value, str) else format(value, digits)


def _is_own_page(path: Path) -> bool:
    """Return whether a file is an earlier page of the demo."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f"<title>{TITLE}".encode() in file.read(8192)
