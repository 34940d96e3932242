"""Stacks: slices as on their own, in every file, resumable, with failing slices named."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from groupsparse.apps.mri.coils.measured import sample_coils
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.stacks import stack as stack_module
from groupsparse.apps.mri.stacks.one_slice import StackSettings, reconstruct_slice
from groupsparse.apps.mri.stacks.source import open_stack
from groupsparse.apps.mri.stacks.stack import FailedSlicesError, Where, reconstruct_stack

QUICK = StackSettings(noise=0.01, magnitude=True)


def list_files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_slices_are_those_of_the_method_on_its_own(tmp_path, source, stack):
    kspace, images = stack
    result = reconstruct_stack(source, tmp_path / "out.npy")
    found = np.load(tmp_path / "out.npy")
    assert found.dtype == np.complex64
    assert result.shape == found.shape == images.shape
    alone = reconstruct(sample_coils(kspace[2][None])).images[0]
    np.testing.assert_allclose(found[2], alone, atol=0.02 * abs(alone).max())
    assert np.linalg.norm(abs(found) - images) < 0.1 * np.linalg.norm(images)
    assert result.noise == pytest.approx([0.01] * 4, rel=0.5)
    assert not result.empty
    assert list_files(tmp_path) == ["kspace.npy", "out.npy"]


@pytest.mark.parametrize("kind", ["h5", "zarr"])
def test_other_files_hold_the_same(tmp_path, source, stack, kind):
    path, out = tmp_path / f"kspace.{kind}", tmp_path / f"out.{kind}"
    if kind == "h5":
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            file["kspace"] = stack[0]
    else:
        zarr = pytest.importorskip("zarr")
        zarr.save_array(str(path), stack[0])
    reconstruct_stack(source, tmp_path / "out.npy", QUICK)
    reconstruct_stack(path, out, QUICK)
    if kind == "h5":
        with h5py.File(out) as file:
            found = file["reconstruction"][...]
    else:
        found = zarr.open_array(str(out), mode="r")[...]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.load(tmp_path / "out.npy"))


def test_units_of_the_scanner_change_the_scale_only(tmp_path, stack):
    for name, unit in (("one", 1.0), ("tiny", 2.0**-20)):
        np.save(tmp_path / f"{name}.npy", (unit * stack[0][:1]).astype(np.complex64))
        reconstruct_stack(tmp_path / f"{name}.npy", tmp_path / f"{name}-out.npy")
    one, tiny = (np.load(tmp_path / f"{name}-out.npy") for name in ("one", "tiny"))
    np.testing.assert_array_equal(tiny, one * np.float32(2.0**-20))


def test_single_coils_and_contrasts_have_their_shapes(tmp_path, stack):
    kspace, _ = stack
    np.save(tmp_path / "single.npy", kspace[:2, 0])
    np.save(tmp_path / "contrasts.npy", np.stack([kspace[:2], 0.5 * kspace[:2]], axis=1))
    assert reconstruct_stack(tmp_path / "single.npy", tmp_path / "a.npy").shape == (2, 32, 40)
    result = reconstruct_stack(tmp_path / "contrasts.npy", tmp_path / "b.npy")
    assert result.shape == (2, 2, 32, 40)


class StopError(Exception):
    """Stands for a process that ends at once."""


def stop_after(n_done):
    def progress(n, _):
        if n == n_done:
            raise StopError

    return progress


def test_a_stopped_run_continues_with_the_same_bits(tmp_path, source, monkeypatch):
    expected, out = tmp_path / "expected.npy", tmp_path / "out.npy"
    reconstruct_stack(source, expected, QUICK)
    with pytest.raises(StopError):
        reconstruct_stack(source, out, QUICK, progress=stop_after(2))
    assert not out.exists()
    numbers, seen = [], []

    def count(source, number, *rest):
        numbers.append(number)
        return reconstruct_slice(source, number, *rest)

    monkeypatch.setattr(stack_module, "reconstruct_slice", count)
    result = reconstruct_stack(source, out, QUICK, progress=lambda *done: seen.append(done))
    assert (numbers, result.n_kept) == ([2, 3], 2)
    assert seen == [(2, 4), (3, 4), (4, 4)]
    assert out.read_bytes() == expected.read_bytes()
    assert list_files(tmp_path) == ["expected.npy", "kspace.npy", "out.npy"]


def test_other_settings_and_changed_files_start_from_scratch(tmp_path, source, stack):
    with pytest.raises(StopError):
        reconstruct_stack(source, tmp_path / "out.npy", QUICK, progress=stop_after(2))
    other = StackSettings(noise=0.02, magnitude=True)
    assert reconstruct_stack(source, tmp_path / "other.npy", other).n_kept == 0
    np.save(source, 2 * stack[0])
    assert reconstruct_stack(source, tmp_path / "out.npy", QUICK).n_kept == 0


def test_failing_slices_are_named_and_the_others_kept(tmp_path, source, stack):
    kspace = stack[0].copy()
    kspace[1] = 0
    kspace[2, 0, 3, 4] = np.nan
    np.save(source, kspace)
    out = tmp_path / "out.npy"
    with pytest.raises(
        FailedSlicesError, match=r"2 slices .* slice 1: .*zeros.*slice 2: .*kept in"
    ):
        reconstruct_stack(source, out, QUICK)
    assert not out.exists()
    result = reconstruct_stack(source, out, QUICK, fill_failed=True)
    assert (sorted(result.failed), result.n_kept) == ([1, 2], 2)
    found = np.load(out)
    assert [bool(np.isnan(image).all()) for image in found] == [False, True, True, False]
    assert np.isfinite(found[[0, 3]]).all()


def test_nothing_is_written_where_every_slice_fails(tmp_path, source):
    np.save(source, np.zeros((2, 3, 32, 40), np.complex64))
    with pytest.raises(FailedSlicesError, match="slice 0"):
        reconstruct_stack(source, tmp_path / "out.npy", fill_failed=True)
    assert not (tmp_path / "out.npy").exists()


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("a.npy", np.ones((4, 4)), "must have the shape"),
        ("a.npy", np.array(["x" * 3] * 8).reshape(2, 2, 2), "complex numbers"),
        ("a.tif", np.ones((2, 8, 8)), "must hold k-space|must be one of"),
    ],
)
def test_other_arrays_are_refused(tmp_path, name, array, message):
    with (tmp_path / name).open("wb") as file:
        np.save(file, array)
    with pytest.raises(ValueError, match=message):
        open_stack(tmp_path / name)


def test_files_are_checked_before_the_work(tmp_path, source):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = np.ones(3)
    with pytest.raises(ValueError, match=r"must have kspace .*found image"):
        open_stack(tmp_path / "a.h5")
    (tmp_path / "a.h5").write_bytes((tmp_path / "a.h5").read_bytes()[:200])
    with pytest.raises(ValueError, match=r"a\.h5"):
        open_stack(tmp_path / "a.h5")
    with pytest.raises(FileNotFoundError, match="no such file"):
        open_stack(tmp_path / "none.npy")
    with pytest.raises(ValueError, match="written as one of"):
        reconstruct_stack(source, tmp_path / "a.tga")
    with pytest.raises(FileExistsError, match="exists already"):
        reconstruct_stack(source, source)
    with pytest.raises(OSError, match="no scheduler of Dask answers"):
        reconstruct_stack(source, tmp_path / "b.npy", where=Where(scheduler="nonsense://1"))


@pytest.mark.skipif(os.name == "nt", reason="processes are not killed by a signal on Windows")
def test_a_killed_worker_of_dask_loses_nothing(tmp_path, source):
    """In a process of its own: workers do not start again below one of pytest-xdist."""
    pytest.importorskip("distributed")
    reconstruct_stack(source, tmp_path / "expected.npy", QUICK)
    script = Path(__file__).with_name("kill_a_worker.py")
    command = [sys.executable, str(script), str(source), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "killed").exists()
    assert (tmp_path / "out.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()
