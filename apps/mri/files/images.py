"""Files of images, k-space and masks: PNG, TIFF, NPY."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, as_finite_array, as_number_array
from ...files.atomic import check_target, replace_file
from ...files.damage import explain_errors
from ...files.memory import check_array
from ...files.numpy_file import read_npy
from .tiff_file import read_tiff

FORMATS = (".npy", ".png", ".tif", ".tiff")
_PNG_CHANNELS = (1, 3)
_LARGEST_PIXEL = 8  # bytes: 4 channels of 2
_LAST_IS_SMALLER = 3  # times: the last axis holds channels, unless the first does as well
_PIXEL_DTYPES = (np.uint8, np.uint16)


@dataclass(frozen=True, eq=False)
class ImageFile:
    """An image read from a file.

    Attributes
    ----------
    images : ndarray, shape (channel, y, x)
        Pixels of 8 and 16 bits are divided by `white`, as float32; other values stay as they are.
    channel_axis : int or None
        The axis of the channels in the file; None for a single image (y, x).
    peak : float
        The largest possible magnitude of pixels of 8 and 16 bits (1); the
        largest magnitude of other values.
    white : int or None
        The pixel that stands for 1: the largest of as many bits as the image needs, since cameras
        and scanners keep 10, 12 or 14 bits in pixels of 16. None for other values.
    notes : tuple of str
        What was assumed about the file, in sentences.
    """

    images: Array
    channel_axis: int | None
    peak: float = 1.0
    white: int | None = None
    notes: tuple[str, ...] = ()


def read_image(
    path: str | Path, *, channel_axis: int | None = None, finite: bool = True
) -> ImageFile:
    """Read an image (y, x) or one of several channels; drop its transparency.

    `channel_axis` is by default the last of three axes if it has 3 or 4 entries or far fewer than
    the others, else the first. Unless `finite`, values may be NaN or infinite.

    >>> np.save("image.npy", np.zeros((8, 8, 3)))
    >>> read_image("image.npy").images.shape
    (3, 8, 8)
    """
    source = Path(path)
    pixels, notes = _drop_alpha(source, _read_pixels(source), channel_axis)
    if pixels.ndim not in (2, 3):
        raise ValueError(f"{source}: an image has 2 or 3 axes, got shape {pixels.shape}")
    notes += _mention_depth(source)
    white = _find_white(pixels)
    if white is not None:
        if 0xFF < white < 0xFFFF or (white == 0xFF and pixels.dtype == np.uint16):
            notes.append(
                f"{source} has 16-bit pixels up to {pixels.max()}: they are taken as "
                f"{white.bit_length()}-bit ones, with the peak {white}"
            )
        pixels = (pixels / white).astype(np.float32)
    values = (
        as_finite_array(pixels, str(source)) if finite else as_number_array(pixels, str(source))
    )
    peak = 1.0 if white is not None else float(np.abs(values).max()) or 1.0
    axis = channel_axis
    if axis is not None and not (values.ndim == 3 and -3 <= axis <= 2):
        raise ValueError(f"{source} of shape {values.shape} has no channel_axis {axis}")
    if values.ndim == 2:
        return ImageFile(values[None], None, peak, white, tuple(notes))
    if axis is None:
        axis = 0
        if source.suffix.lower() == ".png" or values.shape[-1] in (3, 4):
            axis = -1
        elif _LAST_IS_SMALLER * values.shape[-1] <= min(values.shape[:2]):
            axis = -1
            notes.append(
                f"{source} of shape {values.shape}: the last axis is taken as that of the "
                f"channels (channel_axis=0 for the first)"
            )
    channels = np.moveaxis(values, axis, 0)
    return ImageFile(np.ascontiguousarray(channels), axis, peak, white, tuple(notes))


def _drop_alpha(source: Path, pixels: Array, channel_axis: int | None) -> tuple[Array, list[str]]:
    """Return the colours of pixels, and a note if they had a transparency, too."""
    counts = (2, 4) if source.suffix.lower() == ".png" else (4,)
    has_pixels = channel_axis in (None, -1, 2) and pixels.dtype in _PIXEL_DTYPES
    if not has_pixels or pixels.ndim != 3 or pixels.shape[-1] not in counts:
        return pixels, []
    return pixels[..., :-1], [f"the transparency (alpha channel) of {source} is left out"]


def _mention_depth(source: Path) -> list[str]:
    """Return a note if a PNG has colours of 16 bits, which Pillow reads with 8."""
    if source.suffix.lower() != ".png":
        return []
    with source.open("rb") as file:
        header = file.read(26)
    depth, colour = header[24:25], header[25:26]
    is_deep = depth == b"\x10" and colour in (b"\x02", b"\x06")
    return [f"{source} has colours of 16 bits, which are read with 8"] if is_deep else []


def _find_white(pixels: Array) -> int | None:
    """Return the largest value of as many bits as the pixels need; None if they are others."""
    if pixels.dtype not in _PIXEL_DTYPES:
        return None
    n_bits = int(pixels.max(initial=0)).bit_length() if pixels.dtype == np.uint16 else 8
    return int(2 ** max(n_bits, 8) - 1)


def read_mask(path: str | Path) -> Array:
    """Read a sampling mask (y, x): true where the file is not zero.

    >>> np.save("mask.npy", np.eye(4))
    >>> int(read_mask("mask.npy").sum())
    4
    """
    pixels = _read_pixels(Path(path))
    if pixels.ndim == 3 and Path(path).suffix.lower() != ".npy":
        pixels = _drop_alpha(Path(path), pixels, None)[0].max(axis=-1)
    if pixels.ndim != 2:
        raise ValueError(f"{path}: a mask has 2 axes (y, x), got shape {pixels.shape}")
    result: Array = as_finite_array(pixels, str(path)) != 0
    return result


def write_image(
    path: str | Path,
    images: Array,
    *,
    channel_axis: int | None,
    peak: float,
    overwrite: bool,
    white: int | None = None,
) -> Path:
    """Write images (channel, y, x) to one file, completely or not at all; return its path.

    NPY holds them as they are, TIFF in single precision, PNG by 8-bit magnitudes from 0 to
    `peak`. `channel_axis` is that of the file; None drops the axis of a single channel. `white` is
    the pixel for `peak`, as in the image that was read: TIFF then holds magnitudes of 8 or 16 bits,
    and a PNG of one channel 16 bits if `white` needs them.

    >>> write_image(
    ...     "written.npy", np.zeros((1, 4, 4)), channel_axis=None, peak=1.0, overwrite=True
    ... ).name
    'written.npy'
    """
    target = Path(path)
    check_output(target, len(images), overwrite=overwrite)
    pixels = images[0] if channel_axis is None and len(images) == 1 else images
    if pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, channel_axis or 0)
    with replace_file(target, overwrite=overwrite) as temporary:
        suffix = target.suffix.lower()
        if suffix == ".npy":
            np.save(temporary, pixels)
        elif suffix == ".png":
            _write_png(temporary, images, peak, white)
        else:
            import tifffile

            if white is None:
                single = np.result_type(np.float32, pixels.dtype).kind
                pixels = pixels.astype(np.complex64 if single == "c" else np.float32)
            else:
                pixels = _quantise(pixels, peak, white)
            is_colour = channel_axis in (-1, 2) and len(images) == 3 and pixels.dtype.kind in "uf"
            tifffile.imwrite(temporary, pixels, photometric="rgb" if is_colour else "minisblack")
    return target


def check_output(path: str | Path, n_channels: int, *, overwrite: bool) -> None:
    """Raise the errors of `write_image` before any work is done."""
    target = Path(path)
    _check_format(target)
    if target.suffix.lower() == ".png" and n_channels not in _PNG_CHANNELS:
        raise ValueError(
            f"{target}: a PNG holds 1 or 3 channels, got {n_channels} "
            "(use .npy or .tif, or combine the channels)"
        )
    check_target(target, overwrite=overwrite)


def _check_format(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: the format must be one of {', '.join(FORMATS)}")


def _read_pixels(path: Path) -> Array:
    """Return the pixels of a file, with their transparency."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    _check_format(path)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return read_npy(path)
    return _read_png(path) if suffix == ".png" else read_tiff(path)


