"""The real images are those that they claim to be, and need no network."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import skimage
from PIL import Image

from groupsparse.datasets import load_head_slice, load_photograph

SHAPES = {"astronaut": (3, 512, 512), "chelsea": (3, 300, 451), "coffee": (3, 400, 600)}

OFFLINE = """
import socket

def refuse(*arguments, **options):
    raise AssertionError("a connection was asked for")

class Unconnected(socket.socket):
    connect = connect_ex = refuse

socket.socket = Unconnected
socket.create_connection = socket.getaddrinfo = refuse

import pooch

def find_no_home(*arguments):
    raise RuntimeError("could not determine the home directory")

pooch.os_cache = find_no_home
from groupsparse.datasets import load_head_slice, load_photograph

load_head_slice()
for name in ("astronaut", "chelsea", "coffee"):
    load_photograph(name)
"""


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_photographs_have_their_shape_and_range(name, shape):
    image = load_photograph(name)
    assert (image.shape, image.dtype) == (shape, np.float32)
    assert image.flags.c_contiguous
    assert 0 <= image.min() < 0.1
    assert 0.9 < image.max() <= 1


@pytest.mark.parametrize("name", SHAPES)
def test_photographs_are_red_green_blue_as_in_their_file(name):
    (path,) = (Path(skimage.__file__).parent / "data").glob(f"{name}.*")
    with Image.open(path) as file:
        for channel, band in zip(load_photograph(name), file.convert("RGB").split(), strict=True):
            np.testing.assert_array_equal(np.round(255 * channel), np.asarray(band))


def test_the_astronaut_wears_orange():
    red, green, blue = load_photograph("astronaut")[:, 400:500, 100:160].mean(axis=(1, 2))
    assert red > green > blue


def test_the_head_slice_holds_the_values_of_its_file():
    path = Path(matplotlib.get_data_path()) / "sample_data" / "s1045.ima.gz"
    content = gzip.decompress(path.read_bytes())
    values = [int.from_bytes(content[i : i + 2], "big") for i in range(0, len(content), 2)]
    image = load_head_slice()
    assert (image.shape, image.dtype) == ((256, 256), np.float32)
    np.testing.assert_allclose(image.ravel(), np.array(values) / max(values), rtol=1e-6)


def test_the_head_slice_is_a_head():
    """Bright tissue in the middle, air at the borders: other byte orders give noise."""
    image = load_head_slice()
    assert image.min() == 0
    assert image.max() == 1
    borders = np.concatenate([image[:20, :20].ravel(), image[:20, -20:].ravel()])
    assert borders.mean() < 0.02
    assert image[96:160, 96:160].mean() > 0.15
    steps = np.abs(np.diff(image, axis=0)).mean()
    assert steps < image.mean() / 4


def test_nothing_is_downloaded_and_no_home_folder_needed(tmp_path):
    environment = os.environ | {"SKIMAGE_DATADIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["camera", "", "Astronaut", "__doc__"])
def test_other_photographs_are_refused(name):
    with pytest.raises(ValueError, match="astronaut, chelsea or coffee") as caught:
        load_photograph(name)
    assert repr(name) in str(caught.value)


def test_every_load_is_the_callers_own():
    image = load_head_slice()
    image[:] = -1
    assert load_head_slice().min() == 0
