"""The section of the report on how well the chosen features tell classes apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...report.canvas import render_picture
from ...report.content import Section, Table
from ..separation import ALL, MAJORITY
from .figures import separation_figure

if TYPE_CHECKING:
    from .report import Report


def separation_section(report: Report) -> Section | None:
    """Return how well the chosen features tell classes apart, if that was measured.

    Parameters
    ----------
    report : Report
        The content.

    Returns
    -------
    Section or None
        With all figures in a table.
    """
    if report.separation is None:
        return None
    n_folds = int(report.separation["n_folds"].iloc[0])
    return Section(
        "Class separation",
        f"Accuracy of two classifiers in {n_folds}-fold cross-validation. Standardisation and the "
        "choice of features were repeated inside the folds, on the training part only: the "
        "samples that are predicted had no part in choosing the features. So the features may "
        "differ from fold to fold, and from those above.\n\n"
        "Bars are one standard error, which allows for the overlap of the training parts. "
        "Differences of that size are no evidence, and the best of many figures flatters a little. "
        "Balanced accuracy is the mean over classes, so that rare ones count as much as others.",
        picture_rows=[
            [render_picture(separation_figure(report.separation), "Accuracy by number of features")]
        ],
        tables=_separation_tables(report.separation),
    )


def _separation_tables(separation: pd.DataFrame) -> list[Table]:
    """Return for each classifier its accuracies, and its balanced accuracies."""
    return [
        _accuracy_table(rows, f"{classifier}: {measure.replace('_', ' ')}, in %", measure)
        for classifier, rows in separation.groupby("classifier", sort=False)
        for measure in ("accuracy", "balanced_accuracy")
    ]


def _accuracy_table(rows: pd.DataFrame, caption: str, measure: str) -> Table:
    """Return a row for every selector and a column for every number of features."""
    baselines = rows[rows["selector"].isin((ALL, MAJORITY))]
    levels = [f"{row['selector']} {100 * row[measure]:.1f}" for _, row in baselines.iterrows()]
    others = rows.drop(baselines.index)
    sizes = sorted(set(others["n_features"]))
    cells: list[list[object]] = []
    for selector, of_selector in others.groupby("selector", sort=False):
        by_size = of_selector.set_index("n_features")
        texts = [_share(by_size.loc[n], measure) if n in by_size.index else None for n in sizes]
        cells.append([selector, *texts])
    columns = ["features", *map(str, sizes)]
    return Table(columns, cells, caption=f"{caption}; {', '.join(levels)}" if levels else caption)


def _share(row: pd.Series, measure: str) -> str:
    spread = f" ± {100 * row['standard_error']:.1f}" if measure == "accuracy" else ""
    return f"{100 * row[measure]:.1f}{spread}"
