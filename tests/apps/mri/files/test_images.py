"""Image files: they are read as they were written, and errors are one line."""

import pickle
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from groupsparse.apps.mri.files.images import check_output, read_image, read_mask, write_image

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (9, 12, 4), dtype=np.uint8)
BYTES[0, 0], BYTES[0, 1] = 0, 255


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write pixels by another library than the one that reads them, where there is one."""
    if path.suffix == ".npy":
        np.save(path, pixels)
    elif path.suffix == ".png":
        Image.fromarray(pixels).save(path)
    else:
        tifffile.imwrite(path, pixels, photometric="minisblack")
    return path


def write(path: Path, images: np.ndarray, channel_axis=0, peak=1.0, overwrite=False) -> Path:
    return write_image(path, images, channel_axis=channel_axis, peak=peak, overwrite=overwrite)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (BYTES[..., 0], BYTES[None, ..., 0]),
        (BYTES[..., :2], BYTES[None, ..., 0]),
        (BYTES[..., :3], np.moveaxis(BYTES[..., :3], -1, 0)),
        (BYTES, np.moveaxis(BYTES[..., :3], -1, 0)),
    ],
    ids=["grey", "grey and transparency", "RGB", "RGBA"],
)
def test_png_with_8_bits(tmp_path, pixels, expected):
    file = read_image(save(tmp_path / "image.png", pixels))
    assert (file.images.dtype, file.peak) == (np.float32, 1.0)
    assert file.channel_axis == (None if pixels.ndim == 2 else -1)
    np.testing.assert_array_equal(file.images, expected / np.float32(255))


def test_png_with_16_bits(tmp_path):
    pixels = RNG.integers(0, 2**16, (9, 12), dtype=np.uint16)
    file = read_image(save(tmp_path / "image.png", pixels))
    np.testing.assert_allclose(file.images[0], pixels / 65535, rtol=1e-6)
    assert file.images.dtype == np.float32


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".TIFF"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_pixels_are_relative_to_the_largest(tmp_path, dtype, suffix):
    largest = np.iinfo(dtype).max
    pixels = np.array([[0, largest], [largest // 2, 1]], dtype)
    file = read_image(save(tmp_path / f"image{suffix}", pixels))
    np.testing.assert_allclose(file.images[0], pixels / largest, rtol=1e-6)
    assert (file.images.dtype, file.peak) == (np.float32, 1.0)


@pytest.mark.parametrize("dtype", ["int16", "uint32", "int64"])
def test_other_integers_are_values_like_any_other(tmp_path, dtype):
    pixels = np.array([[0, 900], [450, 1]], dtype)
    file = read_image(save(tmp_path / "image.npy", pixels))
    np.testing.assert_array_equal(file.images[0], pixels)
    assert file.peak == 900


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(7, 9), (2, 7, 9), (7, 9, 3), (7, 9, 4), (5, 8, 6)])
def test_npy_comes_back_bit_by_bit(tmp_path, shape, dtype):
    pixels = RNG.standard_normal(shape).astype(dtype)
    if np.iscomplexobj(pixels):
        pixels.imag = RNG.standard_normal(shape)
    file = read_image(save(tmp_path / "first.npy", pixels))
    assert file.images.dtype == dtype
    assert file.peak == np.abs(pixels).max()
    assert file.images.ndim == 3
    write(tmp_path / "second.npy", file.images, file.channel_axis)
    again = np.load(tmp_path / "second.npy")
    assert again.dtype == dtype
    np.testing.assert_array_equal(again, pixels)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64", "complex128"])
@pytest.mark.parametrize("shape", [(7, 9), (2, 7, 9), (7, 9, 3), (5, 8, 6)])
def test_tiff_comes_back_in_single_precision(tmp_path, shape, dtype):
    pixels = (RNG.standard_normal(shape) * (1 + 2j if "complex" in dtype else 1)).astype(dtype)
    single = pixels.astype(np.complex64 if np.iscomplexobj(pixels) else np.float32)
    file = read_image(save(tmp_path / "first.npy", pixels))
    write(tmp_path / "second.tif", file.images, file.channel_axis)
    np.testing.assert_array_equal(
        read_image(tmp_path / "second.tif").images, file.images.astype(single.dtype)
    )
    again = tifffile.imread(tmp_path / "second.tif")
    assert again.dtype == single.dtype
    np.testing.assert_array_equal(again, single)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_png_is_written_from_zero_to_the_peak(tmp_path, n_channels):
    levels = np.array([[-0.5, 0.0, 0.5], [1.0, 2.0, 3.0]])
    images = np.stack([levels * (k + 1) / n_channels for k in range(n_channels)])
    write(tmp_path / "image.png", images, peak=2.0)
    with Image.open(tmp_path / "image.png") as file:
        assert file.mode == ("L" if n_channels == 1 else "RGB")
        pixels = np.atleast_3d(np.asarray(file))
    expected = np.round(np.clip(images / 2, 0, 1) * 255)
    np.testing.assert_array_equal(np.moveaxis(pixels, -1, 0), expected)


def test_png_of_a_complex_image_shows_magnitudes(tmp_path):
    write(tmp_path / "image.png", np.full((1, 4, 4), 0.6 + 0.8j), None)
    with Image.open(tmp_path / "image.png") as file:
        assert (np.asarray(file) == 255).all()


@pytest.mark.parametrize("n_channels", [1, 3])
def test_png_comes_back(tmp_path, n_channels):
    images = np.moveaxis(BYTES[..., :n_channels], -1, 0) / np.float32(255)
    again = read_image(write(tmp_path / "image.png", images, -1))
    np.testing.assert_array_equal(again.images, images)


@pytest.mark.parametrize("suffix", [".npy", ".tif"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_channels_stand_where_they_stood(tmp_path, axis, suffix):
    images = RNG.standard_normal((5, 7, 9)).astype(np.float32)
    path = save(tmp_path / f"first{suffix}", np.moveaxis(images, 0, axis))
    file = read_image(path, channel_axis=axis)
    np.testing.assert_array_equal(file.images, images)
    assert file.images.flags.c_contiguous
    write(tmp_path / f"second{suffix}", images, file.channel_axis)
    again = read_image(tmp_path / f"second{suffix}", channel_axis=axis)
    np.testing.assert_array_equal(again.images, images)


@pytest.mark.parametrize(
    ("shape", "axis", "n_channels"),
    [((8, 9, 3), -1, 3), ((8, 9, 4), -1, 4), ((2, 8, 9), 0, 2), ((3, 8, 9), 0, 3)],
)
def test_where_channels_are_expected(tmp_path, shape, axis, n_channels):
    file = read_image(save(tmp_path / "image.npy", np.ones(shape)))
    assert (file.channel_axis, len(file.images)) == (axis, n_channels)


def test_a_zero_image_has_a_peak(tmp_path):
    assert read_image(save(tmp_path / "zero.npy", np.zeros((4, 4)))).peak == 1


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("mask.npy", ()),
        ("mask.png", ()),
        ("mask.png", (2,)),
        ("mask.png", (3,)),
        ("mask.png", (4,)),
        ("mask.tif", ()),
        ("mask.tif", (3,)),
        ("mask.tif", (4,)),
    ],
)
def test_masks(tmp_path, name, channels):
    """Colours count where any is not zero; transparency does not."""
    mask = RNG.random((9, 12)) < 0.3
    pixels = np.zeros((9, 12, *channels), np.uint8)
    pixels[mask] = 1
    if channels in ((2,), (4,)):
        pixels[..., -1] = 255
    path = save(tmp_path / name, pixels)
    np.testing.assert_array_equal(read_mask(path), mask)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32, np.complex64])
def test_masks_of_any_dtype(tmp_path, dtype):
    mask = np.eye(5, dtype=bool)
    assert (read_mask(save(tmp_path / "mask.npy", mask.astype(dtype))) == mask).all()


@pytest.mark.parametrize(
    ("shape", "fill", "words"),
    [
        ((), 0, "has 2 or 3 axes, got shape ()"),
        ((9,), 0, "has 2 or 3 axes, got shape (9,)"),
        ((2, 3, 4, 5), 0, "has 2 or 3 axes, got shape (2, 3, 4, 5)"),
        ((0, 9), 0, "is empty"),
        ((4, 4), np.nan, "has 16 NaN or infinite values"),
        ((4, 4), np.inf, "has 16 NaN or infinite values"),
        ((4, 4), "text", "must hold numbers"),
    ],
)
def test_content_that_is_no_image(tmp_path, shape, fill, words):
    path = save(tmp_path / "image.npy", np.full(shape, fill))
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        read_image(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("shape", "axis"), [((4, 5, 6), 3), ((4, 5, 6), -4), ((4, 5), 0)])
def test_a_channel_axis_that_is_not_there(tmp_path, shape, axis):
    path = save(tmp_path / "image.npy", np.ones(shape))
    with pytest.raises(ValueError, match=re.escape(f"{shape} has no channel_axis {axis}")):
        read_image(path, channel_axis=axis)


@pytest.mark.parametrize("shape", [(9,), (3, 9, 9)])
def test_masks_with_another_number_of_axes(tmp_path, shape):
    path = save(tmp_path / "mask.npy", np.ones(shape))
    with pytest.raises(ValueError, match=re.escape(f"a mask has 2 axes (y, x), got shape {shape}")):
        read_mask(path)


@pytest.mark.parametrize("read", [read_image, read_mask])
@pytest.mark.parametrize("name", ["none.npy", "none.png", "none.tif", "none", "folder.npy"])
def test_files_that_are_not_there(tmp_path, name, read):
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(FileNotFoundError, match=f"{name}: no such file"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["image.jpg", "image.nii.gz", "image"])
def test_unknown_formats(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"one of \.npy, \.png, \.tif, \.tiff") as caught:
        read_image(tmp_path / name)
    assert name in str(caught.value)
    with pytest.raises(ValueError, match=r"one of \.npy, \.png, \.tif, \.tiff"):
        check_output(tmp_path / name, 1, overwrite=True)


def a_file(path: Path) -> bytes:
    """Write a file of the kind that its name says, and return its content."""
    if path.name == "zip.npy":
        with path.open("wb") as file:
            np.savez(file, BYTES)
    elif path.name == "pickle.npy":
        path.write_bytes(pickle.dumps(BYTES))
    elif path.name == "zlib.tif":
        tifffile.imwrite(path, BYTES.astype(np.float32), compression="zlib")
    else:
        save(path, BYTES[..., 0])
    return path.read_bytes()


def damaged(content: bytes, first: int, rng: np.random.Generator) -> bytes:
    """Cut a file short, or change a few of its bytes from `first` on."""
    if rng.random() < 0.4:
        return content[: rng.integers(len(content))]
    changed = bytearray(content)
    for place in rng.integers(first, len(content), size=rng.integers(1, 5)):
        changed[place] = rng.integers(256)
    return bytes(changed)


def refusal(path: Path) -> str:
    """Read an image; return the message of the error, if there is one."""
    try:
        read_image(path)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["a.npy", "a.png", "a.tif", "zlib.tif", "zip.npy", "pickle.npy"])
def test_damaged_files_are_named_in_one_line(tmp_path, name):
    """Whatever a library raises on damage, a ValueError with the file's name comes out."""
    path = tmp_path / name
    content, rng = a_file(path), np.random.default_rng(0)
    # A changed number at the start of a TIFF may ask for any amount of memory.
    first = len(content) // 2 if path.suffix == ".tif" else 0
    refusals = []
    for _ in range(150):
        path.write_bytes(damaged(content, first, rng))
        refusals.append(refusal(path))
    assert sum(map(bool, refusals)) > 20
    for message in filter(None, refusals):
        assert message.startswith(str(path))
        assert "\n" not in message


