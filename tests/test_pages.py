"""The README and the pages in docs/: Python runs, commands parse, links and pictures exist."""

import pkgutil
import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer
from matplotlib.figure import Figure

from groupsparse.apps.cli import app
from groupsparse.datasets import load_wisconsin
from groupsparse.toolkit import estimators

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "estimators.md"
SELECTION = ROOT / "docs" / "features.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
WITHOUT_PYTHON = {"command_line.md", "installation.md"}
# Pages about the checkout itself: their links are followed, and their commands parsed.
OTHERS = [*sorted(ROOT.glob("*.md")), ROOT / "benchmarks" / "README.md"]
ALL_PAGES = sorted({*PAGES, *OTHERS})


def text_of(page: Path) -> str:
    if not page.is_file():
        pytest.skip(f"{page.name} is not beside the tests")
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return the blocks in a language, each with the number of lines above it."""
    text = text_of(page)
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, block.start(1)), block.group(1)) for block in found]


def run(page: Path) -> dict[str, object]:
    """Run all blocks of a page in one namespace; errors name the line of the page."""
    names: dict[str, object] = {}
    for above, block in blocks(page, "python"):
        exec(compile("\n" * above + block, str(page), "exec"), names)
    return names


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_python_blocks_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(page)
    assert bool(names) == (page.name not in WITHOUT_PYTHON)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_no_block_goes_unseen(page):
    fences = re.findall(r"^\s*```", text_of(page), flags=re.MULTILINE)
    assert len(fences) % 2 == 0
    for language in ("python", "sh"):
        assert text_of(page).count(f"```{language}") == len(blocks(page, language))


def command_lines() -> list[tuple[str, str]]:
    """Return page and text of each `groupsparse ...` in a block of shell commands."""
    return [
        (name_of(page), line.partition("  #")[0].strip())
        for page in filter(Path.is_file, ALL_PAGES)
        for _, block in blocks(page, "sh")
        for line in block.splitlines()
        if line.startswith("groupsparse ")
    ]


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_commands_name_verbs_and_options_that_exist(page, line):
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    context = command.context_class(command)
    _, left, _ = command.make_parser(context).parse_args(words)
    assert left == []


def find_verbs(command, path=("groupsparse",)):
    """Yield every verb with the words that call it."""
    children = getattr(command, "commands", {})
    if not children:
        yield " ".join(path)
    for name, child in children.items():
        yield from find_verbs(child, (*path, name))


@pytest.mark.parametrize("verb", list(find_verbs(typer.main.get_command(app))))
def test_every_verb_has_a_row(verb):
    assert f"| `{verb}` |" in text_of(ROOT / "docs" / "command_line.md")


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_pictures_and_linked_files_exist(page):
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(page)):
        assert "://" in target or (page.parent / target).is_file(), target


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_modules_and_names_in_the_text_exist(page):
    for name in set(re.findall(r"`(groupsparse(?:\.\w+)+)`", text_of(page))):
        pkgutil.resolve_name(name)


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_paths_in_the_text_exist(page):
    folders = "toolkit|apps|datasets|tests|benchmarks|docs|\\.ci|\\.github"
    paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", text_of(page))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_definitions_that_contributors_read_about_exist():
    names = set(re.findall(r"`([A-Z]\w+|_\w+)`", text_of(ROOT / "CONTRIBUTING.md")))
    folders = [ROOT / folder for folder in ("toolkit", "datasets", "apps", "tests")]
    sources = [p.read_text(encoding="utf-8") for folder in folders for p in folder.rglob("*.py")]
    defined = set(re.findall(r"^ *(?:class |def )?(\w+)\b(?:\(|:| =)", "\n".join(sources), re.M))
    assert names - defined == {"GROUPSPARSE_DATA"}


@pytest.mark.parametrize("script", sorted((ROOT / "docs").glob("plot_*.py")), ids=name_of)
def test_the_scripts_that_draw_pictures_load(script):
    names = runpy.run_path(str(script))
    assert names["TARGET"].is_file()
    if script.name == "plot_reconstruction.py":
        panels = Figure().subplots(1, 4)
        names["draw"](panels, *list(names["ROWS"].items())[-1])
        assert [bool(panel.get_images()) for panel in panels] == [True] * 4


def test_the_readme_fits_on_a_few_screens():
    assert len(text_of(README).splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES[1:], ids=name_of)
def test_every_page_is_reached_from_the_readme(page):
    assert f"](docs/{page.name})" in text_of(README)


@pytest.mark.parametrize("name", estimators.__all__)
def test_the_guide_names_every_estimator(name):
    assert re.search(rf"\b{name}\b", text_of(GUIDE))


def test_the_guide_shows_its_picture():
    assert "](estimators.png)" in text_of(GUIDE)


def test_the_errors_in_the_table_of_methods_are_those_of_the_selector():
    """One row may hold several methods; the second data set may not be distributed."""
    rows = re.findall(
        r"^\| (\"[^|]*) \|[^|]*\| ([^|]*) \|", text_of(SELECTION).replace("`", ""), re.MULTILINE
    )
    X = load_wisconsin(return_X_y=True)[0]
    quoted = {
        method: float(error)
        for methods, errors in rows
        for method, error in zip(
            re.findall(r"\"([\w-]+)\"", methods), re.findall(r"\.\d+", errors), strict=True
        )
    }
    assert len(quoted) == 10
    for method, error in quoted.items():
        selector = estimators.ColumnSubsetSelector(5, method=method, standardize=True).fit(X)
        assert selector.reconstruction_error_ == pytest.approx(error, abs=1e-3), method
