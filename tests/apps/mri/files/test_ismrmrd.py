"""Raw data written by the ISMRMRD library are sorted into k-space, and images written back."""

from contextlib import closing
from pathlib import Path

import ismrmrd
import numpy as np
import pytest

from groupsparse.apps.mri.files.formats import open_scan, write_images

RNG = np.random.default_rng(0)
N_COILS, N_SLICES, N_ECHOES, Y, X = 3, 2, 2, 12, 8
HEADER = """<?xml version="1.0"?>
<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD"><encoding>
<encodedSpace><matrixSize><x>16</x><y>12</y><z>1</z></matrixSize>
<fieldOfView_mm><x>320</x><y>240</y><z>5</z></fieldOfView_mm></encodedSpace>
<reconSpace><matrixSize><x>8</x><y>10</y><z>1</z></matrixSize>
<fieldOfView_mm><x>160</x><y>200</y><z>5</z></fieldOfView_mm></reconSpace>
<trajectory>cartesian</trajectory><encodingLimits><kspace_encoding_step_1>
<minimum>0</minimum><maximum>9</maximum><center>5</center>
</kspace_encoding_step_1></encodingLimits></encoding></ismrmrdHeader>"""


def transform(images: np.ndarray, axes=(-2, -1)) -> np.ndarray:
    shifted = np.fft.ifftshift(images, axes=axes)
    return np.fft.fftshift(np.fft.fftn(shifted, axes=axes, norm="ortho"), axes=axes)


IMAGES = RNG.standard_normal((N_SLICES, N_ECHOES, N_COILS, Y, X, 2)) @ [1, 1j]
# The readout covers twice the object: there is nothing outside.
OVERSAMPLED = transform(np.pad(IMAGES, [(0, 0)] * 4 + [(4, 4)])).astype(np.complex64)


