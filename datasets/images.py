"""Real images that ship with scikit-image and with Matplotlib's sample data."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np

from ..toolkit.arrays import Array
from ..toolkit.short_text import shorten

_HEAD_SIDE = 256


def load_photograph(name: str = "astronaut") -> Array:
    """Load a colour photograph that ships with scikit-image.

    Parameters
    ----------
    name : {"astronaut", "chelsea", "coffee"}
        "astronaut" has 512 x 512 pixels, "chelsea" 300 x 451, "coffee" 400 x 600.

    Returns
    -------
    ndarray of float32, shape (3, y, x)
        Red, green, blue, from 0 to 1.

    Raises
    ------
    ValueError
        If there is no photograph of this name.

    Examples
    --------
    >>> load_photograph("chelsea").shape
    (3, 300, 451)
    """
    if not isinstance(name, str) or name not in ("astronaut", "chelsea", "coffee"):
        raise ValueError(f"name must be astronaut, chelsea or coffee, got {shorten(name)}")
    import imageio.v3

    # `skimage.data` reads the same file, but only if the user has a home folder.
    content = resources.files("skimage").joinpath("data", f"{name}.png").read_bytes()
    pixels = imageio.v3.imread(content, extension=".png")
    channels = np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(channels)


def load_head_slice() -> Array:
    """Load the MRI slice of a head that ships with Matplotlib's sample data (s1045.ima.gz).

    Returns
    -------
    ndarray of float32, shape (256, 256)
        Magnitudes from 0 to 1 (the file's big-endian 16-bit values over their largest).

    Raises
    ------
    FileNotFoundError
        If Matplotlib was installed without its sample data.

    Examples
    --------
    >>> load_head_slice().shape
    (256, 256)
    """
    from matplotlib import cbook

    with gzip.open(cbook.get_sample_data("s1045.ima.gz", asfileobj=False)) as file:
        values = np.frombuffer(file.read(), ">u2")
    image = values.reshape(_HEAD_SIDE, _HEAD_SIDE).astype(np.float32)
    result: Array = image / image.max()
    return result
