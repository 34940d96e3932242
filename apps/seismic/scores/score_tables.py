"""Tables of the figures of an inversion, and of the scores of the demo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...report.content import Table
from ..inversion import Inversion

_WAYS = {"joint": "all shots together", "single_shot": "one shot, mean", "stack": "stack"}


def tabulate_figures(figures: dict[str, Any]) -> Table:
    """Return a table with a row for every figure of an inversion.

    Examples
    --------
    >>> tabulate_figures({"noise_level": 2.5, "shot_noise": [1.5, 2.0]}).rows
    [['noise level', 2.5], ['noise of the shots', '1.5 to 2']]
    """
    rows = [
        [_name_figure(name), _format_range(value) if isinstance(value, list) else value]
        for name, value in figures.items()
    ]
    return Table(["figure", "value"], rows)


def tabulate_shots_noise(shots: Iterable[int], result: Inversion) -> Table:
    """Return a table with the noise and the outliers of every shot, by its number."""
    dead = result.dead
    n_samples = result.reflectivity.shape[-1]
    by_shot = result.outliers.reshape(len(dead), -1).sum(axis=1)
    n_live = n_samples * (~dead).sum(axis=1)
    rows = [
        [int(shot), f"{noise:.4g}", f"{noise / max(1, n) ** 0.5:.4g}", int(n_outliers)]
        for shot, noise, n, n_outliers in zip(
            shots, result.shot_noise, n_live, by_shot, strict=True
        )
    ]
    caption = "Noise of the shots; the noisier a shot is, the less it counts"
    return Table(["shot", "norm", "standard deviation", "outliers"], rows, caption=caption)


def tabulate_shots(results: dict[str, Any]) -> Table:
    """Return the F1 scores of the demo by number of shots, from the results of `run_demo`."""
    columns = ["shots", *_WAYS.values(), *(f"{name}, reversing" for name in _WAYS.values())]
    rows = []
    for shots, kept in results["shots"].items():
        reversing = results["shots_reversing"][shots]
        rows.append(
            [shots, *(f"{one[way]['f1']:.3f}" for one in (kept, reversing) for way in _WAYS)]
        )
    case = results["case"]
    caption = (
        f"Mean reflector F1 of {case['seeds']} draws at {case['snr_db']:g} dB; reversing: "
        "strengths change their sign from the first shot to the last"
    )
    return Table(columns, rows, caption=caption)


def tabulate_case(results: dict[str, Any]) -> list[Table]:
    """Return two tables: F1 by number of shots, and all scores of the canonical case."""
    case = results["case"]
    scores = [
        [_name_figure(name), f"{value:.3f}"]
        for name, value in results["joint"].items()
        if isinstance(value, float)
    ]
    caption = (
        f"All shots together: means of {case['seeds']} draws of {case['shots']} shots at "
        f"{case['snr_db']:g} dB. Bands of amplitude are relative to the median reflector"
    )
    return [tabulate_shots(results), Table(["score", "mean"], scores, caption=caption)]


def _format_range(values: list[float]) -> str:
    low, high = f"{min(values):.4g}", f"{max(values):.4g}"
    return low if low == high else f"{low} to {high}"


def _name_figure(name: str) -> str:
    if name.startswith("recall_"):
        low, high = name.removeprefix("recall_").split("_")
        return f"recall, amplitude {low} to {high}" if high != "inf" else f"recall, above {low}"
    return {
        "shot_noise": "noise of the shots",
        "f1": "F1 within one sample",
        "polarity": "right polarity, of matched",
        "amplitude_error": "amplitude error, of matched",
        "snr_db": "SNR of the reflectivity (dB)",
    }.get(name, name.replace("_", " "))
