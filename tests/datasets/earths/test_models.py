"""Layered earths: coefficients and velocities at their interfaces, and their makers."""

import numpy as np
import pytest

from groupsparse.apps.seismic.signal.modelling import model_gathers
from groupsparse.apps.seismic.signal.move_out import (
    compute_incidence_angles,
    compute_rms_velocities,
)
from groupsparse.datasets.earths.makers import make_layers, make_thin_beds, make_wedge
from groupsparse.datasets.earths.models import EarthModel
from groupsparse.datasets.earths.reflection_coefficients import REFLECTIVITIES
from groupsparse.datasets.reflectivity import make_random_reflectivity

PROPERTIES = {"vp": [2000, 2500, 2200, 3000], "vs": [900, 1200, 1000, 1600]}
PROPERTIES["density"] = [2000, 2200, 2100, 2300]


def random_earth(seed):
    """Draw a model of which many layers pinch out, some at time zero."""
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0.01, 0.1, (6, 9)) * (rng.random((6, 9)) < 0.6)
    drawn = make_layers(7, 9, random_state=seed)
    return EarthModel(np.cumsum(steps, axis=0), drawn.vp, drawn.vs, drawn.density)


@pytest.mark.parametrize("method", REFLECTIVITIES)
def test_coefficients_are_those_of_the_layers_present(method):
    """Trace by trace, against a list from which layers without thickness were struck."""
    earth = random_earth(0)
    angles = np.random.default_rng(1).uniform(0, 20, (2, *earth.horizons.shape))
    found = earth.compute_coefficients(angles, method)
    assert found.shape == angles.shape
    interval, n_zero = earth.interval_velocities, 0
    for trace, times in enumerate(earth.horizons.T):
        for i, time in enumerate(times):
            if i and time == times[i - 1]:
                assert (found[:, i, trace] == 0).all()
                assert interval[i, trace] == interval[i - 1, trace]
                n_zero += 1
                continue
            below = i + np.count_nonzero(times == time)
            layers = [x[n] for n in (i, below) for x in (earth.vp, earth.vs, earth.density)]
            expected = [REFLECTIVITIES[method](*layers, angle) for angle in angles[:, i, trace]]
            np.testing.assert_allclose(found[:, i, trace], expected, rtol=1e-12)
            assert interval[i, trace] == earth.vp[i]
    assert n_zero > 10


def test_velocities_are_those_of_move_out():
    for seed in range(5):
        earth = random_earth(seed)
        layers = np.broadcast_to(earth.vp[:-1], earth.horizons.T.shape)
        expected = compute_rms_velocities(layers, earth.horizons.T).T
        late = earth.horizons > 0
        np.testing.assert_allclose(earth.rms_velocities[late], expected[late], rtol=1e-12)
        assert (earth.rms_velocities[~late] == earth.vp[0]).all()


def test_spikes_are_at_the_nearest_samples_and_add_up():
    earth = EarthModel([[0.0091, 0.01], [0.0109, 0.03], [0.07, 0.5]], **PROPERTIES)
    r = earth.compute_coefficients([0, 20])
    expected = np.zeros((2, 2, 20))
    expected[:, 0, 5] = r[:, 0, 0] + r[:, 1, 0]
    expected[:, 1, 5], expected[:, 1, 15] = r[:, 0, 1], r[:, 1, 1]
    found = earth.compute_reflectivity([0, 20], n_samples=20, sample_interval=0.002)
    np.testing.assert_allclose(found, expected)
    assert earth.compute_reflectivity(n_samples=20, sample_interval=0.002).shape == (1, 2, 20)
    rounded = earth.round_to(0.002)
    np.testing.assert_allclose(rounded.horizons[:, 0], [0.01, 0.01, 0.07])
    assert rounded.compute_coefficients([0])[0, 1, 0] == 0
    strong = earth.compute_reflectivity(
        [80], n_samples=20, sample_interval=0.002, method="zoeppritz"
    )
    assert np.iscomplexobj(strong)


def test_gathers_come_from_layers_velocities_and_offsets():
    earth = make_layers(4, 3, dip=0.01, random_state=0).round_to(0.002)
    offsets, velocities = np.array([0.0, 300.0]), earth.rms_velocities
    angles = compute_incidence_angles(
        earth.horizons, velocities, earth.interval_velocities, offsets[:, None, None]
    )
    made = model_gathers(
        earth.horizons,
        earth.compute_coefficients(angles, "zoeppritz"),
        [np.ones(1)] * 2,
        sample_interval=0.002,
        n_samples=500,
        offsets=offsets,
        velocities=velocities,
    )
    expected = earth.compute_reflectivity(n_samples=500, sample_interval=0.002, method="zoeppritz")
    np.testing.assert_allclose(made[0], expected[0], atol=1e-9)
    assert np.abs(made[1] - made[0]).max() > 0.02


