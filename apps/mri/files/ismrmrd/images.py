"""Images in ISMRMRD's HDF5 layout, written by its library, with the header of the raw data."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from .....toolkit.arrays import Array
from ....files.damage import import_optional
from ..scan import Scan

_SERIES = "image_0"
_FIELDS = ("measurement_uid", "acquisition_time_stamp")
_VECTORS = (
    "position",
    "read_dir",
    "phase_dir",
    "slice_dir",
    "patient_table_position",
    "physiology_time_stamp",
    "user_int",
    "user_float",
)
_COUNTERS = ("average", "slice", "phase", "repetition", "contrast", "set")


def write_ismrmrd_images(path: Path, images: Array, like: Scan) -> None:
    """Write images (slice, channel, *space) as a series, where the lines of each slice were."""
    encoding, heads = like.header["encoding"], like.header["heads"]
    ismrmrd = import_optional("ismrmrd", "to write ISMRMRD")
    is_complex = np.iscomplexobj(images)
    kind = ismrmrd.IMTYPE_COMPLEX if is_complex else ismrmrd.IMTYPE_MAGNITUDE
    pixels = images.astype(np.complex64 if is_complex else np.float32)
    with closing(ismrmrd.Dataset(str(path), create_if_needed=True)) as file:
        file.write_xml_header(like.header["xml"])
        for index, (number, channel) in enumerate(np.ndindex(pixels.shape[:2])):
            image = ismrmrd.Image.from_array(pixels[number, channel], transpose=False)
            head = heads[number]
            for name in _FIELDS:
                setattr(image, name, int(head[name]))
            for name in _VECTORS:
                getattr(image, name)[:] = head[name].tolist()
            for name in _COUNTERS:
                setattr(image, name, int(head["idx"][name]))
            image.contrast = channel
            image.field_of_view[:] = encoding.recon_field_of_view
            image.image_type, image.image_index = kind, index + 1
            file.append_image(_SERIES, image)
