"""The seismic demo: joint, single-shot and stacked inversion of cases with a known truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...toolkit.arrays import Array
from .cases.comparison import (
    WedgeComparison,
    average_scores,
    compare_cases,
    compare_wedges,
)
from .cases.wedge import find_tuning_thickness
from .inverting.methods import get_method

SHOTS = (1, 2, 4, 8, 16)
SNRS = (0.0, 5.0, 10.0, 15.0, 20.0)
SNR_SHOTS = (1, 4, 8, 16)
_WAYS = ("joint", "single_shot", "stack")
_WEDGES = 30  # at most
_MEAN_FREQUENCY = 30.0


@dataclass(frozen=True)
class DemoSettings:
    """The settings of the demo.

    Attributes
    ----------
    method : str
        As for `InversionSettings`.
    n_seeds : int
        The number of draws of each case.
    n_shots, snr_db
        Of the canonical case whose figures come first; `snr_db` also of the curves against the
        number of shots.
    n_jobs : int, optional
        The number of inversions at once.
    """

    method: str = "sbl"
    n_seeds: int = 30
    n_shots: int = 8
    snr_db: float = 10.0
    n_jobs: int | None = None

    def __post_init__(self) -> None:
        get_method(self.method)

    @property
    def n_wedges(self) -> int:
        """The number of wedges to draw."""
        return min(self.n_seeds, _WEDGES)


class DemoScores(NamedTuple):
    """The scores of all cases.

    Attributes
    ----------
    by_shots : dict
        For either polarity, F1 (seed, way) by number of shots.
    by_snr : dict
        F1 (seed, way) by number of shots and SNR.
    wedge : WedgeComparison
    tuning : float
        The tuning thickness in seconds.
    means : dict
        The mean scores of the joint inversion of the canonical case.
    """

    by_shots: dict[str, dict[int, Array]]
    by_snr: dict[tuple[int, float], Array]
    wedge: WedgeComparison
    tuning: float
    means: dict[str, float]


def score_demo(settings: DemoSettings, watch: Callable[[str], None]) -> DemoScores:
    """Invert all cases and score them."""
    method, n_seeds, n_jobs = settings.method, settings.n_seeds, settings.n_jobs
    by_shots = {}
    numbers = sorted({*SHOTS, settings.n_shots})
    for polarity in ("kept", "reversing"):
        watch(f"{n_seeds} draws of 1 to 16 shots, polarity {polarity}")
        cases = [(shots, settings.snr_db, polarity) for shots in numbers]
        scores = compare_cases(cases, n_seeds, method=method, n_jobs=n_jobs)
        by_shots[polarity] = dict(zip(numbers, scores, strict=True))
    watch(f"{n_seeds} draws at {len(SNRS)} noise levels")
    grid = [(shots, snr) for shots in SNR_SHOTS for snr in SNRS]
    cases = [(*place, "kept") for place in grid]
    scores = compare_cases(cases, n_seeds, method=method, n_jobs=n_jobs)
    by_snr = dict(zip(grid, scores, strict=True))
    watch("wedge")
    wedge = compare_wedges(settings.n_wedges, method=method)
    watch("scores of one case")
    means = average_scores(settings.n_shots, settings.snr_db, n_seeds, method)
    return DemoScores(by_shots, by_snr, wedge, find_tuning_thickness(_MEAN_FREQUENCY), means)


def collect_results(scores: DemoScores, settings: DemoSettings) -> dict[str, Any]:
    """Return the means of all scores by name."""
    kept, reversing = (scores.by_shots[polarity] for polarity in ("kept", "reversing"))
    results: dict[str, Any] = _average_by_way(kept[settings.n_shots])
    results["joint"] |= scores.means
    results["reversing"] = _average_by_way(reversing[settings.n_shots])
    results["shots"] = {str(shots): _average_by_way(kept[shots]) for shots in SHOTS}
    results["shots_reversing"] = {str(shots): _average_by_way(reversing[shots]) for shots in SHOTS}
    joint = {place: float(np.mean(f1, axis=0)[0]) for place, f1 in scores.by_snr.items()}
    results["snr"] = {
        f"{shots} shots": {f"{snr:g}": joint[shots, snr] for snr in SNRS} for shots in SNR_SHOTS
    }
    results["wedge"] = {
        "thickness_ms": [2 * thick for thick in scores.wedge.joint],
        "joint": list(scores.wedge.joint.values()),
        "single_shot": list(scores.wedge.single_shot.values()),
        "tuning_ms": 1e3 * scores.tuning,
    }
    results["case"] = {
        "shots": settings.n_shots,
        "snr_db": settings.snr_db,
        "seeds": settings.n_seeds,
        "method": settings.method,
    }
    return results


def _average_by_way(scores: Array) -> dict[str, dict[str, float]]:
    means = np.mean(scores, axis=0)
    return {way: {"f1": float(mean)} for way, mean in zip(_WAYS, means, strict=True)}
