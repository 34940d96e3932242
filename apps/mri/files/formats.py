"""All formats of scans: one file and one row of `FORMATS` each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ....toolkit.arrays import Array, as_finite_array
from ...files.atomic import check_target, replace_file
from ...files.damage import explain_errors, import_optional
from ...files.hdf5 import check_hdf5
from ...files.zarr_store import check_store, replace_store
from . import arrays, bart, dicom, fastmri, nifti
from .ismrmrd import lines
from .ismrmrd.images import write_ismrmrd_images
from .scan import Scan


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    suffixes : tuple of str
        Of its files.
    open : callable
        Returns the scan of a path, given the letters of the axes, or None.
    write : callable
        Writes images (slice, channel, *space) to a path, given the scan that they were made of, and
        the path of the file beside, if there is one.
    matches : callable, optional
        Whether an HDF5 file with these keys is one of them.
    beside : str, optional
        The suffix of a second file.
    needs_own : bool
        Whether images can be written only with the metadata of a scan of this format.
    one_channel : bool
        Whether a slice is a single image.
    """

    suffixes: tuple[str, ...]
    open: Callable[[Path, str | None], Scan]
    write: Callable[..., None]
    matches: Callable[[set[str]], bool] | None = None
    beside: str | None = None
    needs_own: bool = False
    one_channel: bool = False


_HDF5 = (".h5", ".hdf5")
FORMATS: dict[str, Format] = {
    fastmri.NAME: Format(
        _HDF5, fastmri.open_fastmri, fastmri.write_fastmri, fastmri.has_kspace, one_channel=True
    ),
    lines.NAME: Format(
        _HDF5, lines.open_ismrmrd, write_ismrmrd_images, lines.has_acquisitions, needs_own=True
    ),
    "NPY": Format((".npy",), arrays.open_npy, arrays.write_npy_images),
    "NPZ": Format((".npz",), arrays.open_npz, arrays.write_npz_images),
    "Zarr": Format((".zarr",), arrays.open_zarr, arrays.write_zarr_images),
    bart.NAME: Format((".cfl",), bart.open_cfl, bart.write_cfl, beside=".hdr"),
    nifti.NAME: Format((".nii", ".nii.gz"), nifti.open_nifti, nifti.write_nifti),
    dicom.NAME: Format(
        (".dcm", ".dicom", ".ima"),
        dicom.open_dicom,
        dicom.write_dicom,
        needs_own=True,
        one_channel=True,
    ),
}
# Measurements in the formats of vendors, and the programs that convert them.
_CONVERTERS = {
    ".dat": ("Siemens", "siemens_to_ismrmrd"),
    ".raw": ("Philips", "philips_to_ismrmrd"),
    ".lab": ("Philips", "philips_to_ismrmrd"),
    ".7": ("GE", "ge_to_ismrmrd"),
}


def open_scan(path: str | Path, *, axes: str | None = None, check: bool = True) -> Scan:
    """Return what a file of measurements or images holds, without reading all of it.

    Parameters
    ----------
    path : str or Path
        A file, or a folder.
    axes : str, optional
        For NPY, NPZ and Zarr a letter for each axis: s (slice), c (channel), k (coil), z, y, x.
    check : bool
        Whether HDF5 files are first read by another process, so that damage is found now. A file
        that was checked may be opened again without.

    Returns
    -------
    Scan
        Its slices are read one by one.

    Raises
    ------
    FileNotFoundError
        If there is nothing at the path.
    ValueError
        If the format is unknown, or the file damaged or of another layout.

    Examples
    --------
    >>> import numpy as np
    >>> np.save("coils.npy", np.ones((1, 4, 8, 8), dtype=complex))
    >>> scan = open_scan("coils.npy")
    >>> scan.domain, scan.n_slices, scan.n_coils, scan.read_slice(0).values.shape
    ('k-space', 1, 4, (1, 4, 8, 8))
    """
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(f"{source}: no such file")
    name = _find_format(source, check=check)
    if axes is not None and name not in ("NPY", "NPZ", "Zarr"):
        raise ValueError(f"axes are for NPY, NPZ and Zarr, but {source} is {name}")
    return FORMATS[name].open(source, axes)


