"""Checkpoints: parts are complete or absent, and belong to one inversion."""

import numpy as np
import pytest

from groupsparse.apps.files.kept_parts import fingerprint
from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.inverting import joint_inversion
from groupsparse.apps.seismic.inverting.batch import InvertedBatch, invert_batch
from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint

BUMP = np.array([-0.3, 0.2, 1.0, 0.2, -0.3])


def made_part(dtype="float64", n_gathers=32):
    rng = np.random.default_rng(0)
    reflectors = [np.flatnonzero(rng.random(120) < 0.05 * (n % 3)) for n in range(n_gathers)]
    values = rng.standard_normal((3, n_gathers, 120)).astype(dtype)
    return InvertedBatch(values, reflectors, values > 2, 2)


def same(one, other):
    return (
        np.array_equal(one.reflectivity, other.reflectivity)
        and one.reflectivity.dtype == other.reflectivity.dtype
        and len(one.reflectors) == len(other.reflectors)
        and all(map(np.array_equal, one.reflectors, other.reflectors))
        and np.array_equal(one.outliers, other.outliers)
        and one.n_unconverged == other.n_unconverged
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_gathers", [1, 32])
def test_parts_come_back(tmp_path, dtype, n_gathers):
    part = made_part(dtype, n_gathers)
    kept = Checkpoint(tmp_path / "a" / "b", "key")
    assert kept.load(3) is None
    kept.save(3, part)
    assert same(kept.load(3), part)
    assert same(Checkpoint(tmp_path / "a" / "b", "key").load(3), part)
    assert kept.load(2) is None
    (path,) = kept.folder.iterdir()
    with np.load(path) as file:
        np.testing.assert_array_equal(file["reflectivity"], part.reflectivity)
        np.testing.assert_array_equal(file["reflectors"], np.concatenate(part.reflectors))


def damaged(content):
    """Yield truncated files, random bytes, and files with single changed bytes."""
    rng = np.random.default_rng(0)
    yield from (content[:length] for length in range(0, len(content), 997))
    yield from (content[:-cut] for cut in range(1, 23, 3))
    yield from (rng.bytes(n) for n in (1, 30, 5000))
    places = (*range(260), *range(500, len(content), 997), *range(len(content) - 300, len(content)))
    for place in places:
        for byte in {32, content[place] ^ 1, content[place] ^ 8} - {content[place]}:
            yield content[:place] + bytes([byte]) + content[place + 1 :]


def test_a_damaged_part_counts_as_unfinished_unless_it_is_intact(tmp_path):
    kept, part = Checkpoint(tmp_path, "key"), made_part(n_gathers=6)
    kept.save(0, part)
    (path,) = kept.folder.iterdir()
    for content in list(damaged(path.read_bytes())):
        path.write_bytes(content)
        found = kept.load(0)
        assert found is None or same(found, part)


@pytest.mark.parametrize(
    "change",
    [
        {"reflectivity": None},
        {"ends": None},
        {"n_unconverged": None},
        {"reflectors": np.array([{}], dtype=object)},
    ],
)
def test_other_archives_are_not_parts(tmp_path, change):
    kept = Checkpoint(tmp_path, "key")
    arrays = {
        "reflectivity": np.ones((1, 2, 3)),
        "reflectors": np.arange(2),
        "ends": np.arange(1, 3),
        "n_unconverged": 0,
    } | change
    given = {name: array for name, array in arrays.items() if array is not None}
    np.savez(kept.folder / "000000.npz", allow_pickle=True, **given)
    assert kept.load(0) is None


def test_a_part_that_could_not_be_written_is_absent(tmp_path, monkeypatch):
    kept = Checkpoint(tmp_path, "key")

    def fails(file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fails)
    with pytest.raises(OSError, match="disk full"):
        kept.save(0, made_part())
    assert kept.load(0) is None
    kept.remove()
    assert not tmp_path.exists()


def test_only_own_parts_are_removed(tmp_path):
    one, other = (Checkpoint(tmp_path / "kept", key) for key in ("one", "other"))
    one.save(0, made_part(n_gathers=1))
    other.save(0, made_part(n_gathers=1))
    one.remove()
    assert one.load(0) is None
    assert other.load(0) is not None
    (tmp_path / "kept" / "notes.txt").write_text("mine")
    other.remove()
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["notes.txt"]


def test_fingerprints_distinguish_data_and_settings():
    x = np.arange(12.0).reshape(3, 4)
    different = [
        ([x], "a"),
        ([x], "b"),
        ([x, x], "a"),
        ([x.reshape(4, 3)], "a"),
        ([x.astype("f4")], "a"),
        ([x.astype("i8").view("f8")], "a"),
        ([x + 1e-15], "a"),
        ([x[:2], x[2:]], "a"),
        ([x.T], "a"),
        ([x], ("a", 0.1)),
        ([x], ("a", 0.1 + 1e-16)),
    ]
    names = {fingerprint(arrays, settings) for arrays, settings in different}
    assert len(names) == len(different)
    assert fingerprint([np.asfortranarray(x)], "a") == fingerprint([x], "a")
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in names)


