"""A file is written completely or not at all, and none is replaced unasked."""

import os
import stat
from pathlib import Path

import pytest

from groupsparse.apps.files.atomic import check_distinct_paths, check_target, replace_file
from groupsparse.apps.terminal.hints import describe_error


def contents(folder: Path) -> dict[str, str]:
    """Every file and folder below, folders as an empty string."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def test_the_file_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "image.tif"
    with replace_file(target, overwrite=False) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert contents(tmp_path) == {"image.tif": "new"}


@pytest.mark.parametrize("name", ["a.png", "volume.nii.gz", "stack.ome.tif", "no_suffix"])
def test_temporary_file_is_beside_the_target_and_ends_like_it(tmp_path, name):
    with replace_file(tmp_path / name, overwrite=False) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name != name
        assert temporary.name.endswith(name)
        assert temporary.suffixes[-2:] == Path(name).suffixes
        assert not temporary.exists()
        temporary.touch()


def test_a_string_and_a_relative_path_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with replace_file("here.txt", overwrite=False) as temporary:
        temporary.write_text("x")
    assert contents(tmp_path) == {"here.txt": "x"}


def test_missing_folders_are_made(tmp_path):
    with replace_file(tmp_path / "a" / "b" / "c.txt", overwrite=False) as temporary:
        temporary.write_text("x")
    assert contents(tmp_path) == {"a": "", "a/b": "", "a/b/c.txt": "x"}


def test_an_existing_file_is_refused_before_the_block(tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old")
    entered = False
    with pytest.raises(FileExistsError) as caught, replace_file(target, overwrite=False):
        entered = True
    assert not entered
    assert contents(tmp_path) == {"page.html": "old"}
    assert str(target) in str(caught.value)
    assert describe_error(caught.value).endswith(" exists already (--overwrite replaces it)")
    assert "\n" not in str(caught.value)


def test_an_existing_file_is_replaced_when_asked(tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old")
    with replace_file(target, overwrite=True) as temporary:
        assert target.read_text() == "old"
        temporary.write_text("new")
    assert contents(tmp_path) == {"page.html": "new"}


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    target = tmp_path / "page.html"

    def write_late() -> None:
        with replace_file(target, overwrite=False) as temporary:
            temporary.write_text("mine")
            target.write_text("theirs")

    with pytest.raises(FileExistsError, match=r"exists already$"):
        write_late()
    assert contents(tmp_path) == {"page.html": "theirs"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_never_replaced(tmp_path, overwrite):
    (tmp_path / "out").mkdir()
    with (
        pytest.raises(FileExistsError, match="not a file"),
        replace_file(tmp_path / "out", overwrite=overwrite),
    ):
        pass
    assert contents(tmp_path) == {"out": ""}


def fail(target: Path, error: type[BaseException], beside: str = "") -> None:
    """Write half of the file, perhaps another one beside it, and raise."""
    with replace_file(target, overwrite=True) as temporary:
        temporary.write_text("half")
        if beside:
            target.with_name(beside).write_text("keep")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(error):
        fail(tmp_path / "a" / "b.txt", error)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path, error):
    target = tmp_path / "b.txt"
    target.write_text("old")
    with pytest.raises(error):
        fail(target, error)
    assert contents(tmp_path) == {"b.txt": "old"}


def test_a_block_that_writes_nothing_leaves_the_old_file(tmp_path):
    target = tmp_path / "b.txt"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), replace_file(target, overwrite=True):
        pass
    assert contents(tmp_path) == {"b.txt": "old"}


def test_folders_that_hold_something_else_stay(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path / "a" / "b.txt", KeyboardInterrupt, beside="other.txt")
    assert contents(tmp_path) == {"a": "", "a/other.txt": "keep"}


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
def test_the_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "ordinary.txt").write_text("x")
    with replace_file(tmp_path / "page.html", overwrite=False) as temporary:
        temporary.write_text("x")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_that_leads_nowhere_exists(tmp_path, overwrite):
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "nothing")
    if overwrite:
        check_target(link, overwrite=True)
    else:
        with pytest.raises(FileExistsError, match=r"link\.txt exists already$"):
            check_target(link, overwrite=False)
    assert link.is_symlink()


def test_a_folder_that_is_a_link_to_nowhere_is_named(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    with pytest.raises(NotADirectoryError, match="link is not a folder"):
        check_target(tmp_path / "link" / "a.txt", overwrite=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("overwrite", [False, True])
def test_pipes_and_devices_are_never_replaced(tmp_path, overwrite):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(FileExistsError, match="is not a file"):
            check_target(path, overwrite=overwrite)


def test_one_file_is_recognised_by_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.npy").write_text("old")
    Path("symbolic.npy").symlink_to("in.npy")
    os.link("in.npy", "hard.npy")
    Path("folder").symlink_to(".")
    for name in ("./in.npy", tmp_path / "in.npy", "symbolic.npy", "hard.npy", "folder/in.npy"):
        with pytest.raises(ValueError, match="is named twice"):
            check_distinct_paths([name], read=["in.npy", None])
    for name in ("new.npy", "folder/new.npy"):
        with pytest.raises(ValueError, match="is named twice"):
            check_distinct_paths(["new.npy", name])
    check_distinct_paths(["new.npy", None], read=["in.npy", "in.npy"])