def make_line(samples: np.ndarray, row=0, number=0, echo=0, **fields) -> ismrmrd.Acquisition:
    line = ismrmrd.Acquisition.from_array(np.ascontiguousarray(samples, dtype=np.complex64))
    line.center_sample = fields.pop("center_sample", samples.shape[1] // 2)
    line.idx.kspace_encode_step_1, line.idx.slice, line.idx.contrast = row, number, echo
    line.position[:] = (1.0, 2.0, 10.0 * number)
    line.read_dir[:], line.phase_dir[:], line.slice_dir[:] = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    line.sample_time_us, line.measurement_uid, line.acquisition_time_stamp = 4.0, 7, 99 + number
    for flag in fields.pop("flags", ()):
        line.set_flag(flag)
    for name, value in fields.items():
        setattr(line, name, value)
    return line


def make_lines(rows=range(10)) -> list[ismrmrd.Acquisition]:
    """Lines 1 to 10 of 12, counted from zero in the file."""
    return [
        make_line(OVERSAMPLED[number, echo, :, row + 1], row, number, echo)
        for row in rows
        for number in range(N_SLICES)
        for echo in range(N_ECHOES)
    ]


def open_dataset(path: Path, create: bool = False) -> closing:
    return closing(ismrmrd.Dataset(str(path), create_if_needed=create))


def save(path: Path, lines: list[ismrmrd.Acquisition], header: str = HEADER) -> Path:
    with open_dataset(path, create=True) as file:
        file.write_xml_header(header.encode())
        for line in lines:
            file.append_acquisition(line)
    return path


def test_lines_and_images(tmp_path):
    scan = open_scan(save(tmp_path / "a.h5", make_lines()))
    assert (scan.format, scan.n_slices, scan.shape) == ("ISMRMRD", 2, (2, 3, 12, 8))
    assert (scan.crop, scan.notes, scan.noise_scan) == ((10, 8), (), None)
    found = scan.read_slice(1)
    expected = transform(IMAGES[1])
    expected[..., [0, -1], :] = 0
    np.testing.assert_allclose(found.values, expected, atol=2e-6)
    np.testing.assert_array_equal(found.mask.any(axis=1), np.arange(12) % 11 != 0)

    images = make_images(10, 8)
    with open_dataset(write_images(tmp_path / "b.h5", images, scan)) as file:
        assert file.read_xml_header().decode() == HEADER
        assert file.number_of_images("image_0") == 4
        image = file.read_image("image_0", 3)
    np.testing.assert_array_equal(image.data[0, 0], images[1, 1])
    assert (tuple(image.position), tuple(image.read_dir)) == ((1, 2, 10), (1, 0, 0))
    assert (image.slice, image.contrast, image.acquisition_time_stamp) == (1, 1, 100)
    assert tuple(image.field_of_view) == (160, 200, 5)
    assert image.measurement_uid == 7


def make_images(*space: int) -> np.ndarray:
    return RNG.standard_normal((N_SLICES, N_ECHOES, *space)).astype(np.complex64)


def test_noise_and_lines_without_an_image(tmp_path):
    samples = RNG.standard_normal((N_COILS, 40, 2)) @ [1, 1j]
    noise = make_line(samples, flags=[ismrmrd.ACQ_IS_NOISE_MEASUREMENT], sample_time_us=16.0)
    navigator = make_line(samples, flags=[ismrmrd.ACQ_IS_NAVIGATION_DATA])
    scan = open_scan(save(tmp_path / "a.h5", [noise, navigator, *make_lines()]))
    # A sample that takes four times as long has half the noise.
    np.testing.assert_allclose(scan.noise_scan, 2 * samples, rtol=1e-5)
    np.testing.assert_array_equal(
        scan.read_slice(0).values,
        open_scan(save(tmp_path / "b.h5", make_lines())).read_slice(0).values,
    )


def test_reversed_and_discarded_samples(tmp_path):
    expected = open_scan(save(tmp_path / "a.h5", make_lines())).read_slice(0)
    lines = make_lines()
    samples = np.pad(OVERSAMPLED[0, 0, :, 4, ::-1], [(0, 0), (2, 3)], constant_values=9)
    lines[3 * 4] = make_line(
        samples,
        row=3,
        flags=[ismrmrd.ACQ_IS_REVERSE],
        center_sample=2 + 16 - 1 - 8,
        discard_pre=2,
        discard_post=3,
    )
    found = open_scan(save(tmp_path / "b.h5", lines)).read_slice(0)
    np.testing.assert_array_equal(found.values, expected.values)


def test_averages(tmp_path):
    expected = open_scan(save(tmp_path / "a.h5", make_lines())).read_slice(0)
    lines = make_lines()
    twice = [
        make_line((1 + sign * 0.5) * OVERSAMPLED[0, 1, :, 3], row=2, echo=1, flags=[])
        for sign in (1, -1)
    ]
    lines[2 * 4 + 1 : 2 * 4 + 2] = twice
    found = open_scan(save(tmp_path / "b.h5", lines)).read_slice(0)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


def test_partial_echoes(tmp_path):
    lines = [
        make_line(OVERSAMPLED[0, 0, :, row + 1, 6:], row, center_sample=2) for row in range(10)
    ]
    found = open_scan(save(tmp_path / "a.h5", lines)).read_slice(0)
    sampled = found.mask[1]
    np.testing.assert_array_equal(sampled, np.arange(8) >= 3)
    assert not found.values[..., :3].any()


def test_volume(tmp_path):
    header = HEADER.replace("<z>1</z>", "<z>4</z>").replace("<z>5</z>", "<z>80</z>")
    lines = []
    for step in range(4):
        for line in make_lines():
            line.idx.kspace_encode_step_2 = step
            line.data[:] *= step + 1
            lines.append(line)
    scan = open_scan(save(tmp_path / "a.h5", lines, header))
    assert scan.shape == (2, 3, 4, 12, 8)
    values = scan.read_slice(0).values
    np.testing.assert_allclose(values[:, :, 3], 4 * values[:, :, 0], rtol=1e-5)
    images = make_images(4, 10, 8)
    with open_dataset(write_images(tmp_path / "b.h5", images, scan)) as file:
        np.testing.assert_array_equal(file.read_image("image_0", 2).data[0], images[1, 0])


def test_missing_lines_are_noted(tmp_path):
    scan = open_scan(save(tmp_path / "a.h5", make_lines(rows=[0, 2, 4, 5, 6, 8])))
    assert scan.notes == ("16 of 40 lines are missing, without acceleration in the header",)


@pytest.mark.parametrize(
    ("lines", "header", "message"),
    [
        ([*make_lines()[:-1], make_line(OVERSAMPLED[0, 0, :2, 1])], HEADER, "as many coils"),
        (make_lines(), HEADER.replace("<center>5", "<center>9"), "along y, the encoded matrix"),
        (make_lines(), HEADER.replace("cartesian", "radial"), "cartesian, got radial"),
        (make_lines(), "<ismrmrdHeader/>", "has no encoding"),
        (make_lines(), "<ismrmrdHeader>", "XML header is damaged"),
        ([make_line(OVERSAMPLED[0, 0, :, 1], flags=[19])], HEADER, "is a line of an image"),
        ([*make_lines(), make_line(OVERSAMPLED[0, 0, :, 1], 0, 2)], HEADER, "slice 2 has no lines"),
        (
            [*make_lines(), make_line(OVERSAMPLED[0, 0, :, 1], encoding_space_ref=1)],
            HEADER.replace("</encoding>", "</encoding>" + HEADER[HEADER.index("<encoding>") : -16]),
            "several encodings",
        ),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, lines, header, message):
    path = save(tmp_path / "a.h5", lines, header)
    with pytest.raises(ValueError, match=rf"a\.h5 cannot be read as ISMRMRD: .*{message}"):
        open_scan(path)


def test_line_beyond_the_matrix(tmp_path):
    lines = make_lines()
    lines[0].center_sample = 1
    with pytest.raises(ValueError, match="acquisition 0 reaches from column 7 to 22"):
        open_scan(save(tmp_path / "a.h5", lines)).read_slice(0)
