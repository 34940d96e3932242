"""The sections of the page about a selection of features, each made from a `Report`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ....toolkit.arrays import Array, IntArray
from ...report.canvas import render_picture, shorten_name
from ...report.content import Section, Table
from ..separation import ALL, MAJORITY
from .bars import MOST_BARS, MOST_OTHERS, draw_frequencies, draw_scores
from .content import Report
from .correlation import find_representatives
from .figures import draw_errors, draw_separation, find_bound
from .heat_map import HeatMapPart, choose_part, draw_correlations

_MOST_REPRESENTED = 3


def make_selection_section(report: Report) -> Section:
    """Return the chosen features as a table and as bars."""
    scores = report.selected_scores
    text = "The most important feature comes first."
    pictures = []
    if scores is not None:
        text += (
            " The score of a feature is the norm of its row of coefficients: how much it "
            "contributes "
            + ("to the response" if report.supervised else "to all features")
            + ", given the others."
        )
        n_more = len(scores) - MOST_BARS + 1
        more = f": the {MOST_BARS - 1} largest, and the mean of the others" if n_more > 1 else ""
        figure = draw_scores(report.selected_names, scores)
        pictures.append([render_picture(figure, f"Scores of the chosen features{more}")])
    if report.correlation is not None:
        text += (
            " A feature represents the dropped ones whose correlation with it is stronger than "
            "with any other chosen feature; the number in parentheses is that correlation."
        )
    return Section(
        "Chosen features",
        text,
        picture_rows=pictures,
        tables=[_tabulate_selection(report)],
        notes=[*report.notes, *_explain_short_names(report.selected_names)],
    )


def _explain_short_names(names: Sequence[str]) -> list[str]:
    """Return a note on every name that the table shortens."""
    return [f"{shorten_name(name)} is {name}" for name in names if shorten_name(name) != name]


def _tabulate_selection(report: Report) -> Table:
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
        columns["represents"] = list(_list_represented(report, report.correlation))
    return Table(list(columns), list(zip(*columns.values(), strict=True)))


def _list_represented(report: Report, correlation: Array) -> list[str | None]:
    """Return for every chosen feature the dropped ones that it represents best, as text."""
    places = find_representatives(correlation, report.selected)
    texts: list[str | None] = []
    for place, row in enumerate(correlation):
        own = np.flatnonzero(places == place)
        own = own[np.argsort(-np.abs(row[own]), kind="stable")]
        named = [_format_correlation(report.names[i], row[i]) for i in own[:_MOST_REPRESENTED]]
        if own.size > _MOST_REPRESENTED:
            named.append(f"{own.size - _MOST_REPRESENTED} more")
        texts.append(", ".join(named) or None)
    return texts


def _format_correlation(name: str, value: float) -> str:
    """Return a name and its correlation, which stay on one line."""
    number = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
    return f"{shorten_name(name)} ({number})".replace(" ", "\N{NO-BREAK SPACE}")


def make_error_section(report: Report) -> Section | None:
    """Return the error against the number of features, or None without a curve."""
    if report.curve is None:
        return None
    curve, n_selected = report.curve, len(report.selected)
    caption = f"Error by number of features; {n_selected} were chosen"
    return Section(
        "Error against number of features",
        _explain_errors(report),
        picture_rows=[[render_picture(draw_errors(curve, n_selected), caption)]],
        tables=_tabulate_errors(curve, n_selected),
    )


def _explain_errors(report: Report) -> str:
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
            "the error of predicting every feature by its mean."
        )
    else:
        text += "It has the units of the fitted values; 0 would be a perfect fit."
    if report.curve is not None and find_bound(report.curve) is not None:
        text += (
            "\n\nThe lower bound is the error of as many singular vectors, which may mix all "
            "features. No choice of features can be below it, and usually even the best choice "
            "cannot reach it. The right panel shows how far above the bound each method is; a "
            "curve that leaves the panel exceeds its range."
        )
    return text + "\n\nErrors are measured on the data from which the features were chosen."


def _tabulate_errors(curve: pd.DataFrame, n_selected: int) -> list[Table]:
    """Return the methods at the chosen number of features, if there is a curve at it."""
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


def make_correlation_section(report: Report) -> Section | None:
    """Return the heat map of chosen against dropped features, or None if none was dropped."""
    if report.correlation is None:
        return None
    part = choose_part(report.correlation, report.selected)
    if part.columns.size == 0:
        return None
    figure = draw_correlations(report.correlation, report.selected, report.names, part)
    best = np.abs(report.correlation[part.best, part.columns])
    return Section(
        "Chosen and dropped features",
        "Pearson's correlation of every chosen feature (rows) with dropped ones (columns). The dot "
        "marks the chosen feature that represents a column best; columns with the same "
        "representative are adjacent. A dropped feature without a strong colour is not represented "
        "by any single chosen feature, though several together may represent it.",
        picture_rows=[
            [render_picture(figure, _caption_part(part, report.selected), _caption_range(best))]
        ],
    )


def _caption_part(part: HeatMapPart, selected: IntArray) -> str:
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


def _caption_range(best: Array) -> str:
    return f"Strongest correlation of a column: {best.min():.2f} to {best.max():.2f} (absolute)"


def make_stability_section(report: Report) -> Section | None:
    """Return how often resampled data chose each feature, or None if that is unknown."""
    if report.frequency is None:
        return None
    figure = draw_frequencies(report.names, report.frequency, report.selected)
    caption = "How often features were chosen"
    if len(report.selected) > MOST_BARS - MOST_OTHERS:
        caption += f": the most frequent ones, up to {MOST_OTHERS} of them not chosen"
    return Section(
        "Stability",
        "The selection was repeated on random parts of the samples. The frequency of a feature is "
        "the share of these repetitions that chose it: if it is near 1, the choice hardly depends "
        "on which samples were measured. A low frequency does not imply a bad feature: if two "
        "features carry the same information, each is chosen about half of the time.",
        picture_rows=[[render_picture(figure, caption)]],
    )


def make_separation_section(report: Report) -> Section | None:
    """Return how well the chosen features separate classes, or None if not measured."""
    if report.separation is None:
        return None
    n_folds = int(report.separation["n_folds"].iloc[0])
    return Section(
        "Class separation",
        f"Accuracy of two classifiers in {n_folds}-fold cross-validation. Standardisation and the "
        "choice of features were repeated inside the folds, on the training part only: the "
        "predicted samples were not used to choose the features. The features may therefore "
        "differ from fold to fold, and from those above.\n\n"
        "Bars show one standard error, which accounts for the overlap of the training parts. "
        "Differences of that size are not significant, and the best of many results is slightly "
        "optimistic. Balanced accuracy is the mean over classes, so that rare classes count as "
        "much as frequent ones.",
        picture_rows=[
            [render_picture(draw_separation(report.separation), "Accuracy by number of features")]
        ],
        tables=_tabulate_separation(report.separation),
    )


def _tabulate_separation(separation: pd.DataFrame) -> list[Table]:
    """Return for each classifier its accuracies, and its balanced accuracies."""
    return [
        _tabulate_accuracies(rows, f"{classifier}: {measure.replace('_', ' ')}, in %", measure)
        for classifier, rows in separation.groupby("classifier", sort=False)
        for measure in ("accuracy", "balanced_accuracy")
    ]


def _tabulate_accuracies(rows: pd.DataFrame, caption: str, measure: str) -> Table:
    """Return one row per selector and one column per number of features."""
    baselines = rows[rows["selector"].isin((ALL, MAJORITY))]
    levels = [f"{row['selector']} {100 * row[measure]:.1f}" for _, row in baselines.iterrows()]
    others = rows.drop(baselines.index)
    sizes = sorted(set(others["n_features"]))
    cells: list[list[object]] = []
    for selector, of_selector in others.groupby("selector", sort=False):
        by_size = of_selector.set_index("n_features")
        texts = [
            _format_share(by_size.loc[n], measure) if n in by_size.index else None for n in sizes
        ]
        cells.append([selector, *texts])
    columns = ["features", *map(str, sizes)]
    return Table(columns, cells, caption=f"{caption}; {', '.join(levels)}" if levels else caption)


def _format_share(row: pd.Series, measure: str) -> str:
    spread = f" ± {100 * row['standard_error']:.1f}" if measure == "accuracy" else ""
    return f"{100 * row[measure]:.1f}{spread}"


def make_settings_section(report: Report) -> Section | None:
    """Return the settings and commands, or None if there are none."""
    if not report.settings and not report.commands:
        return None
    rows = [[name, str(value)] for name, value in report.settings.items()]
    tables = [Table(["setting", "value"], rows)] if rows else []
    return Section("Settings", tables=tables, commands=report.commands)
