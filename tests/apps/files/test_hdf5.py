"""HDF5 files are tried in another process first, which may hang, crash or refuse."""

import numpy as np
import pytest

from groupsparse.apps.files import hdf5
from groupsparse.apps.files.hdf5_child import WatchedFile

h5py = pytest.importorskip("h5py")


@pytest.fixture
def good(tmp_path):
    """A file with groups, links inside it, texts, references, chunks and empty parts."""
    path = tmp_path / "good.h5"
    with h5py.File(path, "w") as file:
        file["group/numbers"] = np.arange(12.0).reshape(3, 4)
        file["group"].attrs["unit"] = "m"
        file["group/again"] = file["group"]
        file["soft"] = h5py.SoftLink("/group/numbers")
        file["dangling"] = h5py.SoftLink("/nothing")
        file.create_dataset("texts", data=["a", "b"], dtype=h5py.string_dtype())
        file.create_dataset("chunks", data=np.eye(40), chunks=(7, 40), compression="gzip")
        file.create_dataset("pointer", data=file["group"].ref, dtype=h5py.ref_dtype)
        file.create_dataset("none", data=h5py.Empty("f8"))
        file.create_dataset("empty", shape=(0, 3), dtype="f8")
    return path


def refuse(path, match, parts=()):
    with pytest.raises(ValueError, match=match) as caught:
        hdf5.check_hdf5(path, "HDF5", parts)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_whole_file_and_parts_of_it_can_be_read(good):
    hdf5.check_hdf5(good, "HDF5")
    hdf5.check_hdf5(good, "HDF5", ["group", "texts", "no/such/part"])


def test_links_to_other_files_are_refused(tmp_path, good):
    path = tmp_path / "link.h5"
    with h5py.File(path, "w") as file:
        file["inside/link"] = h5py.ExternalLink(good.name, "/group")
        file["plain"] = 1.0
    for parts in ((), ["inside"], ["inside/link"]):
        refuse(path, "'link' is a link to another file|inside/link", parts)
    hdf5.check_hdf5(path, "HDF5", ["plain"])


def test_data_in_other_files_are_refused(tmp_path, good):
    path = tmp_path / "raw.h5"
    secret = tmp_path / "secret.txt"
    secret.write_bytes(bytes(80))
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (10,), "f8", external=[(str(secret), 0, 80)])
        layout = h5py.VirtualLayout((3, 4), "f8")
        layout[...] = h5py.VirtualSource(str(good), "group/numbers", (3, 4))
        file.create_virtual_dataset("V", layout)
    for name in "XV":
        refuse(path, f"'/{name}' is stored in other files", [name])


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; time.sleep(600)", "the HDF5 library does not finish reading it"),
        ("import os; os.abort()", "the HDF5 library fails on it"),
        ("print('{')", "the HDF5 library fails on it"),
        ("", "the HDF5 library fails on it"),
    ],
)
def test_a_process_that_hangs_or_ends_means_damage(tmp_path, monkeypatch, good, program, reason):
    script = tmp_path / "script.py"
    script.write_text(program)
    monkeypatch.setattr(hdf5, "SCRIPT", script)
    monkeypatch.setattr(hdf5, "PATIENCE", 20.0 if "abort" in program or not program else 2.0)
    refuse(good, f"cannot be read as HDF5: it is damaged: {reason}")


def test_a_process_that_shows_signs_may_take_its_time(tmp_path, monkeypatch, good):
    script = tmp_path / "script.py"
    script.write_text(
        "import time\nfor _ in range(8):\n    print(end='.', flush=True); time.sleep(1)\n"
        "print('\\n{}')"
    )
    monkeypatch.setattr(hdf5, "SCRIPT", script)
    monkeypatch.setattr(hdf5, "PATIENCE", 6.0)
    hdf5.check_hdf5(good, "HDF5")


def test_a_block_of_texts_on_which_hdf5_loops_is_damage(tmp_path, monkeypatch):
    """HDF5 2.0 looks for the next text of a block after one of length zero forever."""
    path = tmp_path / "texts.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("texts", data=["alpha", "beta"] * 50, dtype=h5py.string_dtype())
    content = path.read_bytes()
    at = content.index(b"GCOL") + 100
    path.write_bytes(content[:at] + bytes(200) + content[at + 200 :])
    monkeypatch.setattr(hdf5, "PATIENCE", 8.0)
    refuse(path, "cannot be read as HDF5: ")


def test_reading_without_end_is_ended(tmp_path, capfd):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(2**20))
    buffer = bytearray(2**20)

    def read_again_and_again() -> None:
        while True:
            file.seek(0)
            file.readinto(buffer)

    with WatchedFile(str(path)) as file, pytest.raises(OSError, match="without end"):
        read_again_and_again()
    assert set(capfd.readouterr().out) == {"."}


def test_where_no_process_can_be_started_files_are_read_all_the_same(monkeypatch, good):
    monkeypatch.setattr(hdf5.sys, "executable", str(good))
    hdf5.check_hdf5(good, "HDF5")


def test_another_file_is_named(tmp_path):
    path = tmp_path / "text.h5"
    path.write_text("nothing of the kind")
    refuse(path, "cannot be read as HDF5: ")