def write_images(path: str | Path, images: Array, like: Scan, *, overwrite: bool = False) -> Path:
    """Write images (slice, channel, *space) with the metadata of a scan, completely or not at all.

    Parameters
    ----------
    path : str or Path
        Its suffix gives the format.
    images : ndarray, shape (slice, channel, *space)
        Real or complex, cropped (`Scan.crop_images`).
    like : Scan
        What they were made of.
    overwrite : bool
        Whether a file that exists is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If the format cannot hold such images.
    FileExistsError
        If the file exists and is not to be replaced.

    Examples
    --------
    >>> import numpy as np
    >>> np.save("slice.npy", np.ones((8, 8), dtype=complex))
    >>> write_images("image.npy", np.ones((1, 1, 8, 8)), open_scan("slice.npy")).name
    'image.npy'
    >>> np.load("image.npy").shape
    (8, 8)
    """
    target = Path(path)
    writer = FORMATS[find_output_format(target, like)]
    values = as_finite_array(images, "images")
    if values.ndim not in (4, 5):
        raise ValueError(f"images must have shape (slice, channel, [z,] y, x), got {values.shape}")
    check_images(target, values.shape[1], like, overwrite=overwrite)
    replace = replace_store if _writes_folder(target, like) else replace_file
    with ExitStack() as stack:
        names = [target, *([target.with_suffix(writer.beside)] if writer.beside else [])]
        files = [stack.enter_context(replace(name, overwrite=overwrite)) for name in names]
        writer.write(files[0], values, like, *files[1:])
    return target


def check_images(path: str | Path, n_channels: int, like: Scan, *, overwrite: bool) -> None:
    """Raise the errors of `write_images` before any work is done."""
    target = Path(path)
    name = find_output_format(target, like)
    row = FORMATS[name]
    if row.needs_own and like.format != name:
        raise ValueError(f"{target}: {name} needs metadata of {name}, {like.path} is {like.format}")
    if row.one_channel and n_channels != 1:
        raise ValueError(f"{target}: {name} holds one image for each slice, got {n_channels}")
    check = check_store if _writes_folder(target, like) else check_target
    check(target, overwrite=overwrite)


def _writes_folder(target: Path, like: Scan) -> bool:
    is_series = find_output_format(target, like) == dicom.NAME and dicom.writes_folder(target, like)
    return is_series or find_suffix(target) == ".zarr"


def find_output_format(path: str | Path, like: Scan) -> str:
    """Return the name of the format of a file to write: that of `like`, or the first that fits."""
    suffix = find_suffix(Path(path))
    if not suffix and like.format == dicom.NAME:  # a folder, or a file without a suffix
        return dicom.NAME
    names = [name for name, row in FORMATS.items() if suffix in row.suffixes]
    if not names:
        raise ValueError(f"{path}: the format must be one of {', '.join(list_suffixes())}")
    return like.format if like.format in names else names[0]


def list_suffixes() -> list[str]:
    """Return the suffixes of all formats."""
    return sorted({suffix for row in FORMATS.values() for suffix in row.suffixes})


def find_suffix(path: Path) -> str:
    """Return the suffix of a path in lower case, of two parts where a format has such.

    >>> find_suffix(Path("Brain.NII.gz"))
    '.nii.gz'
    """
    name = path.name.lower()
    longest = [suffix for suffix in list_suffixes() if name.endswith(suffix)]
    return max(longest, key=len, default=path.suffix.lower())


def _find_format(path: Path, *, check: bool) -> str:
    suffix = find_suffix(path)
    if suffix in _CONVERTERS and path.is_file():
        vendor, converter = _CONVERTERS[suffix]
        raise ValueError(
            f"{path} is of {vendor}: convert it by {converter} to ISMRMRD (.h5) first, which is "
            "read here"
        )
    names = [name for name, row in FORMATS.items() if suffix in row.suffixes]
    if dicom.is_dicom(path) and not names:
        return dicom.NAME
    if not names:
        raise ValueError(f"{path}: the format must be one of {', '.join(list_suffixes())}")
    if suffix not in _HDF5:
        return names[0]
    keys = _read_keys(path, check=check)
    for name in names:
        matches = FORMATS[name].matches
        if matches is not None and matches(keys):
            return name
    raise ValueError(
        f"{path}: an HDF5 file must have kspace (fastMRI), or dataset/data and dataset/xml "
        f"(ISMRMRD), found {', '.join(sorted(keys)) or 'nothing'}"
    )


def _read_keys(path: Path, *, check: bool) -> set[str]:
    """Return the names in an HDF5 file and, by a slash, in its groups."""
    h5py = import_optional("h5py", "to read HDF5")
    if check:
        check_hdf5(path, "HDF5", by_rows=True)
    with explain_errors(path, "HDF5"), h5py.File(path) as file:
        keys = set(file)
        for name in tuple(keys):
            item = file.get(name)
            if isinstance(item, h5py.Group):
                keys |= {f"{name}/{inner}" for inner in item}
        return keys
