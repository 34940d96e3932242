"""One page that shows what joint inversion is good for, on cases whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .... import __version__
from ....toolkit.arrays import Array
from ...files.atomic import check_target
from ...report.page import write_page
from ..cases.comparison import average_scores, compare_cases, compare_wedges
from ..cases.wedge import tuning_thickness
from ..inverting.methods import get_method
from ..scores.score_tables import tabulate_case
from .demo_sections import (
    make_curve_sections,
    make_gather_section,
    make_layers_section,
    make_wedge_section,
)

TITLE = "Joint reflectivity of several shots"
SHOTS = (1, 2, 4, 8, 16)
SNRS = (0.0, 5.0, 10.0, 15.0, 20.0)
SNR_SHOTS = (1, 4, 8, 16)
_WAYS = ("joint", "single_shot", "stack")
_WEDGES = 30  # at most
_MEAN_FREQUENCY = 30.0


def run_demo(
    out: str | Path,
    *,
    method: str = "sbl",
    n_seeds: int = 30,
    n_shots: int = 8,
    snr_db: float = 10.0,
    n_jobs: int | None = None,
    watch: Callable[[str], None] = lambda _: None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Compare joint, single-shot and stacked inversion, and write the page.

    Parameters
    ----------
    out : path
        The page; one of an earlier demo is replaced.
    method : str, default "sbl"
        As for `invert`.
    n_seeds : int, default 30
        How many draws of each case.
    n_shots : int, default 8
        Of the canonical case whose figures come first.
    snr_db : float, default 10
        Of that case, and of the curves against the number of shots.
    n_jobs : int, optional
        How many inversions at once.
    watch : callable, optional
        Called with the name of every step as it begins.
    overwrite : bool, default False
        Whether a page that is not the demo's own may be replaced.

    Returns
    -------
    dict
        "joint", "single_shot" and "stack", each with "f1"; "reversing", the
        same where strengths change their sign; "shots" and "snr", the same by
        number of shots and SNR; "wedge", the shares resolved by thickness.

    Raises
    ------
    FileExistsError
        If there is another file at `out`.
    ValueError
        If there is no such method.
    """
    get_method(method)
    replaced = overwrite or _is_own_page(Path(out))
    check_target(out, overwrite=replaced)
    by_shots = {}
    for polarity in ("kept", "reversing"):
        watch(f"{n_seeds} draws of 1 to 16 shots, polarity {polarity}")
        numbers = sorted({*SHOTS, n_shots})
        cases = [(shots, snr_db, polarity) for shots in numbers]
        scores = compare_cases(cases, n_seeds, method=method, n_jobs=n_jobs)
        by_shots[polarity] = dict(zip(numbers, scores, strict=True))
    watch(f"{n_seeds} draws at {len(SNRS)} noise levels")
    grid = [(shots, snr, "kept") for shots in SNR_SHOTS for snr in SNRS]
    by_snr = dict(
        zip(
            [case[:2] for case in grid],
            compare_cases(grid, n_seeds, method=method, n_jobs=n_jobs),
            strict=True,
        )
    )
    watch("wedge")
    n_wedges = min(n_seeds, _WEDGES)
    wedge = compare_wedges(n_wedges, method=method)
    watch("scores of one case")
    means = average_scores(n_shots, snr_db, n_seeds, method)
    results = _collect_results(by_shots, by_snr, n_shots)
    results["joint"] |= means
    results["wedge"] = {
        "thickness_ms": [2 * thick for thick in wedge[0]],
        "joint": list(wedge[0].values()),
        "single_shot": list(wedge[1].values()),
        "tuning_ms": 1e3 * tuning_thickness(_MEAN_FREQUENCY),
    }
    results |= {
        "case": {"shots": n_shots, "snr_db": snr_db, "seeds": n_seeds, "method": method},
        "report": str(out),
    }
    watch("pictures")
    sections = [
        make_gather_section(n_shots, snr_db, method, tabulate_case(results)),
        *make_curve_sections(by_shots, by_snr, snr_db),
        make_wedge_section(wedge, tuning_thickness(_MEAN_FREQUENCY), n_wedges, method),
        make_layers_section(snr_db, method, n_jobs),
    ]
    write_page(
        out,
        TITLE,
        "Several shots see the same reflectors, each with a wavelet, strengths and noise of its "
        "own. Inverted together, by groups of one time sample in all shots, they show reflectors "
        "that no shot shows alone. All data on this page are simulated.",
        sections,
        footer=f"groupsparse {__version__}, method {method}, {n_seeds} draws of each case",
        overwrite=replaced,
    )
    return results


def _collect_results(
    by_shots: dict[str, dict[int, Array]], by_snr: dict[tuple[int, float], Array], n_shots: int
) -> dict[str, Any]:
    """Return the means of all scores by name."""
    results: dict[str, Any] = _average_scores(by_shots["kept"][n_shots])
    results["reversing"] = _average_scores(by_shots["reversing"][n_shots])
    results["shots"] = {str(shots): _average_scores(by_shots["kept"][shots]) for shots in SHOTS}
    results["shots_reversing"] = {
        str(shots): _average_scores(by_shots["reversing"][shots]) for shots in SHOTS
    }
    results["snr"] = {
        f"{shots} shots": {
            f"{snr:g}": _average_scores(by_snr[shots, snr])["joint"]["f1"] for snr in SNRS
        }
        for shots in SNR_SHOTS
    }
    return results


def _average_scores(scores: Array) -> dict[str, dict[str, float]]:
    means = np.mean(scores, axis=0)
    return {way: {"f1": float(mean)} for way, mean in zip(_WAYS, means, strict=True)}


def _is_own_page(path: Path) -> bool:
    """Return whether a file is an earlier page of the demo."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f"<title>{TITLE}".encode() in file.read(8192)