def test_layers_dip_fold_and_break():
    options = {"n_layers": 6, "n_traces": 41, "random_state": 3}
    flat = make_layers(**options)
    assert (np.diff(flat.horizons, axis=0) > 0).all()
    assert np.ptp(flat.horizons, axis=1).max() == 0
    made = make_layers(**options, dip=0.001, fold=0.1, faults=[(10, 0.04), (30, -0.02)])
    steps = np.diff(made.horizons, axis=1)
    np.testing.assert_allclose(steps, np.tile(steps[:1], (5, 1)), atol=1e-12)
    smooth = np.diff(0.001 * np.arange(41) - 0.1 * np.sin(np.pi * np.arange(41) / 40))
    smooth[9] += 0.04
    smooth[29] -= 0.02
    np.testing.assert_allclose(steps[0], smooth, atol=1e-12)
    assert 0 < made.horizons.min() < made.horizons.max() < 1
    np.testing.assert_array_equal(made.vp, flat.vp)
    np.testing.assert_array_equal(make_layers(**options).density, flat.density)
    for seed in range(200):
        earth = make_layers(10, 1, random_state=seed)
        assert (earth.vs < np.sqrt(0.75) * earth.vp).all()  # a positive bulk modulus
        assert np.abs(earth.compute_coefficients([0])).max() < 0.6


@pytest.mark.parametrize(("polarity", "sign"), [("opposite", -1), ("same", 1)])
def test_a_wedge_has_two_equal_coefficients(polarity, sign):
    wedge = make_wedge(31, 0.03, polarity=polarity)
    np.testing.assert_allclose(np.diff(wedge.horizons, axis=0)[0], 0.001 * np.arange(31))
    top, base = wedge.compute_coefficients([0], "zoeppritz")[0]
    np.testing.assert_allclose(top[1:], sign * base[1:], rtol=1e-12)
    assert top[1] > 0.1
    assert base[0] == 0
    assert top[0] == pytest.approx(0 if sign < 0 else 2 * top[1] / (1 + top[1] ** 2))


def test_thin_beds_and_random_reflectivity():
    beds = make_thin_beds([0.02, 0.004], 3, spacing=0.05)
    np.testing.assert_allclose(beds.horizons[:, 2], [0.1, 0.12, 0.15, 0.154])
    r = beds.compute_coefficients([0], "zoeppritz")[0, :, 0]
    np.testing.assert_allclose(r, r[0] * np.array([1, -1, 1, -1]))
    drawn = make_random_reflectivity((4, 20_000), density=0.1, scale=2.0, random_state=0)
    assert np.mean(drawn != 0) == pytest.approx(0.1, rel=0.03)
    assert np.abs(drawn[drawn != 0]).mean() == pytest.approx(2, rel=0.05)
    np.testing.assert_array_equal(make_random_reflectivity(7, random_state=1).shape, (7,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarthModel([0.1, 0.2, 0.3], **PROPERTIES), "horizons must have shape"),
        (
            lambda: EarthModel([[0.1, 0.1], [0.2, 0.05], [0.3, 0.3]], **PROPERTIES),
            "in trace 1 interface 1 is above interface 0",
        ),
        (lambda: EarthModel([[-0.1], [0.2], [0.3]], **PROPERTIES), "horizons must not be negative"),
        (lambda: EarthModel([[0.1]], **PROPERTIES), r"vp must have shape \(2,\), one value"),
        (lambda: EarthModel([[0.1]], [1, 0], [1, 1], [1, 1]), "vp must be positive"),
        (lambda: make_wedge().compute_coefficients(np.zeros((1, 2, 3))), r"\(angle, 2, 30\), got"),
        (
            lambda: make_wedge().compute_coefficients([0], "exact"),
            "method must be one of 'zoeppritz'",
        ),
        (lambda: make_wedge().round_to(0), "sample_interval must be positive"),
        (lambda: make_wedge(polarity="both"), "polarity must be one of"),
        (lambda: make_wedge(vp=1000), "vp must be above 1360"),
        (lambda: make_wedge(max_thickness=1e99), "top, vp or ratio is out of range"),
        (
            lambda: make_thin_beds(top=1e99),
            "spacing, vp or ratio is out of range",
        ),
        (lambda: make_layers(scatter=1e99), "faults or scatter is out of range"),
        (lambda: make_layers(1), "n_layers must be an integer of at least 2"),
        (lambda: make_layers(dip=0.02), "must be less than duration, 1 s"),
        (lambda: make_layers(fold=np.nan), "fold must be a finite number, got nan"),
        (lambda: make_layers(faults=[(60, 0.1)]), "traces from 1 to 59, got one at 60"),
        (lambda: make_thin_beds([0.2]), "from 0 to below the spacing, 0.1 s"),
        (lambda: make_random_reflectivity((3, 0)), "shape must be an integer of at least 1, got 0"),
        (lambda: make_random_reflectivity(3, density=1.0), "density must lie between 0 and 1"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
