"""No file is read that unpacks to more than the limit, whatever its format."""

import bz2
import gzip
import lzma
import zipfile
import zlib

import numpy as np
import pytest

from groupsparse.apps.features.reading.table_file import read_table
from groupsparse.apps.files.memory import (
    VARIABLE,
    TooLargeError,
    check_bytes,
    find_byte_limit,
)
from groupsparse.apps.files.packed import check_packed
from groupsparse.apps.mri.files.images import read_image
from groupsparse.apps.seismic.files.survey_file import read_survey, write_survey
from groupsparse.apps.seismic.files.wavelet_file import read_wavelets
from groupsparse.apps.seismic.survey import Survey

TABLE = np.zeros((200, 100))
TEXT = ("a,b\n" + "0,1\n" * 50_000).encode()


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    monkeypatch.setenv(VARIABLE, "1e5")


def make_parquet(path):
    pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")
    pd.DataFrame(TABLE, columns=[f"x{j}" for j in range(100)]).to_parquet(path)


def make_mat(path, **options):
    from scipy.io import savemat

    savemat(path, {"X": TABLE}, **options)


def make_sparse_mat(path):
    from scipy.io import savemat
    from scipy.sparse import csc_array

    savemat(path, {"X": csc_array((1000, 1000))})


def make_hdf5_mat(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:  # declared, but never written
        file.create_dataset("X", (200, 100), "f8", chunks=(10, 10))


def make_h5ad(path):
    anndata = pytest.importorskip("anndata")
    anndata.AnnData(TABLE).write_h5ad(path, compression="gzip")


def make_zarr(path):
    pytest.importorskip("zarr")
    write_survey(path, Survey(TABLE, 0.002))


def make_png(path):
    from PIL import Image

    Image.fromarray(np.zeros((200, 200), np.uint8)).save(path)


def make_tiff(path):
    import tifffile

    tifffile.imwrite(path, TABLE, compression="zlib")


def make_npz(path):
    np.savez_compressed(path, data=TABLE, sample_interval=0.002)


def make_text(path):
    path.write_bytes(TEXT)


FILES = {
    "long.csv": (make_text, read_table),
    "packed.csv.gz": (lambda path: path.write_bytes(gzip.compress(TEXT)), read_table),
    "table.parquet": (make_parquet, read_table),
    "version-4.mat": (lambda path: make_mat(path, format="4"), read_table),
    "version-5.mat": (make_mat, read_table),
    "version-7.mat": (lambda path: make_mat(path, do_compression=True), read_table),
    "sparse.mat": (make_sparse_mat, read_table),
    "version-7.3.mat": (make_hdf5_mat, read_table),
    "cells.h5ad": (make_h5ad, read_table),
    "survey.npz": (make_npz, read_survey),
    "survey.npy": (lambda path: np.save(path, TABLE), lambda path: read_survey(path)),
    "survey.zarr": (make_zarr, read_survey),
    "wavelets.npz": (make_npz, read_wavelets),
    "wavelets.txt": (lambda path: np.savetxt(path, TABLE[:, 0]), read_wavelets),
    "image.npy": (lambda path: np.save(path, TABLE), read_image),
    "image.png": (make_png, read_image),
    "image.tif": (make_tiff, read_image),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_beyond_the_limit_is_refused_by_one_line(tmp_path, name):
    make, read = FILES[name]
    make(tmp_path / name)
    with pytest.raises(ValueError, match=rf"{name} holds .* MB, but at most 0\.1 MB") as caught:
        read(tmp_path / name)
    message = str(caught.value)
    assert VARIABLE in message
    assert message.count(name) == 1
    assert "\n" not in message


@pytest.mark.parametrize(
    ("pack", "refused"),
    [
        (zlib.compress, True),
        (gzip.compress, True),
        (lzma.compress, True),
        (bz2.compress, True),
        (bytes, False),
        (lambda content: zlib.compress(content)[:-9], True),
        (lambda content: zlib.compress(content[:50_000]), False),
        (lambda content: b"\x78\x9cnothing of the kind" * 100, False),
    ],
)
def test_blocks_that_unpack_to_more_than_the_limit(tmp_path, pack, refused):
    path = tmp_path / "block"
    path.write_bytes(pack(bytes(1_000_000)))
    with path.open("rb") as file:
        if refused:
            with pytest.raises(TooLargeError, match=r"a\.tif holds"):
                check_packed("a.tif", file, path.stat().st_size)
        else:
            check_packed("a.tif", file, path.stat().st_size)


def test_a_chunk_of_a_store_that_unpacks_to_too_much(tmp_path):
    zarr = pytest.importorskip("zarr")
    path = tmp_path / "a.zarr"
    array = zarr.open_array(
        path, mode="w", shape=(1, 1, 50), dtype="f4", zarr_format=2, compressor={"id": "zlib"}
    )
    array[...] = 1
    array.attrs["sample_interval"] = 0.002
    (path / "0.0.0").write_bytes(zlib.compress(bytes(1_000_000)))
    with pytest.raises(TooLargeError, match=r"a\.zarr holds"):
        read_survey(path)


def test_a_strip_of_an_image_that_unpacks_to_too_much(tmp_path):
    import tifffile

    path = tmp_path / "a.tif"
    tifffile.imwrite(path, TABLE[:50, :50].astype("f4"), compression="zlib")
    packed = zlib.compress(bytes(1_000_000))
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["StripByteCounts"].overwrite(len(packed))
        file.pages[0].tags["StripOffsets"].overwrite(path.stat().st_size)
    path.write_bytes(path.read_bytes() + packed)
    with pytest.raises(TooLargeError, match=r"a\.tif holds"):
        read_image(path)


def test_an_archive_that_says_too_little_is_damaged(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.npy", bytes(5_000_000))
    content = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), b"\x10\0\0\0")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz cannot be read as NPZ"):
        read_survey(path)


def test_a_header_that_says_too_much_is_damaged(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((3, 4)))
    path.write_bytes(path.read_bytes().replace(b"(3, 4), }      ", b"(3, 4000000), }"))
    for read in (read_image, read_wavelets):
        with pytest.raises(ValueError, match=r"a\.npy cannot be read as NPY: 96000128 bytes are"):
            read(path)


@pytest.mark.parametrize("text", ["many", "0", "-5", "nan", "inf"])
def test_a_limit_that_is_no_number_of_bytes_is_named(monkeypatch, text):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ValueError, match=f"{VARIABLE} must be a positive number of bytes"):
        find_byte_limit()


def test_by_default_the_limit_is_a_share_of_the_free_memory(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    assert 2**20 < find_byte_limit() < 2**50
    check_bytes("a.npy", 2**20)
