"""The sections of the report on a choice of features, and what each says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ....toolkit.arrays import Array, IntArray
from ...report.canvas import render_picture, shorten_name
from ...report.content import Section, Table
from .bars import MOST_BARS, MOST_OTHERS, frequency_figure, score_figure
from .correlation import best_representatives
from .figures import bound_of, error_figure
from .heat_map import Part, correlation_figure, shown_part

if TYPE_CHECKING:
    from .report import Report

_MOST_REPRESENTED = 3


def selection_section(report: Report) -> Section:
    """Return the chosen features as a table and as bars.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section
        Always there.
    """
    scores = report.selected_scores
    text = "The most important feature comes first."
    pictures = []
    if scores is not None:
        text += (
            " The score of a feature is the norm of its row of coefficients: how much of "
            + ("the response" if report.supervised else "all features")
            + " is expressed through it, given the others."
        )
        n_more = len(scores) - MOST_BARS + 1
        more = f": the {MOST_BARS - 1} largest, and the mean of the others" if n_more > 1 else ""
        figure = score_figure(report.selected_names, scores)
        pictures.append([render_picture(figure, f"Scores of the chosen features{more}")])
    if report.correlation is not None:
        text += (
            " A feature stands for the dropped ones whose correlation with it is stronger than "
            "with any other chosen feature; the number in brackets is the correlation."
        )
    return Section(
        "Chosen features",
        text,
        picture_rows=pictures,
        tables=[_selection_table(report)],
        notes=[*report.notes, *_full_names(report.selected_names)],
    )


def _full_names(names: Sequence[str]) -> list[str]:
    """Return a note on every name that is shown shortened."""
    return [f"{shorten_name(name)} is {name}" for name in names if shorten_name(name) != name]


def _selection_table(report: Report) -> Table:
    frame = report.selection
    columns: dict[str, list[object]] = {
        "rank": frame["rank"].tolist(),
        "feature": [shorten_name(name) for name in frame["feature"]],
    }
    if "score" in frame:
        columns["score"] = frame["score"].tolist()
    if "selection_frequency" in frame:
        columns["frequency"] = [f"{100 * share:.0f} %" for share in frame["selection_frequency"]]
    if report.correlation is not None:
        columns["stands for"] = list(_represented(report, report.correlation))
    return Table(list(columns), list(zip(*columns.values(), strict=True)))


def _represented(report: Report, correlation: Array) -> list[str | None]:
    """Return for every chosen feature the dropped ones that it represents best, as text."""
    places = best_representatives(correlation, report.selected)
    texts: list[str | None] = []
    for place, row in enumerate(correlation):
        own = np.flatnonzero(places == place)
        own = own[np.argsort(-np.abs(row[own]), kind="stable")]
        named = [_with_value(report.names[i], row[i]) for i in own[:_MOST_REPRESENTED]]
        if own.size > _MOST_REPRESENTED:
            named.append(f"{own.size - _MOST_REPRESENTED} more")
        texts.append(", ".join(named) or None)
    return texts


def _with_value(name: str, value: float) -> str:
    """Return a name and its correlation, which stay on one line."""
    number = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
    return f"{shorten_name(name)} ({number})".replace(" ", "\N{NO-BREAK SPACE}")


def error_section(report: Report) -> Section | None:
    """Return the error against the number of features, if there is a curve.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section or None
        With the figure, and a table at the chosen number.
    """
    if report.curve is None:
        return None
    curve, n_selected = report.curve, len(report.selected)
    caption = f"Error by number of features; {n_selected} were chosen"
    return Section(
        "Error against number of features",
        _error_text(report),
        picture_rows=[[render_picture(error_figure(curve, n_selected), caption)]],
        tables=_error_tables(curve, n_selected),
    )


def _error_text(report: Report) -> str:
    target = (
        "the response from the chosen features"
        if report.supervised
        else "all features from the chosen ones"
    )
    text = (
        "RMSE is the root mean square error, over all entries, of the best linear fit of "
        f"{target}. "
    )
    if report.standardized and not report.supervised:
        text += (
            "Features were standardised, so it has no unit: 0 would be a perfect fit, and 1 is "
            "what the mean of every feature alone achieves."
        )
    else:
        text += "It is in the units of what is fitted; 0 would be a perfect fit."
    if report.curve is not None and bound_of(report.curve) is not None:
        text += (
            "\n\nThe lower bound is the error of as many singular vectors, which may mix all "
            "features. No choice of features can be below it, and the best one possible usually "
            "cannot reach it. The right panel shows how far above it each method is; a curve that "
            "leaves the panel is beyond its range."
        )
    return text + "\n\nErrors are on the data the features were chosen on."


def _error_tables(curve: pd.DataFrame, n_selected: int) -> list[Table]:
    """Return the methods at the chosen number of features, if it was run."""
    rows = curve[curve["n_features"] == n_selected].sort_values("rmse", kind="stable")
    if rows.empty:
        return []
    columns: dict[str, list[object]] = {
        "method": rows["method"].tolist(),
        "RMSE": [f"{value:.4f}" for value in rows["rmse"]],
    }
    if "bound" in rows and (rows["bound"] > 0).all():
        above = 100 * (rows["rmse"] / rows["bound"] - 1)
        columns["above the bound"] = [f"{value:.1f} %" for value in above]
    if "seconds" in rows:
        known = rows["seconds"].notna()
        texts = [f"{value:.3g}" for value in rows["seconds"]]
        columns["seconds"] = [text if one else None for text, one in zip(texts, known, strict=True)]
    cells = list(zip(*columns.values(), strict=True))
    return [Table(list(columns), cells, caption=f"With {n_selected} features, best first")]


def correlation_section(report: Report) -> Section | None:
    """Return the heat map of chosen against dropped features, if there is something dropped.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section or None
        With what is not shown said in the caption.
    """
    if report.correlation is None:
        return None
    part = shown_part(report.correlation, report.selected)
    if part.columns.size == 0:
        return None
    figure = correlation_figure(report.correlation, report.selected, report.names, part)
    best = np.abs(report.correlation[part.best, part.columns])
    return Section(
        "Chosen and dropped features",
        "Pearson's correlation of every chosen feature (rows) with dropped ones (columns). The dot "
        "marks the chosen feature that represents a column best; columns with the same one stand "
        "together. A dropped feature without strong colour is one that no single chosen feature "
        "stands for, though several together may.",
        picture_rows=[[render_picture(figure, _part_caption(part, report.selected), _range(best))]],
    )


def _part_caption(part: Part, selected: IntArray) -> str:
    rows = (
        f"the {part.rows.size} most important of {selected.size} chosen features"
        if part.rows.size < selected.size
        else f"all {selected.size} chosen features"
    )
    if part.columns.size == part.n_dropped:
        columns = f"all {part.n_dropped} features that one of them represents"
    else:
        half = part.columns.size // 2
        columns = (
            f"of the {part.n_dropped:,} features that one of them represents, the {half} "
            f"represented best and the {half} represented worst"
        )
    return f"Rows: {rows}. Columns: {columns}"


def _range(best: Array) -> str:
    return f"Strongest correlation of a column: {best.min():.2f} to {best.max():.2f} (absolute)"


def stability_section(report: Report) -> Section | None:
    """Return how often features were chosen from resampled data, if that is known.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section or None
        With the chosen features and the most frequent others.
    """
    if report.frequency is None:
        return None
    figure = frequency_figure(report.names, report.frequency, report.selected)
    caption = "How often features were chosen"
    if len(report.selected) > MOST_BARS - MOST_OTHERS:
        caption += f": the most frequent ones, up to {MOST_OTHERS} of them not chosen"
    return Section(
        "Stability",
        "The choice was repeated on random parts of the samples. The frequency of a feature is the "
        "share of these repetitions that chose it: near 1, the choice hardly depends on which "
        "samples were measured. A low frequency need not mean a bad feature: of two that carry "
        "the same information either may be chosen, and both are then chosen about half the time.",
        picture_rows=[[render_picture(figure, caption)]],
    )


def settings_section(report: Report) -> Section | None:
    """Return the settings and the commands, if there are any.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section or None
        The last one.
    """
    if not report.settings and not report.commands:
        return None
    rows = [[name, str(value)] for name, value in report.settings.items()]
    tables = [Table(["setting", "value"], rows)] if rows else []
    return Section("Settings", tables=tables, commands=report.commands)