@pytest.mark.parametrize(
    ("tag", "value"),
    [("ImageWidth", 0), ("BitsPerSample", 0), ("RowsPerStrip", 0), ("StripOffsets", 65535)],
)
def test_a_tiff_with_an_impossible_tag(tmp_path, tag, value):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, BYTES[..., :3], photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags[tag].overwrite(value)
    with pytest.raises(ValueError, match=r"image\.tif cannot be read as TIF: ."):
        read_image(path)


def test_a_tiff_whose_pages_form_a_circle(tmp_path):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, BYTES[..., :3], photometric="minisblack")
    content = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<I", content, 4)
    (n_tags,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + 12 * n_tags, first)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"image\.tif cannot be read as TIF: it is damaged"):
        read_image(path)


def test_an_npy_with_an_open_bracket(tmp_path):
    path = save(tmp_path / "image.npy", BYTES)
    path.write_bytes(path.read_bytes().replace(b")", b" ", 1))
    with pytest.raises(ValueError, match=r"image\.npy cannot be read as NPY: ."):
        read_image(path)


def test_a_png_that_claims_to_be_enormous(tmp_path):
    size = b"IHDR" + struct.pack(">IIBBBBB", 10**6, 10**6, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + size + struct.pack(">I", zlib.crc32(size))
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    with pytest.raises(ValueError, match=r"image\.png cannot be read as PNG: ."):
        read_image(tmp_path / "image.png")


@pytest.mark.parametrize("name", ["a.npy", "a.png", "a.tif"])
@pytest.mark.parametrize("content", [b"", b"not an image\n" * 20])
def test_files_of_another_kind(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} cannot be read as {name[2:].upper()}: ."):
        read_image(tmp_path / name)


@pytest.mark.parametrize("n_channels", [2, 4, 5])
def test_a_png_holds_one_or_three_channels(tmp_path, n_channels):
    with pytest.raises(ValueError, match=f"a PNG holds 1 or 3 channels, got {n_channels}"):
        write(tmp_path / "image.png", np.ones((n_channels, 4, 4)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".npy", ".png", ".tif"])
def test_existing_files_are_kept_unless_replacing_is_asked_for(tmp_path, suffix):
    path = tmp_path / f"image{suffix}"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=f"image{suffix} exists already$"):
        write(path, np.ones((1, 4, 4)))
    assert path.read_text() == "old"
    write(path, np.ones((1, 4, 4)), None, overwrite=True)
    assert read_image(path).images.tolist() == np.ones((1, 4, 4)).tolist()
    assert list(tmp_path.iterdir()) == [path]


