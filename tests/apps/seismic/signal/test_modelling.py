"""Modelled gathers agree with convolution, and are flat after move-out correction."""

import numpy as np
import pytest

from groupsparse.apps.seismic.signal.added_noise import add_noise
from groupsparse.apps.seismic.signal.attenuation import attenuate
from groupsparse.apps.seismic.signal.modelling import model_arrivals, model_gathers
from groupsparse.apps.seismic.signal.move_out_correction import correct_move_out
from groupsparse.apps.seismic.signal.wavelets import ormsby, ricker, rotate_phase

DT = 0.002
AXES = {"sample_interval": DT, "n_samples": 400}


def on_the_grid(seed=0, n_reflectors=12):
    rng = np.random.default_rng(seed)
    samples = np.array([rng.choice(400, n_reflectors, replace=False) for _ in range(2)]).T
    samples[0] = 0
    samples[1] = 399  # at both ends of the record, wavelets are cut off
    coefficients = rng.standard_normal((3, n_reflectors, 2))
    reflectivity = np.zeros((3, 2, 400))
    for trace in range(2):
        reflectivity[:, trace, samples[:, trace]] += coefficients[:, :, trace]
    unique = [len(set(column)) for column in samples.T]
    assert unique == [n_reflectors] * 2
    return samples * DT, coefficients, reflectivity


def test_reflectors_on_samples_are_convolved_shot_by_shot():
    horizons, coefficients, reflectivity = on_the_grid(4)
    wavelets = [ricker(25, DT), rotate_phase(ricker(35, DT), 60), ormsby((5, 10, 40, 60), DT)]
    gathers = model_gathers(horizons, coefficients, wavelets, **AXES)
    for shot, w in enumerate(wavelets):
        for trace in range(2):
            expected = np.convolve(reflectivity[shot, trace], w, mode="same")
            np.testing.assert_allclose(gathers[shot, trace], expected, atol=1e-12)


def test_times_between_samples_are_exact():
    times = np.array([0.2, 0.3007, 0.45123])
    coefficients = np.array([1.0, -0.5, 2.0])
    gathers = model_gathers(
        times[:, None], coefficients[None, :, None], [ricker(30, DT, duration=0.2)], **AXES
    )
    a = (np.pi * 30 * (DT * np.arange(400) - times[:, None])) ** 2
    expected = coefficients @ ((1 - 2 * a) * np.exp(-a))
    np.testing.assert_allclose(gathers[0, 0], expected, atol=1e-8)


def test_wavelets_that_change_with_time():
    horizons, coefficients, reflectivity = on_the_grid(4)
    rows = attenuate(ricker(30, DT), DT, 400, 40.0)
    gathers = model_gathers(horizons, coefficients, [rows] * 3, **AXES)
    half = rows.shape[1] // 2
    expected = np.zeros_like(gathers)
    for s in range(400):
        for lag, place in enumerate(range(s - half, s + half + 1)):
            if 0 <= place < 400:
                expected[..., place] += rows[s, lag] * reflectivity[..., s]
    np.testing.assert_allclose(gathers, expected, atol=1e-12)


def test_corrected_gathers_are_the_flat_section_except_for_stretch():
    offsets = np.array([0.0, 100.0, 200.0])
    horizons = np.array([[0.35, 0.36], [0.5003, 0.52], [0.65, 0.66]])
    velocities = 2000.0
    coefficients = np.random.default_rng(0).uniform(0.5, 1, (3, 3, 2))
    wavelets = [ricker(f, DT) for f in (25, 30, 35)]
    flat = model_gathers(horizons, coefficients, wavelets, **AXES)
    recorded = model_gathers(
        horizons, coefficients, wavelets, offsets=offsets, velocities=velocities, **AXES
    )
    corrected, muted = correct_move_out(recorded, offsets, velocities, DT)
    assert np.abs(recorded[2] - flat[2]).max() > 0.3
    np.testing.assert_allclose(corrected[0], flat[0], atol=1e-9)
    kept = ~muted
    for shot in range(3):
        # The stretch at the shallowest event bounds the relative widening of the wavelet.
        stretch = np.hypot(0.35, offsets[shot] / velocities) / 0.35 - 1
        here = kept[shot]
        difference = np.abs(corrected[shot] - flat[shot])[here].max()
        assert difference <= 2.0 * stretch + 1e-4
    # At the events themselves, where the stretch does nothing, amplitudes are right.
    for trace in range(2):
        places = np.rint(horizons[[0, 2], trace] / DT).astype(int)
        np.testing.assert_allclose(corrected[:, trace, places], flat[:, trace, places], atol=1e-4)


