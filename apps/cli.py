"""The command line `groupsparse`: verbs that parse and call an application.

Nothing numerical is imported before a verb runs, so that help is quick. A user's mistake becomes
one line on standard error and exit code 2.
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Annotated

import typer

from .. import __version__
from .datasets_commands import app as datasets
from .features.commands import app as features
from .mri.commands import app as mri
from .reproduce.commands import reproduce_command
from .seismic.commands import app as seismic
from .terminal.hints import describe_error
from .terminal.options import Json, Quiet, shows_text

app = typer.Typer(
    help="Group-sparse recovery: images, seismic reflectors, the few features of a table.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(features, name="features")
app.add_typer(mri, name="mri")
app.add_typer(seismic, name="seismic")
app.add_typer(datasets, name="datasets")
app.command(name="reproduce")(reproduce_command)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"groupsparse {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Group-sparse recovery: images, seismic reflectors, the few features of a table."""


@app.command()
def demo(
    out: Annotated[str, typer.Option(help="The report to write: HTML.")] = "out/report.html",
    json_to: Json = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are not the demo's own.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Reconstruct a photograph, a head scan and a phantom, and write one page about it."""
    from .mri.pages.demo_page import make_results_table, write_demo_page
    from .terminal.json_output import check_json, write_json
    from .terminal.progress import progress_bar
    from .terminal.tables import show_table

    check_json(json_to, overwrite=overwrite, other=out)
    shows = shows_text(quiet=quiet, json_to=json_to)
    with progress_bar(quiet=not shows) as watch:
        rows = write_demo_page(out, watch=watch, overwrite=overwrite)
    results = {"report": out, "results": [row._asdict() for row in rows]}
    write_json(json_to, results, overwrite=overwrite)
    if shows:
        show_table(make_results_table(rows))
        typer.echo(f"report: {out}")


def main() -> None:
    """Run the command line; a user's mistake gives one line and exit code 2."""
    warnings.formatwarning = lambda message, *_: f"groupsparse: warning: {message}\n"
    # Their log messages about a damaged file or a missing home folder would precede our one line.
    for library in ("tifffile", "matplotlib"):
        logging.getLogger(library).addHandler(logging.NullHandler())
    try:
        app()
    except (ValueError, OSError, MemoryError) as error:
        sys.stderr.write(f"groupsparse: error: {describe_error(error)}\n")
        sys.exit(2)
