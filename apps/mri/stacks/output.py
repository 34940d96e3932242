"""The images of a stack, written slice by slice, completely or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.atomic import check_target, replace_file
from ...files.damage import explain_errors, import_optional
from ...files.zarr_store import check_store, load_zarr, replace_store
from ..files.formats import find_suffix, list_suffixes, write_images
from ..files.scan import Scan
from .source import ARRAY

Put = Callable[[int, Array], None]

_DATA_SET = "reconstruction"
_HDF5 = (".h5", ".hdf5")


def check_stack_output(path: Path, *, overwrite: bool) -> None:
    """Raise, before long work, if a stack cannot be written there."""
    suffix = find_suffix(path)
    if suffix not in list_suffixes():
        raise ValueError(f"{path}: a stack is written as one of {', '.join(list_suffixes())}")
    if suffix == ".zarr":
        load_zarr()
        check_store(path, overwrite=overwrite)
        return
    if suffix in _HDF5:
        import_optional("h5py", "to write HDF5 files")
    check_target(path, overwrite=overwrite)


@contextmanager
def write_stack(
    path: Path,
    shape: Shape,
    dtype: np.dtype[np.generic],
    *,
    axis: int | None,
    like: Scan,
    overwrite: bool = False,
) -> Iterator[Put]:
    """Yield a function that writes one slice, with its number on an axis, of a new array.

    Without an axis the slice is the whole array.

    The file at `path` appears at the end of the block. It is an NPY file, a Zarr store with a chunk
    for each slice, for an array an HDF5 file with the data set "reconstruction", or what
    `write_images` makes of the images and the metadata of the scan.
    """
    suffix = find_suffix(path)

    def find(number: int) -> tuple[int | slice, ...]:
        return () if axis is None else (*(slice(None),) * axis, number)

    if suffix == ".zarr":
        chunks = tuple(1 if n == axis else length for n, length in enumerate(shape))
        with replace_store(path, overwrite=overwrite) as place:
            store = load_zarr().open_array(
                str(place), mode="w", shape=shape, chunks=chunks, dtype=dtype, zarr_format=2
            )
            yield lambda number, images: store.__setitem__(find(number), images)
        return
    if suffix != ".npy" and not (suffix in _HDF5 and like.format == ARRAY):
        with TemporaryDirectory(dir=path.parent, prefix=".slices-") as folder:
            mapped = np.lib.format.open_memmap(Path(folder, "slices.npy"), "w+", dtype, shape)
            yield lambda number, images: mapped.__setitem__(find(number), images)
            n_slices = shape[0] if axis == 0 and len(shape) > len(like.space) else 1
            space = shape[-len(like.space) :] if axis == 0 else shape[-3:]
            images = mapped.reshape(n_slices, -1, *space)
            write_images(path, images, like, overwrite=overwrite)
        return
    with replace_file(path, overwrite=overwrite) as place:
        if suffix == ".npy":
            mapped = np.lib.format.open_memmap(place, "w+", dtype, shape)
            yield lambda number, images: mapped.__setitem__(find(number), images)
            mapped.flush()
            return
        h5py = import_optional("h5py", "to write HDF5 files")
        with explain_errors(path, "HDF5", action="written"), h5py.File(place, "w") as file:
            item = file.create_dataset(_DATA_SET, shape, dtype)
            yield lambda number, images: item.__setitem__(find(number), images)
