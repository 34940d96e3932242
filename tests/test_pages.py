"""The Python of the README and of the pages in docs/ runs, block after block, as a reader would."""

import re
from pathlib import Path

import pytest

from groupsparse.toolkit import estimators

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "estimators.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def text_of(page: Path) -> str:
    if not page.is_file():
        pytest.skip(f"{page.name} is not beside the tests")
    return page.read_text(encoding="utf-8")


def python_blocks(page: Path) -> list[tuple[int, str]]:
    """Return the blocks, each with the number of lines above it."""
    text = text_of(page)
    found = re.finditer(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, block.start(1)), block.group(1)) for block in found]


def run(page: Path) -> dict[str, object]:
    """Run all blocks of a page in one namespace; errors name the line of the page."""
    names: dict[str, object] = {}
    for above, block in python_blocks(page):
        exec(compile("\n" * above + block, str(page), "exec"), names)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_blocks_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(page)
    assert names, "no block ran"
    assert not list(tmp_path.iterdir())
    if page == README:
        assert len(python_blocks(page)) == 11
        assert list(names["solution"].active_groups) == [5, 50, 95]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_goes_unseen(page):
    fences = re.findall(r"^\s*```", text_of(page), flags=re.MULTILINE)
    assert len(fences) % 2 == 0
    assert text_of(page).count("```python") == len(python_blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_linked_files_exist(page):
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(page)):
        assert "://" in target or (page.parent / target).is_file(), target


@pytest.mark.parametrize("name", estimators.__all__)
def test_the_guide_names_every_estimator(name):
    assert re.search(rf"\b{name}\b", text_of(GUIDE))


def test_the_guide_shows_its_picture():
    assert "](estimators.png)" in text_of(GUIDE)
