"""Wavelets have the spectra of their formulas; estimated ones, those of the data."""

import numpy as np
import pytest
from scipy.signal import chirp, correlate

from groupsparse.apps.seismic.files.wavelet_description import parse_wavelets
from groupsparse.apps.seismic.signal.attenuation import attenuate
from groupsparse.apps.seismic.signal.wavelet_estimation import estimate_wavelets
from groupsparse.apps.seismic.signal.wavelets import klauder, ormsby, ricker, rotate_phase

DT = 0.002
SHAPES = {
    "ricker": ricker(30, DT),
    "ormsby": ormsby((5, 10, 40, 60), DT),
    "klauder": klauder((8, 80), 6.0, DT),
}


def spectrum(wavelet, n_fft=4096, dt=DT):
    return np.fft.rfftfreq(n_fft, dt), np.abs(np.fft.rfft(wavelet, n_fft))


def similarity(a, b):
    """The correlation of two wavelets about their middles."""
    n = max(a.size, b.size)
    a, b = (np.pad(w, (n - w.size) // 2) for w in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@pytest.mark.parametrize("name", SHAPES)
def test_wavelets_are_symmetric_with_peak_one_in_the_middle(name):
    wavelet = SHAPES[name]
    assert wavelet.size % 2 == 1
    assert wavelet.argmax() == wavelet.size // 2
    assert wavelet.max() == 1.0
    np.testing.assert_allclose(wavelet, wavelet[::-1], atol=1e-14)
    assert abs(wavelet[0]) < 1e-3


@pytest.mark.parametrize("frequency", [10.0, 27.5, 60.0])
def test_ricker_has_the_analytic_spectrum(frequency):
    f, amplitude = spectrum(ricker(frequency, DT))
    expected = (
        2 / (np.sqrt(np.pi) * frequency**3) * f**2 * np.exp(-((f / frequency) ** 2))
    )  # of the continuous wavelet
    np.testing.assert_allclose(amplitude * DT, expected, atol=2e-4 * expected.max())
    assert abs(f[amplitude.argmax()] - frequency) < 0.2


def test_ormsby_has_a_trapezoid_spectrum():
    f, amplitude = spectrum(ormsby((5, 15, 40, 60), DT, duration=8.0), 16384)
    expected = np.interp(f, [5, 15, 40, 60], [0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(amplitude / amplitude[f.searchsorted(27)], expected, atol=0.01)


def test_klauder_is_the_autocorrelation_of_a_sweep():
    fine, length = 0.0005, 6.0
    t = np.arange(round(length / fine)) * fine
    sweep = chirp(t, 8.0, length, 80.0)
    lags = correlate(sweep, sweep, method="fft")[t.size - 1 :][: round(0.2 / fine)]
    wavelet = klauder((8, 80), length, fine, duration=12.0)
    right = wavelet[wavelet.size // 2 :][: lags.size]
    np.testing.assert_allclose(right, lags / lags[0], atol=0.005)


def test_the_duration_sets_the_length():
    for size, duration in ((51, 0.1), (101, 0.2)):
        assert ricker(30, DT, duration=duration).size == size
        assert ormsby((5, 10, 40, 60), DT, duration=duration).size == size
        assert klauder((8, 80), 6.0, DT, duration=duration).size == size


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ricker(0, DT), "ricker frequency must be positive and finite, got 0"),
        (lambda: ricker(np.nan, DT), "ricker frequency must be positive"),
        (lambda: ricker(250, DT), "below the Nyquist frequency 250 Hz"),
        (lambda: ricker(30, 0.0), "sample_interval must be positive"),
        (lambda: ricker(30, DT, duration=0.001), "duration must be at least two sample"),
        (lambda: ricker(30, DT, duration=-1), "duration must be positive"),
        (lambda: ormsby((5, 10, 40), DT), "must be four numbers"),
        (lambda: ormsby((5, 10, 60, 40), DT), "must increase, got 5 - 10 - 60 - 40 Hz"),
        (lambda: ormsby((5, 10, 10, 40), DT), "must increase"),
        (lambda: ormsby((5, 10, 40, 300), DT), "Nyquist"),
        (lambda: klauder((80, 8), 6, DT), "klauder band must increase"),
        (lambda: klauder((8, 80), -6, DT), "sweep_duration must be positive"),
        (lambda: klauder((8,), 6, DT), "must be two numbers"),
        (lambda: rotate_phase(np.ones((2, 3)), 90), "wavelet must be real and 1-D"),
        (lambda: rotate_phase(np.ones(3), np.inf), "degrees must be a finite number, got inf"),
        (lambda: attenuate(np.ones(4), DT, 10, 50), "odd length"),
        (lambda: attenuate(np.ones(5), DT, 10, 0.0), "quality must be positive"),
        (lambda: attenuate(np.ones(5), DT, 10, np.ones(9)), "quality must be one number or 10"),
        (lambda: estimate_wavelets(np.ones(9), DT), "data must be real of shape"),
        (lambda: estimate_wavelets(np.ones((2, 50)), DT), "duration must be between"),
        (lambda: estimate_wavelets(np.zeros((1, 500)), DT), "shot 0 have no live trace"),
        (lambda: estimate_wavelets(np.full((1, 500), np.nan), DT), "data has 500 NaN"),
    ],
)
def test_errors_name_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_phase_rotation():
    wavelet = SHAPES["ormsby"]
    np.testing.assert_allclose(rotate_phase(wavelet, 0), wavelet, atol=1e-15)
    np.testing.assert_allclose(rotate_phase(wavelet, 180), -wavelet, atol=1e-12)
    t = DT * np.arange(-200, 201)
    window = np.exp(-((t / 0.08) ** 2))
    rotated = rotate_phase(window * np.cos(2 * np.pi * 30 * t), 50)
    np.testing.assert_allclose(
        rotated, window * np.cos(2 * np.pi * 30 * t + np.deg2rad(50)), atol=2e-3
    )
    assert rotate_phase(wavelet.astype(np.float32), 30).dtype == np.float32


def test_attenuation_lowers_the_log_spectrum_with_slope_minus_pi_t_over_q():
    wavelet, quality = ricker(40, DT, duration=1.2), 60.0
    rows = attenuate(wavelet, DT, 501, quality)
    f, first = spectrum(rows[0])
    band = (f > 10) & (f < 80)
    np.testing.assert_allclose(rows[0], wavelet, atol=1e-12)
    for sample in (100, 250, 500):
        ratio = np.log(spectrum(rows[sample])[1][band] / first[band])
        slope = np.polyfit(f[band], ratio, 1)[0]
        assert slope == pytest.approx(-np.pi * sample * DT / quality, rel=0.01)
        np.testing.assert_allclose(rows[sample], rows[sample][::-1], atol=1e-12)


def test_quality_by_sample_is_integrated():
    wavelet = ricker(40, DT, duration=0.4)
    same = attenuate(wavelet, DT, 100, 50.0)
    np.testing.assert_allclose(attenuate(wavelet, DT, 100, np.full(100, 50.0)), same)
    layered = attenuate(wavelet, DT, 100, np.where(np.arange(100) < 40, 1e9, 50.0))
    np.testing.assert_allclose(layered[40:], same[:60], atol=1e-6)
    assert attenuate(wavelet.astype(np.float32), DT, 5, 50.0).dtype == np.float32


def test_dispersion_has_the_kramers_kronig_phase():
    """The phase belongs to the loss: a filter of that amplitude and phase is causal but for the
    shift to the reference frequency, so it has no energy well before its onset."""
    impulse = np.zeros(2001)
    impulse[1000] = 1.0
    wavelet = ricker(40, DT, duration=1.2)
    f, plain = spectrum(attenuate(wavelet, DT, 251, 40.0)[250])
    rows = attenuate(wavelet, DT, 251, 40.0, dispersion=True)
    _, dispersed = spectrum(rows[250])
    band = (f > 10) & (f < 80)
    np.testing.assert_allclose(dispersed[band], plain[band], rtol=0.02)
    phase = np.angle(
        np.fft.rfft(np.roll(np.pad(rows[250], (0, 4096 - wavelet.size)), -(wavelet.size // 2)))
    )[band]
    reference = f[spectrum(wavelet)[1].argmax()]
    expected = 2 * f[band] * (250 * DT / 40.0) * np.log(f[band] / reference)
    np.testing.assert_allclose(np.angle(np.exp(1j * (phase - expected))), 0, atol=0.05)
    # Causal: an attenuated impulse has much less energy ahead of its peak than behind it.
    row = attenuate(impulse, DT, 251, 20.0, dispersion=True)[250]
    peak = row.argmax()
    assert np.sum(row[: peak - 10] ** 2) < 0.02 * np.sum(row[peak + 10 :] ** 2)


@pytest.mark.parametrize(("n_traces", "least"), [(1, 0.94), (20, 0.985)])
def test_estimated_wavelets_resemble_the_true_ones(n_traces, least):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        true = [ricker(f, DT) for f in rng.uniform(20, 40, 3)]
        r = rng.laplace(size=(3, n_traces, 500)) * (rng.random((n_traces, 500)) < 0.1)
        clean = np.array(
            [[np.convolve(t, w, "same") for t in g] for g, w in zip(r, true, strict=True)]
        )
        noise = rng.standard_normal(clean.shape)
        noise *= np.linalg.norm(clean) / np.linalg.norm(noise) * 10 ** (-20 / 20)
        for w, estimate in zip(true, estimate_wavelets(clean + noise, DT), strict=True):
            assert estimate.argmax() == estimate.size // 2
            assert estimate.max() == 1.0
            assert similarity(w, estimate) > least


def test_dead_traces_scale_and_precision_do_not_matter_to_the_estimate():
    rng = np.random.default_rng(0)
    data = rng.standard_normal((2, 3, 300))
    plain = estimate_wavelets(data, DT)
    with_dead = np.concatenate([data, np.zeros((2, 4, 300))], axis=1)
    for a, b in zip(plain, estimate_wavelets(with_dead, DT), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    single = estimate_wavelets((1e-25 * data).astype(np.float32), DT)
    assert single[0].dtype == np.float32
    np.testing.assert_allclose(single[0], plain[0], atol=1e-5)


def test_descriptions_of_wavelets():
    same = parse_wavelets("ricker:30", 3, DT)
    assert len(same) == 3
    for w in same:
        np.testing.assert_array_equal(w, ricker(30, DT))
    each = parse_wavelets("ricker:25,30.5", 2, DT)
    np.testing.assert_array_equal(each[1], ricker(30.5, DT))
    np.testing.assert_array_equal(
        parse_wavelets("ormsby:5-10-40-60", 1, DT)[0], ormsby((5, 10, 40, 60), DT)
    )
    np.testing.assert_array_equal(
        parse_wavelets("klauder:8-80-6", 2, DT)[1], klauder((8, 80), 6, DT)
    )
    assert parse_wavelets("estimate", 5, DT) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ricker:25,30", "expected one ricker wavelet or 3, one for each shot, got 2"),
        ("ricker:", "expected a frequency after 'ricker' as in ricker:30, got ''"),
        ("ricker", "expected a frequency"),
        ("ricker:fast", "got 'fast'"),
        ("ricker:-30", "expected a frequency"),
        ("ricker:300", "'ricker:300': .*Nyquist"),
        ("ormsby:5-10-40", "expected four frequencies after 'ormsby'"),
        ("klauder:8-80", "two frequencies and the sweep's seconds"),
    ],
)
def test_errors_explain_bad_descriptions(text, message):
    with pytest.raises(ValueError, match=message):
        parse_wavelets(text, 3, DT)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match="neither a file nor a description"):
        parse_wavelets("no/such.npy", 3, DT)


def test_a_file_of_wavelets(tmp_path):
    np.save(tmp_path / "w.npy", ricker(30, DT))
    wavelets = parse_wavelets(str(tmp_path / "w.npy"), 2, DT)
    assert len(wavelets) == 2
    np.testing.assert_array_equal(wavelets[1], ricker(30, DT))
