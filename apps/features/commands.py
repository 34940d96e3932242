"""The command line of the feature selection: parse, call, print."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..terminal.options import Json, Overwrite, Quiet, shows_text

if TYPE_CHECKING:
    import pandas as pd

    from .job import Selection
    from .table import FeatureTable

app = typer.Typer(
    help="Choose the few features that represent, or predict, a whole table.", no_args_is_help=True
)

Source = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="CSV, TSV, Parquet, MAT or h5ad, samples as rows; or a data set: wisconsin, "
        "lung_discrete.",
    ),
]
Label = Annotated[
    str | None, typer.Option(help="Column (h5ad: of .obs; MAT: variable) of classes or a response.")
]
Drop = Annotated[
    list[str] | None, typer.Option(help="A column to leave out; can be given several times.")
]
Index = Annotated[str | None, typer.Option(help="Column with the names of the samples.")]
Layer = Annotated[str | None, typer.Option(help="h5ad: this layer instead of .X.")]
Key = Annotated[str | None, typer.Option(help="MAT: the variable that holds the matrix.")]
Standardize = Annotated[
    bool, typer.Option("--standardize", help="Divide features by their standard deviations.")
]
Page = Annotated[Path | None, typer.Option("--report", help="Write a page about the result: HTML.")]


@app.command(name="select")
def select_command(
    source: Source,
    n_features: Annotated[
        int | None,
        typer.Option(min=1, help="How many; by default as few as --tol allows, or at most 10."),
    ] = None,
    tol: Annotated[
        float | None, typer.Option(min=0, help="As few as reach this root-mean-square error.")
    ] = None,
    standardize: Standardize = False,
    method: Annotated[
        str,
        typer.Option(
            help="search (best), swaps, forward, ow, l21, ra-ormp, sa-music, sniht, somp, "
            "pivoted-qr, leverage or farthest-point."
        ),
    ] = "search",
    polish: Annotated[
        bool, typer.Option("--polish", help="Exchange features afterwards while that helps.")
    ] = False,
    supervised: Annotated[
        bool, typer.Option("--supervised", help="Choose features that predict --label.")
    ] = False,
    label: Label = None,
    response: Annotated[
        str,
        typer.Option(help="What --label holds: classes or numbers; auto tells from the values."),
    ] = "auto",
    drop: Drop = None,
    index: Index = None,
    layer: Layer = None,
    key: Key = None,
    resamples: Annotated[
        int,
        typer.Option(min=0, help="Random halves of the samples for the selection frequency."),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the halves and folds.")] = 0,
    jobs: Annotated[int, typer.Option(help="Halves and folds that run at the same time.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Table of the chosen: .csv, .tsv or .parquet; .h5ad: into .var."),
    ] = None,
    report: Page = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Choose features, and write name, score, rank and selection frequency of each.

    Example: groupsparse features select genes.csv --n-features 20 --standardize --report genes.html
    """
    from ..terminal.json_output import write_json
    from ..terminal.progress import step_bar
    from .job import Job, Settings, prepare, run
    from .table import ReadOptions

    outputs = _Outputs(out, report, json_to, overwrite)
    outputs.check(source)
    job = Job(
        source,
        ReadOptions(label, index, tuple(drop or ()), layer, key),
        Settings(
            n_features,
            tol,
            method,
            polish,
            standardize,
            supervised,
            resamples,
            seed,
            jobs,
            response,
        ),
    )
    table = prepare(job)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with step_bar(quiet=not shows) as watch:
        watch("select")
        selection = run(job, table)
        page = None
        if report is not None:
            from .page.report import make_report

            data = Path(source).name
            page = make_report(
                table, selection, command=_get_command_line(), watch=watch, data=data
            )
    _write_selection(table, selection, outputs)
    if page is not None and report is not None:
        from .page.report import write_report

        write_report(report, page, overwrite=overwrite)
    write_json(json_to, _as_json(selection), overwrite=overwrite)
    if shows:
        _show_selection(selection, [out, report])


