"""The README's Python runs, block after block, as a reader would try it."""

from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def python_blocks() -> list[str]:
    parts = README.read_text(encoding="utf-8").split("```python\n")[1:]
    return [part.split("```")[0] for part in parts]


@pytest.mark.skipif(not README.is_file(), reason="the README is not beside the tests")
def test_the_python_blocks_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks()
    assert len(blocks) == 8
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    assert list(names["solution"].active_groups) == [5, 50, 95]
    assert not list(tmp_path.iterdir())