def _read_png(path: Path) -> Array:
    """Return the colours of a PNG, and their transparency."""
    import imageio.v3
    from PIL import Image

    content = path.read_bytes()  # given a path, imageio leaves damaged files open
    with explain_errors(path, "PNG"):
        try:
            with Image.open(BytesIO(content), formats=["PNG"]) as image:
                shape = (image.height, image.width, getattr(image, "n_frames", 1))
            check_array(path, shape, _LARGEST_PIXEL)
            pixels = np.asarray(imageio.v3.imread(content, extension=".png"))
        except Image.DecompressionBombError as error:
            raise ValueError(f"it is too large: {error}") from error
        except (OSError, SyntaxError) as error:
            raise ValueError("it is damaged or not a PNG") from error
    return pixels


def _write_png(path: Path, images: Array, peak: float, white: int | None) -> None:
    """Write one or three channels, complex ones by magnitude; three have 8 bits."""
    import imageio.v3

    levels = _quantise(images, peak, white if white and len(images) == 1 else 0xFF)
    imageio.v3.imwrite(path, levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, -1))


def _quantise(images: Array, peak: float, white: int) -> Array:
    """Return magnitudes as pixels of 8 or 16 bits, `peak` as `white`."""
    values = np.abs(images) if np.iscomplexobj(images) else images
    kind = np.uint8 if white <= 0xFF else np.uint16
    return np.round(np.clip(values / peak, 0, 1) * white).astype(kind)