class StopError(Exception):
    """Stands for a process that ends at once."""


def stopping_after(n_calls):
    """A progress that ends the run at its n-th call."""
    calls = []

    def progress(*done):
        calls.append(done)
        if len(calls) == n_calls:
            raise StopError

    return progress


@pytest.fixture
def counted(monkeypatch):
    """The batches that were computed."""
    batches = []

    def count(batch):
        batches.append(batch)
        return invert_batch(batch)

    monkeypatch.setattr(joint_inversion, "invert_batch", count)
    return batches


def made_survey(n_traces=100, dtype="float64"):
    rng = np.random.default_rng(1)
    truth = rng.uniform(1, 2, (3, n_traces, 60)) * (rng.random((n_traces, 60)) < 0.05)
    data = np.apply_along_axis(np.convolve, 2, truth, BUMP, mode="same")
    data += 0.02 * rng.standard_normal(data.shape)
    data[1, 3::7] = 0
    return data.astype(dtype)


def task(*, method="sbl", traces_together=1, dip=0.0, refit=None, **change):
    level = 0.02 * np.sqrt(3 * 100 * 60)
    settings = InversionSettings(method, refit=refit, traces_together=traces_together, dip=dip)
    given = {"wavelets": BUMP, "sample_interval": 0.002, "noise_level": level}
    return given | {"settings": settings} | change


@pytest.mark.filterwarnings("ignore:.* tasks ")
@pytest.mark.parametrize(
    "change",
    [{}, {"method": "l21"}, {"traces_together": 3, "dip": 0.002}, {"n_jobs": 2}, {"dtype": "f4"}],
)
def test_a_stopped_run_continues_bit_for_bit(tmp_path, counted, change):
    data = made_survey(dtype=change.get("dtype", "f8"))
    asked = task(**{name: value for name, value in change.items() if name != "dtype"})
    expected = invert(data, **asked)
    n_parts = len(counted)
    assert n_parts > 2
    with pytest.raises(StopError):
        invert(data, progress=stopping_after(2), checkpoint=tmp_path / "kept", **asked)
    assert len(list((tmp_path / "kept").rglob("*.npz"))) == 2
    counted.clear()
    seen = []
    result = invert(
        data, progress=lambda *done: seen.append(done), checkpoint=tmp_path / "kept", **asked
    )
    assert len(counted) == n_parts - 2
    assert len(seen) == n_parts
    assert seen[-1] == (100, 100)
    assert result.reflectivity.dtype == data.dtype
    np.testing.assert_array_equal(result.reflectivity, expected.reflectivity)
    assert all(map(np.array_equal, result.reflectors, expected.reflectors))
    assert result.residual_norm == expected.residual_norm
    assert result.n_unconverged == expected.n_unconverged
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"method": "l21"},
        {"noise_level": 1.7},
        {"wavelets": BUMP * (1 + 1e-12)},
        {"sample_interval": 0.004},
        {"traces_together": 2},
        {"refit": True},
        {"data": 1e-9},
        {"dtype": "f4"},
    ],
)
def test_other_data_or_settings_start_from_scratch(tmp_path, counted, change):
    data = made_survey(n_traces=50)
    with pytest.raises(StopError):
        invert(data, progress=stopping_after(1), checkpoint=tmp_path, **task())
    other = (data + change.pop("data", 0) * (data != 0)).astype(change.pop("dtype", "f8"))
    counted.clear()
    result = invert(other, checkpoint=tmp_path, **task(**change))
    n_computed = len(counted)
    counted.clear()
    expected = invert(other, **task(**change))
    assert n_computed == len(counted)
    np.testing.assert_array_equal(result.reflectivity, expected.reflectivity)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
