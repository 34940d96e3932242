"""PNG images of arrays, made without a plotting window.

Values are mapped linearly from the display range to 256 levels, and for grey images from there to
the colours of a matplotlib colour map. Not-a-number is transparent. Colour-mapped images are stored
with a palette of one byte per pixel, a third of the size of their colours.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from PIL import Image

    Levels = NDArray[Any]


def choose_display_range(
    image: ArrayLike, limits: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Return the values shown as the two ends of the colour map: `limits` or those of the data.

    A range of no width is widened upwards, so that a constant image is shown as the low end;
    without any finite pixel the range is (0, 1).

    >>> choose_display_range([[0.5, float("nan")], [2.0, 1.0]])
    (0.5, 2.0)
    >>> choose_display_range([[0.0, 0.0]])
    (0.0, 1.0)
    """
    import numpy as np

    pixels = np.asarray(image, dtype=np.float64)
    finite = pixels[np.isfinite(pixels)]
    if limits is not None:
        low, high = float(limits[0]), float(limits[1])
    elif finite.size:
        low, high = float(finite.min()), float(finite.max())
    else:
        low, high = 0.0, 1.0
    return (low, high) if low < high else (low, low + max(1.0, abs(low)))


def encode_png(
    image: ArrayLike, *, limits: tuple[float, float] | None = None, colormap: str = "gray"
) -> bytes:
    r"""Return an image as the content of a PNG file of eight bits per channel.

    The image has shape (y, x), and is shown in a matplotlib colour map, or (y, x, 3). Values beyond
    the limits are clipped; pixels that are not a number in any channel are transparent.

    >>> encode_png([[0.0, 0.5, 1.0]])[:4]
    b'\x89PNG'
    """
    import numpy as np

    pixels = np.asarray(image)
    if pixels.dtype == np.uint8 and limits == (0, 255):
        levels, missing = pixels, np.zeros((), dtype=bool)
    else:
        pixels = pixels.astype(np.float64)
        low, high = choose_display_range(pixels, limits)
        missing = np.isnan(pixels)
        scaled = (np.where(missing, low, pixels) - low) / (high - low)
        levels = np.clip(np.floor(scaled * 256), 0, 255).astype(np.uint8)
    picture = _apply_palette(levels, colormap) if levels.ndim == 2 else _make_rgb(levels)
    if missing.any():
        picture = _cut_holes(picture, missing)
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def _make_palette(colormap: str) -> Levels:
    """Return the 256 colours of a colour map as bytes, shape (256, 3)."""
    import numpy as np
    from matplotlib import colormaps

    if colormap not in colormaps:
        raise ValueError(
            f"colormap: got {colormap!r}, expected the name of a matplotlib colour map like 'gray'"
        )
    # Its own conversion to bytes rounds down, so that grey 33 would become 32.
    colors: Levels = np.asarray(colormaps[colormap](np.linspace(0, 1, 256)))
    return np.round(colors[:, :3] * 255).astype(np.uint8)


def _apply_palette(levels: Levels, colormap: str) -> Image.Image:
    from PIL import Image

    palette = _make_palette(colormap)
    if (palette == palette[:, :1]).all():
        return Image.fromarray(palette[levels, 0])
    picture = Image.fromarray(levels)
    picture.putpalette(palette.tobytes())
    return picture


def _make_rgb(levels: Levels) -> Image.Image:
    from PIL import Image

    return Image.fromarray(levels)


def _cut_holes(picture: Image.Image, missing: Levels) -> Image.Image:
    import numpy as np
    from PIL import Image

    holes = missing if missing.ndim == 2 else missing.any(axis=-1)
    picture = picture.convert("RGB")
    picture.putalpha(Image.fromarray(np.where(holes, 0, 255).astype(np.uint8)))
    return picture
