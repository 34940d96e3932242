"""The demonstration: a photograph, a head scan and the published phantom, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ... import __version__
from ...toolkit.arrays import Array
from ..files.atomic import check_target
from ..report.content import Picture, Section, Table
from ..report.page import write_page
from ..terminal.hints import blame
from ..terminal.progress import Watch
from .job import Job, Outcome, Prepared, prepare, run, score_images
from .phantom import PUBLISHED, Trial, mean, run_phantom_trials
from .reconstruct import Settings

TITLE = "groupsparse: images from partial Fourier data"
N_SEEDS = 5
_METHODS = {"l21": "l2,1 (FISTA)", "gpdasc": "l0(l2) (GPDASC)"}
_PUBLISHED_NAMES = {"l21": "SPGL1", "gpdasc": "GPDASC"}


@dataclass(frozen=True)
class _Case:
    """A real image with what the page says about it."""

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
        Job("sample:astronaut", "variable:0.3"),
    ),
    _Case(
        "head, 4 coils",
        "Head scan, 256 x 256, four coil images",
        "A real MRI slice (ships with Matplotlib's sample data), seen by four coils whose "
        "smooth complex sensitivities are simulated, since the file holds magnitudes only. 30 % "
        "of the frequencies, noise 0.01 in real and imaginary parts. The coil images are "
        "reconstructed together and combined by the root of the sum of squares. Peak: 1.",
        Job("sample:head", "variable:0.3", coils=4),
    ),
)


class Row(NamedTuple):
    """One line of the results: measured figures beside the published ones."""

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


def make_results_table(rows: Sequence[Row]) -> Table:
    """Return rows as a table, without the columns that none of them fills.

    Parameters
    ----------
    rows : sequence of Row
        At least one.

    Returns
    -------
    Table
        With as many digits as mean something.

    Examples
    --------
    >>> make_results_table([Row("head", "zero-filled", 30.512)]).rows
    [['head', 'zero-filled', '30.5']]
    """
    kept = [i for i in range(len(_FORMATS)) if any(row[i] is not None for row in rows)]
    cells = [[_cell(row[i], _FORMATS[i]) for i in kept] for row in rows]
    return Table([list(_HEADINGS.values())[i] for i in kept], cells)


def write_demo_page(path: str | Path, *, watch: Watch, overwrite: bool = False) -> list[Row]:
    """Run all reconstructions and write the page.

    Parameters
    ----------
    path : path-like
        Where the page goes. An earlier page of the demo is replaced.
    watch : callable
        Given the name of each step as it begins; returns the callback that
        its solver reports to.
    overwrite : bool
        Whether any other file at `path` may be replaced, too.

    Returns
    -------
    list of Row
        All metrics, beside the published figures.

    Raises
    ------
    FileExistsError
        If `path` holds something else than an earlier page of the demo.
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
    rows: list[Row] = []
    for case in _CASES:
        section, case_rows = _image_section(case, watch)
        sections.append(section)
        rows.extend(case_rows)
    section, phantom_rows = _phantom_section(watch)
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
        "zero, or not, in all channels together. The l2,1 norm is convex; the l0(l2) penalty "
        "counts groups and suits images that are exactly sparse, such as the phantom.",
        [overview, *sections, section],
        footer=f"groupsparse {__version__}",
        overwrite=overwrite,
    )
    return rows


def warm_up() -> None:
    """Compile whatever the demo runs, in single and double precision, real and complex."""
    for coils in (None, 2):
        job = Job("sample:head", "variable:0.1", coils=coils)
        prepared = prepare(job)
        for method in _METHODS:
            run(replace(job, settings=Settings(method)), prepared, callback=lambda _: True)
    for method in _METHODS:
        next(run_phantom_trials(method, 1, callback=lambda _: True))


def _image_section(case: _Case, watch: Watch) -> tuple[Section, list[Row]]:
    """Reconstruct one real image by both methods."""
    prepared = prepare(case.job)
    truth = prepared.acquisition.truth
    assert truth is not None
    zero_filled = prepared.acquisition.zero_fill()
    rows: list[Row] = [_row(case.name, "zero-filled", score_images(zero_filled, prepared))]
    named = [("zero-filled", zero_filled)]
    for method, label in _METHODS.items():
        job = replace(case.job, settings=replace(case.job.settings, method=method))
        outcome: Outcome = run(job, prepared, callback=watch(f"{case.name}: {label}"))
        rows.append(_row(case.name, label, outcome.metrics))
        named.append((label, outcome.reconstruction.images))
    section = Section(
        case.title,
        case.text,
        picture_rows=_pictures(prepared, truth, named, [row.psnr for row in rows]),
        tables=[make_results_table(rows)],
        commands=[_command(case.job, method) for method in _METHODS],
    )
    return section, rows