def test_targets_that_cannot_be_files(tmp_path):
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="is not a file"):
        check_output(tmp_path / "folder.npy", 1, overwrite=True)
    with pytest.raises(NotADirectoryError, match="file is not a folder"):
        check_output(tmp_path / "file" / "sub" / "image.npy", 1, overwrite=False)


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail_half_way(path, pixels):
        Path(path).write_text("half")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "save", fail_half_way)
    with pytest.raises(OSError, match="the disk is full"):
        write(tmp_path / "sub" / "image.npy", np.ones((1, 4, 4)))
    assert list(tmp_path.iterdir()) == []


def test_colours_of_a_tiff_with_a_palette(tmp_path):
    palette = RNG.integers(0, 2**16, (3, 256), dtype=np.uint16)
    palette[0, 0] = 2**16 - 1
    indices = np.arange(30, dtype=np.uint8).reshape(5, 6)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, indices, photometric="palette", colormap=palette)
    file = read_image(path)
    np.testing.assert_allclose(file.images, palette[:, indices] / 65535, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_colours_of_a_tiff_stay_colours(tmp_path, dtype):
    pixels = RNG.integers(0, 2**16, (5, 6, 3)).astype(dtype)
    pixels[0, 0, 0] = 65535
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    file = read_image(tmp_path / "a.tif")
    write_image(
        tmp_path / "b.tif",
        file.images,
        channel_axis=file.channel_axis,
        peak=file.peak,
        white=file.white,
        overwrite=False,
    )
    with tifffile.TiffFile(tmp_path / "b.tif") as copy:
        assert (len(copy.pages), copy.pages[0].photometric) == (1, tifffile.PHOTOMETRIC.RGB)
        np.testing.assert_array_equal(copy.asarray(), pixels)
