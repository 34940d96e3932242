"""A slice of a scan, from the file of its format to images in the same format."""

import h5py
import nibabel
import numpy as np
import pytest
from typer.testing import CliRunner

from groupsparse.apps.mri.commands import app
from groupsparse.apps.mri.job import Job, prepare
from groupsparse.datasets import load_head_slice, make_coil_sensitivities

IMAGE = load_head_slice()[::4, ::4]
COILS = make_coil_sensitivities(4, IMAGE.shape) * IMAGE
LINES = np.zeros(64, dtype=bool)
LINES[::2] = LINES[24:40] = True


def transform(images: np.ndarray) -> np.ndarray:
    shifted = np.fft.ifftshift(images, axes=(-2, -1))
    return np.fft.fftshift(np.fft.fft2(shifted, norm="ortho"), axes=(-2, -1))


def add_noise(kspace: np.ndarray, sigma: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    return kspace + sigma * (rng.standard_normal((*kspace.shape, 2)) @ [1, 1j])


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output or result.exception
    return result.output


@pytest.fixture
def fastmri(tmp_path):
    """Three slices in the units of a scanner; the first and last are zero."""
    kspace = np.zeros((3, 4, 64, 64), dtype=np.complex64)
    kspace[1] = 1e-5 * add_noise(transform(COILS), 0.01) * LINES
    with h5py.File(tmp_path / "brain.h5", "w") as file:
        file["kspace"], file["mask"] = kspace, LINES
        file["reconstruction_rss"] = np.zeros((3, 48, 48), dtype=np.float32)
        file.attrs["patient_id"] = "0a1b"
    return tmp_path / "brain.h5"


def test_fastmri_to_fastmri(tmp_path, fastmri):
    said = invoke("reconstruct", fastmri, "--out", tmp_path / "out.h5", "--max-iter", 60)
    assert "slice 1 of 0 to 2 is taken" in said
    with h5py.File(tmp_path / "out.h5") as file:
        image = file["reconstruction"][0] / 1e-5
        assert file.attrs["patient_id"] == "0a1b"
    truth = np.linalg.norm(COILS, axis=0)[8:56, 8:56]
    assert np.linalg.norm(image - truth) < 0.1 * np.linalg.norm(truth)


def test_fastmri_to_numpy_and_its_mask(tmp_path, fastmri):
    invoke("reconstruct", fastmri, "--slice", 1, "--out", tmp_path / "out.npy", "--max-iter", 5)
    assert np.load(tmp_path / "out.npy").shape == (1, 48, 48)
    prepared = prepare(Job(str(fastmri), slice=1))
    assert prepared.acquisition.sampled_fraction == LINES.mean()
    assert prepared.acquisition.maps.shape == (4, 64, 64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--slice", "7"], "slice must be from 0 to 2"),
        (["--coils", "4"], "was measured by coils"),
        (["--out", "x.dcm"], "DICOM needs metadata of DICOM"),
        (["--out", "x.xyz"], "the format must be one of"),
    ],
)
def test_what_a_scan_refuses(fastmri, monkeypatch, arguments, message):
    monkeypatch.chdir(fastmri.parent)
    out = [] if "--out" in arguments else ["--out", "x.h5"]
    result = CliRunner().invoke(app, ["reconstruct", str(fastmri), *arguments, *out])
    assert message in str(result.exception)
    assert [path.name for path in fastmri.parent.iterdir()] == ["brain.h5"]


def test_images_of_a_volume_are_sampled(tmp_path):
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    volume = np.stack([IMAGE.T, IMAGE.T], axis=-1).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(volume, affine), tmp_path / "a.nii.gz")
    out = tmp_path / "b.nii.gz"
    invoke("reconstruct", tmp_path / "a.nii.gz", "--out", out, "--slice", 1, "--max-iter", 40)
    copy = nibabel.load(out)
    assert copy.shape == (64, 64, 1)
    np.testing.assert_array_equal(copy.affine[:3, 3], [0, 0, 5])  # where slice 1 lies
    assert np.linalg.norm(copy.get_fdata()[..., 0].T - IMAGE) < 0.2 * np.linalg.norm(IMAGE)


def test_noise_scan_of_one_coil(tmp_path):
    noise = add_noise(np.zeros((1, 4000)), 3.0)
    np.savez(tmp_path / "a.npz", kspace=transform(IMAGE)[None, None], noise_scan=noise)
    data = prepare(Job(str(tmp_path / "a.npz"))).acquisition
    assert data.noise_level == pytest.approx(3 * np.sqrt(2 * 64 * 64), rel=0.05)


def test_axes_say_which_are_coils(tmp_path):
    """Three axes are channels unless letters say that one holds coils; four hold coils."""
    kspace = add_noise(transform(COILS), 0.01) * LINES
    np.save(tmp_path / "coils.npy", np.moveaxis(kspace, 0, -1))
    np.save(tmp_path / "four.npy", kspace[None])
    named = prepare(Job(str(tmp_path / "coils.npy"), axes="yxk")).acquisition
    four = prepare(Job(str(tmp_path / "four.npy"), kspace=True)).acquisition
    assert named.problem.shape == four.problem.shape == (1, 64, 64)
    np.testing.assert_allclose(named.samples, four.samples)
    channels = prepare(Job(str(tmp_path / "coils.npy"), kspace=True, channel_axis=-1)).acquisition
    assert channels.problem.shape == (4, 64, 64)