def _phantom_section(watch: Watch) -> tuple[Section, list[Row]]:
    """Run the experiment of table II over its seeds by both methods."""
    name = f"phantom, seeds 0 to {N_SEEDS - 1}"
    rows: list[Row] = []
    first: list[tuple[str, Trial]] = []
    for method, label in _METHODS.items():
        trials = list(run_phantom_trials(method, N_SEEDS, callback=watch(f"phantom: {label}")))
        psnr, seconds = PUBLISHED[method]
        label = f"{label}; published: {_PUBLISHED_NAMES[method]}"
        figures = {"psnr": mean(trials, "psnr"), "seconds": mean(trials, "seconds")}
        published = {"published_psnr": psnr, "published_seconds": seconds}
        rows.append(Row(name, label, **figures, **published))
        first.append((_METHODS[method], trials[0]))
    rows.insert(0, Row(name, "zero-filled", mean(trials, "zero_filled_psnr")))
    rows.append(Row(name, "oracle (true support)", mean(trials, "oracle_psnr")))
    section = Section(
        "Phantom of table II, 64 x 64, three channels",
        "Operator 3771 x 12288: 22 radial lines in half-plane form, six levels of Haar wavelets, "
        "noise 0.01. The phantom's channels share all edges, not their intensities. PSNR takes "
        "the largest magnitude of the reconstruction as peak, as the paper does. The oracle is "
        "the least-squares fit on the true support: no method that has to find the support can "
        "be expected to pass it. The pictures show channel 0 of seed 0.",
        picture_rows=_phantom_pictures(first),
        tables=[make_results_table(rows)],
        commands=[f"groupsparse mri phantom --method {m} --seeds {N_SEEDS}" for m in _METHODS],
    )
    return section, rows


def _phantom_pictures(first: Sequence[tuple[str, Trial]]) -> list[list[Picture]]:
    acquisition = first[0][1].acquisition
    truth = acquisition.truth
    assert truth is not None
    prepared = Prepared(acquisition, 0, 1.0, coils=False)
    named = [("zero-filled", acquisition.zero_fill()), *((n, t.images) for n, t in first)]
    figures = [first[0][1].zero_filled_psnr, *(trial.psnr for _, trial in first)]
    return _pictures(prepared, truth[:1], [(n, images[:1]) for n, images in named], figures)


def _pictures(
    prepared: Prepared,
    truth: Array,
    named: Sequence[tuple[str, Array]],
    figures: Sequence[float | None],
) -> list[list[Picture]]:
    """Return a row of images, and below it the mask and the error of each."""
    target = prepared.shown(truth)
    low = min(0.0, float(target.min()))
    limits = (low, float(target.max()))
    shown = [(name, prepared.shown(images)) for name, images in named]
    images = [Picture("original", _displayed(target, limits), limits)]
    errors = [
        Picture(
            "sampled frequencies",
            prepared.acquisition.fourier.mask.astype(float),
            detail=f"{100 * prepared.acquisition.sampled_fraction:.0f} % measured",
        )
    ]
    scale = float(np.quantile(_error(shown[0][1], target), 0.99))
    for (name, image), figure in zip(shown, figures, strict=True):
        detail = "" if figure is None else f"{figure:.1f} dB"
        images.append(Picture(name, _displayed(image, limits), limits, detail=detail))
        errors.append(
            Picture(
                f"error of {name}",
                _error(image, target),
                (0.0, scale),
                colormap="magma",
                colorbar=True,
            )
        )
    return [images, errors]


def _displayed(image: Array, limits: tuple[float, float]) -> Array:
    """Return one channel as (y, x) or three as (y, x, 3) within the limits."""
    clipped = np.clip(image, *limits)
    result: Array = np.moveaxis(clipped, 0, -1) if len(image) == 3 else clipped[0]
    return result


def _error(image: Array, truth: Array) -> Array:
    """Return the root-mean-square error over the channels at every pixel."""
    result: Array = np.sqrt(((image - truth) ** 2).mean(axis=0))
    return result


def _command(job: Job, method: str) -> str:
    coils = f" --coils {job.coils}" if job.coils else ""
    return (
        f"groupsparse mri reconstruct {job.source} --mask {job.mask}{coils} "
        f"--noise {job.noise} --method {method} --out {method}.npy"
    )


def _row(name: str, label: str, metrics: dict[str, Any]) -> Row:
    figures = ("psnr", "ssim", "nrmse", "seconds")
    return Row(name, label, **{figure: metrics.get(figure) for figure in figures})


def _cell(value: str | float | None, digits: str) -> str | None:
    return value if value is None or isinstance(value, str) else format(value, digits)


def _is_own_page(path: Path) -> bool:
    """Return whether a file is an earlier page of the demo."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f"<title>{TITLE}".encode() in file.read(8192)
