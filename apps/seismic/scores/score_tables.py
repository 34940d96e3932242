"""Tables of the figures of an inversion, and of the scores of the demo."""

from __future__ import annotations

from typing import Any

from ...report.content import Table

_WAYS = {"joint": "all shots together", "single_shot": "one shot, mean", "stack": "stack"}


def tabulate_figures(figures: dict[str, Any]) -> Table:
    """Return a table with a row for every figure of an inversion.

    Examples
    --------
    >>> tabulate_figures({"noise_level": 2.5}).rows
    [['noise level', 2.5]]
    """
    return Table(["figure", "value"], [[_name_figure(name), one] for name, one in figures.items()])


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


def _name_figure(name: str) -> str:
    if name.startswith("recall_"):
        low, high = name.removeprefix("recall_").split("_")
        return f"recall, amplitude {low} to {high}" if high != "inf" else f"recall, above {low}"
    return {
        "f1": "F1 within one sample",
        "polarity": "right polarity, of matched",
        "amplitude_error": "amplitude error, of matched",
        "snr_db": "SNR of the reflectivity (dB)",
    }.get(name, name.replace("_", " "))