@app.command(name="compare")
def compare_command(
    source: Source,
    n_features: Annotated[
        int,
        typer.Option(min=1, help="The largest number of features; all from 1 on are compared."),
    ] = 25,
    methods: Annotated[
        str | None, typer.Option(help="Separated by commas; by default all but sniht and somp.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Do not divide features by their standard deviations.")
    ] = False,
    label: Label = None,
    drop: Drop = None,
    index: Index = None,
    layer: Layer = None,
    key: Key = None,
    out: Annotated[Path | None, typer.Option(help="The whole table: .csv or .tsv.")] = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Compare methods by the error of the whole table with the bound that none can beat.

    Example: groupsparse features compare wisconsin
    """
    from ..files.atomic import check_distinct_paths
    from ..terminal.json_output import check_json, write_json
    from ..terminal.progress import step_bar
    from .compare import DEFAULT_METHODS, check_comparison_output, compare_methods, write_comparison
    from .reading.table_file import load_table
    from .table import ReadOptions

    check_distinct_paths([out, json_to], read=[source])
    check_json(json_to, overwrite=overwrite)
    if out is not None:
        check_comparison_output(out, overwrite=overwrite)
    table = load_table(source, ReadOptions(label, index, tuple(drop or ()), layer, key))
    names = DEFAULT_METHODS if methods is None else tuple(methods.split(","))
    shows = shows_text(quiet=quiet, json_to=json_to)
    with step_bar(quiet=not shows) as watch:
        curve = compare_methods(
            table.frame,
            sizes=n_features,
            methods=names,
            standardize=not raw,
            callback=lambda name, *_: watch(name),
        )
    if out is not None:
        write_comparison(out, curve, overwrite=overwrite)
    write_json(json_to, {"results": curve.to_dict("records")}, overwrite=overwrite)
    if shows:
        _show_comparison(curve, out)


@dataclass(frozen=True)
class _Outputs:
    """Where the results go."""

    out: Path | None
    report: Path | None
    json: str | None
    overwrite: bool

    def check(self, source: str) -> None:
        """Raise, before any work is done, whatever writing would raise after it."""
        from ..files.atomic import check_distinct_paths, check_target
        from ..terminal.json_output import check_json
        from .selection_file import check_selection_output

        check_distinct_paths([self.out, self.report, self.json])
        # An AnnData file may be replaced by itself with the selection.
        check_distinct_paths([self.report, self.json], read=[source])
        check_json(self.json, overwrite=self.overwrite)
        if self.out is not None:
            check_selection_output(self.out, overwrite=self.overwrite, source=source)
        if self.report is not None:
            if self.report.suffix.lower() not in (".html", ".htm"):
                raise ValueError(f"--report: {self.report} must end in .html")
            check_target(self.report, overwrite=self.overwrite)


def _write_selection(table: FeatureTable, selection: Selection, outputs: _Outputs) -> None:
    """Write the chosen features, or all of them into the AnnData file they came from."""
    out, overwrite = outputs.out, outputs.overwrite
    if out is None:
        return
    from .selection_file import write_h5ad, write_selection

    if out.suffix.lower() == ".h5ad":
        assert table.source is not None
        write_h5ad(table.source, out, selection.rows, overwrite=overwrite)
    else:
        write_selection(out, selection.selected_rows, overwrite=overwrite)


def _as_json(selection: Selection) -> dict[str, Any]:
    """Return the result for machines."""
    chosen = selection.selected_rows
    known = chosen.astype(object).where(chosen.notna(), None)
    return {
        "rmse": selection.selector.reconstruction_error_,
        "response": getattr(selection.selector, "response_", None),
        "n_features": len(chosen),
        "selected": [{**row, "rank": int(row["rank"])} for row in known.to_dict("records")],
    }


def _show_selection(selection: Selection, files: list[Path | None]) -> None:
    """Print the chosen features, and where the files are."""
    from ..report.content import Table
    from ..terminal.tables import show_table
    from .job import describe_response

    chosen = selection.selected_rows
    columns = ["rank", "name", "score", "selection_frequency"]
    if chosen["selection_frequency"].isna().all():
        columns.pop()
    rows = chosen[columns].astype({"rank": int}).astype(object).to_numpy().tolist()
    error = f"root-mean-square error {selection.selector.reconstruction_error_:.4g}"
    show_table(Table([name.replace("_", " ") for name in columns], rows, caption=error))
    if described := describe_response(selection):
        typer.echo(described)
    for path in files:
        if path is not None:
            typer.echo(f"written: {path}")


def _show_comparison(curve: pd.DataFrame, out: Path | None) -> None:
    """Print a row per number of features and a column per method."""
    from ..report.content import Table
    from ..terminal.tables import show_table

    wide = curve.pivot(index="n_features", columns="method", values="rmse")
    wide = wide[list(dict.fromkeys(curve["method"]))]
    wide.insert(0, "bound", curve.groupby("n_features")["bound"].first())
    seconds = curve.groupby("method")["seconds"].first()
    rows: list[list[object]] = [
        [int(n), *(None if value != value else float(value) for value in row)]
        for n, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    rows.append(["seconds", None, *(f"{seconds[name]:.2f}" for name in wide.columns[1:])])
    caption = "root-mean-square error by number of features"
    show_table(Table(["features", *wide.columns], rows, caption=caption))
    if out is not None:
        typer.echo(f"written: {out}")


def _get_command_line() -> str:
    """Return the command line as it was typed."""
    import shlex
    import sys

    return shlex.join(["groupsparse", *sys.argv[1:]])
