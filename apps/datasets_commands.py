"""The command line of the data sets: list, fetch and verify them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal.options import Json, Overwrite, Quiet, shows_text

if TYPE_CHECKING:
    from ..datasets.catalogue import Dataset
    from ..datasets.samples.data_file import DataFile

app = typer.Typer(help="List, fetch and verify the real data sets.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Data sets; by default all.")
]


def _check_folder(folder: Path | None) -> Path | None:
    """Return the folder, or raise an error if it does not exist."""
    if folder is not None and not folder.is_dir():
        raise NotADirectoryError(f"--folder: {folder} is not a folder that exists")
    return folder


Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        callback=_check_folder,
        help="Folder of the data files; by default that of GROUPSPARSE_DATA, else the cache.",
    ),
]

_BUNDLED = "comes with scikit-learn"


@app.command(name="list")
def list_command(
    folder: Folder = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Show every data set: its size, source and licence, and where it is on this machine."""
    from ..datasets.catalogue import DATASETS

    rows: list[dict[str, object]] = [
        {
            "name": dataset.name,
            "samples": dataset.n_samples,
            "features": dataset.n_features,
            "classes": dataset.n_classes,
            "licence": dataset.licence,
            "source": dataset.source,
            "here": _find_place(dataset, folder) or "no",
        }
        for dataset in DATASETS
    ]
    _write_rows(rows, json_to, overwrite=overwrite)
    if shows_text(quiet=quiet, json_to=json_to):
        _show_rows(rows)


@app.command(name="fetch")
def fetch_command(
    names: Names = None,
    folder: Folder = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Fetch the missing data sets, verify them, and print where they are.

    A file that is missing in DIR is copied from the default folder or downloaded.

    Example: groupsparse datasets fetch lung_discrete --folder data
    """
    from .terminal.json_output import check_json

    check_json(json_to, overwrite=overwrite)
    rows: list[dict[str, object]] = []
    for dataset in _find_datasets(names):
        if dataset.file is not None:
            if folder is not None:
                _copy_from_default(dataset.file, folder)
            dataset.file.fetch(folder)
        dataset.verify(folder)
        rows.append({"name": dataset.name, "here": _find_place(dataset, folder)})
        if shows_text(quiet=quiet, json_to=json_to):
            typer.echo(f"{dataset.name}: {rows[-1]['here']}")
    _write_rows(rows, json_to, overwrite=overwrite)


@app.command(name="check")
def check_command(
    names: Names = None,
    folder: Folder = None,
    json_to: Json = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Verify the checksum and size of each; exit code 1 if any is missing or damaged."""
    rows = [_check(dataset, folder) for dataset in _find_datasets(names)]
    _write_rows(rows, json_to, overwrite=overwrite)
    if shows_text(quiet=quiet, json_to=json_to):
        _show_rows(rows)
    problems = [row["problem"] for row in rows if row["problem"]]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


def _find_datasets(names: list[str] | None) -> list[Dataset]:
    """Return the data sets of these names, by default all."""
    from ..datasets.catalogue import DATASETS, find_dataset

    return [find_dataset(name) for name in names] if names else list(DATASETS)


def _find_place(dataset: Dataset, folder: Path | None) -> str | None:
    """Return where a data set is, or None if it is missing."""
    if dataset.file is None:
        return _BUNDLED
    found = dataset.file.find(folder)
    return None if found is None else str(found)


def _check(dataset: Dataset, folder: Path | None) -> dict[str, Any]:
    """Return the state of one data set, its place and what is wrong with it."""
    place = _find_place(dataset, folder)
    state, problem = "good", None
    try:
        dataset.verify(folder)
    except (OSError, ValueError) as error:
        state, problem = "missing" if place is None else "damaged", str(error)
    return {"name": dataset.name, "state": state, "here": place, "problem": problem}


def _copy_from_default(file: DataFile, folder: Path) -> None:
    """Copy a file into a folder if it is missing there and present in the default folder."""
    from .files.atomic import replace_file

    if file.find(folder) is not None:
        return
    found = file.find()
    if found is not None:
        content = file.read(found)
        with replace_file(folder / file.names[0], overwrite=False) as temporary:
            temporary.write_bytes(content)


def _write_rows(rows: list[dict[str, Any]], json_to: str | None, *, overwrite: bool) -> None:
    """Write the rows as JSON if asked to, but not over one of the files that they show."""
    from .files.atomic import check_distinct_paths
    from .terminal.json_output import write_json

    shown = {row["here"] for row in rows} - {None, "no", _BUNDLED}
    check_distinct_paths([json_to], read=shown)
    write_json(json_to, {"datasets": rows}, overwrite=overwrite)


def _show_rows(rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table; problems follow it on standard error."""
    from .report.content import Table
    from .terminal.tables import show_table

    columns = [name for name in rows[0] if name != "problem"]
    show_table(Table(columns, [[row[name] for name in columns] for row in rows]))
