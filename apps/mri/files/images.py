"""Files of images, k-space and masks: PNG, TIFF, NPY."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, as_finite_array
from ...files.atomic import check_target, replace_file
from ...files.damage import explain_errors
from ...files.memory import check_array
from ...files.numpy_file import read_npy
from .tiff_file import read_tiff

FORMATS = (".npy", ".png", ".tif", ".tiff")
_PNG_CHANNELS = (1, 3)
_LARGEST_PIXEL = 8  # bytes: 4 channels of 2
_PIXEL_DTYPES = (np.uint8, np.uint16)


@dataclass(frozen=True, eq=False)
class ImageFile:
    """An image read from a file.

    Attributes
    ----------
    images : ndarray, shape (channel, y, x)
        Pixels of 8 and 16 bits are divided by the largest value of their type,
        as float32; other values stay as they are.
    channel_axis : int or None
        The axis of the channels in the file; None for a single image (y, x).
    peak : float
        The largest possible magnitude of pixels of 8 and 16 bits (1); the
        largest magnitude of other values.
    """

    images: Array
    channel_axis: int | None
    peak: float = 1.0


def read_image(path: str | Path, *, channel_axis: int | None = None) -> ImageFile:
    """Read an image (y, x) or one of several channels; drop the transparency of a PNG.

    `channel_axis` is by default the last of three axes if it has 3 or 4 entries, else the first.

    >>> np.save("image.npy", np.zeros((8, 8, 3)))
    >>> read_image("image.npy").images.shape
    (3, 8, 8)
    """
    source = Path(path)
    pixels = _read_pixels(source)
    if pixels.ndim not in (2, 3):
        raise ValueError(f"{source}: an image has 2 or 3 axes, got shape {pixels.shape}")
    whole = pixels.dtype in _PIXEL_DTYPES
    if whole:
        pixels = (pixels / np.iinfo(pixels.dtype).max).astype(np.float32)
    values = as_finite_array(pixels, str(source))
    peak = 1.0 if whole else float(np.abs(values).max()) or 1.0
    axis = channel_axis
    if axis is not None and not (values.ndim == 3 and -3 <= axis <= 2):
        raise ValueError(f"{source} of shape {values.shape} has no channel_axis {axis}")
    if values.ndim == 2:
        return ImageFile(values[None], None, peak)
    if axis is None:
        is_png = source.suffix.lower() == ".png"
        axis = -1 if is_png or values.shape[-1] in (3, 4) else 0
    channels = np.moveaxis(values, axis, 0)
    return ImageFile(np.ascontiguousarray(channels), axis, peak)


def read_mask(path: str | Path) -> Array:
    """Read a sampling mask (y, x): true where the file is not zero.

    >>> np.save("mask.npy", np.eye(4))
    >>> int(read_mask("mask.npy").sum())
    4
    """
    pixels = _read_pixels(Path(path))
    if pixels.ndim == 3 and Path(path).suffix.lower() != ".npy":
        pixels = pixels[..., :3].max(axis=-1)
    if pixels.ndim != 2:
        raise ValueError(f"{path}: a mask has 2 axes (y, x), got shape {pixels.shape}")
    result: Array = as_finite_array(pixels, str(path)) != 0
    return result


def write_image(
    path: str | Path, images: Array, *, channel_axis: int | None, peak: float, overwrite: bool
) -> Path:
    """Write images (channel, y, x) to one file, completely or not at all; return its path.

    NPY holds them as they are, TIFF in single precision, PNG by 8-bit magnitudes from 0 to
    `peak`. `channel_axis` is that of the file; None drops the axis of a single channel.

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
            _write_png(temporary, images, peak)
        else:
            import tifffile

            single = np.result_type(np.float32, pixels.dtype).kind
            kind = np.complex64 if single == "c" else np.float32
            tifffile.imwrite(temporary, pixels.astype(kind), photometric="minisblack")
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
    """Return the pixels of a file, those of a PNG without transparency."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    _check_format(path)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return read_npy(path)
    return _read_png(path) if suffix == ".png" else read_tiff(path)


def _read_png(path: Path) -> Array:
    """Return the colours of a PNG."""
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
    return pixels[..., :-1] if pixels.shape[2:] in ((2,), (4,)) else pixels


def _write_png(path: Path, images: Array, peak: float) -> None:
    """Write one or three channels with 8 bits, complex ones by magnitude."""
    import imageio.v3

    values = np.abs(images) if np.iscomplexobj(images) else images
    levels = np.round(np.clip(values / peak, 0, 1) * 255).astype(np.uint8)
    imageio.v3.imwrite(path, levels[0] if len(levels) == 1 else np.moveaxis(levels, 0, -1))