def test_velocities_and_offsets_of_all_shapes():
    horizons, coefficients, _ = on_the_grid()
    wavelets = [ricker(30, DT)] * 3
    settings = {"offsets": [0.0, 150.0, 300.0], "velocities": 2500.0}
    plain = model_gathers(horizons, coefficients, wavelets, **AXES, **settings)
    settings = {
        "offsets": np.repeat([[0.0], [-150.0], [300.0]], 2, axis=1),
        "velocities": np.full((12, 2), 2500.0),
    }
    full = model_gathers(horizons, coefficients, wavelets, **AXES, **settings)
    np.testing.assert_array_equal(plain, full)
    by_layer = settings | {"velocities": np.full(12, 2500.0)}
    np.testing.assert_array_equal(
        model_gathers(horizons, coefficients, wavelets, **AXES, **by_layer), plain
    )


ONE = {"horizons": [[0.1]], "coefficients": np.ones((1, 1, 1)), "wavelets": [np.ones(3)]} | AXES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizons": [0.1]}, r"horizons must have shape \(reflector, trace\)"),
        ({"horizons": [[np.nan]]}, "horizons has 1 NaN"),
        ({"coefficients": np.ones((1, 2, 1))}, r"got \(1, 1\) and \(1, 2, 1\)"),
        ({"wavelets": []}, "wavelets must be one for each of 1 shots, got 0"),
        ({"wavelets": [np.ones(401)]}, r"wavelets\[0\] has 401 samples, longer than the record"),
        ({"wavelets": [np.ones((5, 3))]}, r"wavelets\[0\] must be real of shape"),
        ({"sample_interval": 0}, "sample_interval must be positive"),
        ({"n_samples": 1.5}, "n_samples must be an integer"),
        ({"offsets": [1.0]}, "velocities are needed with offsets"),
        ({"velocities": 2000.0}, "offsets are needed with velocities"),
        ({"offsets": [1.0, 2.0], "velocities": 2000.0}, r"offsets must have shape \(1,\)"),
        ({"offsets": [1.0], "velocities": np.ones(3)}, "velocities must be one number or of"),
        ({"offsets": [1.0], "velocities": -1.0}, "velocities must be positive"),
        ({"offsets": [900.0], "velocities": 100.0}, "velocities make move-out impossible"),
    ],
)
def test_errors_name_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        model_gathers(**(ONE | change))


def test_arrivals_outside_the_record_are_left_out():
    times = np.array([[[-0.002], [0.9], [0.3]]])
    y = model_arrivals(times, np.ones((1, 3, 1)), [ricker(30, DT)], **AXES)
    only = model_arrivals(times[:, 2:], np.ones((1, 1, 1)), [ricker(30, DT)], **AXES)
    np.testing.assert_array_equal(y, only)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("band", [None, (10.0, 40.0)])
@pytest.mark.parametrize("snr", [-3.0, 10.0, 20.0])
def test_noise_has_exactly_the_requested_ratio(dtype, band, snr):
    clean = np.random.default_rng(1).standard_normal((3, 4, 300)).astype(dtype)
    clean[1, 2] = 0  # a dead trace
    noisy, level = add_noise(clean, snr, band=band, sample_interval=DT, random_state=0)
    noise = noisy.astype(np.float64) - clean
    assert noisy.dtype == dtype
    assert level == pytest.approx(np.linalg.norm(noise), rel=1e-5)
    ratio = np.linalg.norm(clean.astype(np.float64)) ** 2 / level**2
    assert 10 * np.log10(ratio) == pytest.approx(snr, abs=1e-9)
    assert not noisy[1, 2].any()
    again, _ = add_noise(clean, snr, band=band, sample_interval=DT, random_state=0)
    np.testing.assert_array_equal(noisy, again)


def test_coloured_noise_stays_in_its_band_and_white_noise_does_not():
    clean = np.ones((20, 500))
    f = np.fft.rfftfreq(500, DT)
    inside = (f >= 10) & (f <= 40)
    white, coloured = (
        np.mean(np.abs(np.fft.rfft(add_noise(clean, 0, band=band, **more)[0] - clean)) ** 2, axis=0)
        for band, more in ((None, {"random_state": 0}),
                           ((10, 40), {"random_state": 0, "sample_interval": DT}))
    )  # fmt: skip
    assert coloured[~inside].max() < 1e-20 * coloured[inside].min()
    assert 0.5 < white[~inside].mean() / white[inside].mean() < 2


@pytest.mark.parametrize(
    ("data", "snr", "options", "message"),
    [
        (np.zeros((2, 5)), 10, {}, "zero throughout"),
        (np.full(5, np.nan), 10, {}, "data has 5 NaN"),
        (np.ones(5), np.inf, {}, "snr_db must be a finite number, got inf"),
        (np.ones(5) * 1j, 10, {}, "data must be real"),
        (np.ones(5), 10, {"band": (10, 40)}, "sample_interval is needed"),
        (np.ones(5), 10, {"band": (40, 10), "sample_interval": DT}, "band must satisfy 0 <= low"),
        (np.ones(5), 10, {"band": (40, 400), "sample_interval": DT}, "<= 250 Hz, the Nyquist"),
        (np.ones(5), 10, {"band": (40, 41), "sample_interval": DT}, "none of the frequencies"),
    ],
)
def test_errors_name_bad_noise(data, snr, options, message):
    with pytest.raises(ValueError, match=message):
        add_noise(data, snr, **options)
