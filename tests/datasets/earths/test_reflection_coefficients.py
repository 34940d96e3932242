"""Coefficients against boundary conditions, energy, and each other."""

import numpy as np
import pytest

from groupsparse.datasets.earths.reflection_coefficients import (
    REFLECTIVITIES,
    aki_richards,
    shuey,
    zoeppritz,
)

# Shale over gas sand, (vp, vs, density) in m/s and kg/m3. Classes I to III: F. J. Hilterman,
# "Seismic Amplitude Interpretation", SEG/EAGE Distinguished Instructor Short Course 4, 2001.
# Class IV: J. P. Castagna, H. W. Swan, "Principles of AVO crossplotting", The Leading Edge 16(4),
# 1997.
CLASSES = {
    "I": (3094, 1515, 2400, 4050, 2526, 2210),
    "II": (2643, 1167, 2290, 2781, 1665, 2080),
    "III": (2192, 818, 2160, 1542, 901, 1880),
    "IV": (3240, 1620, 2340, 1650, 1090, 2070),
}


def random_interfaces(n, contrast, seed=0):
    """Draw six properties of n interfaces, which differ by at most that share."""
    rng = np.random.default_rng(seed)
    vp = rng.uniform(2000, 4500, n)
    upper = np.array([vp, vp / rng.uniform(1.6, 2.4, n), 310 * vp**0.25])
    lower = upper * (1 + rng.uniform(-contrast, contrast, (3, n)))
    return np.concatenate([upper, lower])


def wave(layer, kind, downwards, p):
    """Return (ux, uz, txz, tzz) of a plane wave; tractions lack the factor i omega."""
    vp, vs, rho = layer
    mu = rho * vs**2
    lame = rho * vp**2 - 2 * mu
    speed = vp if kind == "p" else vs
    vertical = np.sqrt(1 / speed**2 - p**2 + 0j) * (1 if downwards else -1)
    x, z = (p, vertical) if kind == "p" else (vertical, -p)
    ux, uz = speed * x, speed * z
    shear = mu * (p * uz + vertical * ux)
    return np.array([ux, uz, shear, lame * (p * ux + vertical * uz) + 2 * mu * vertical * uz])


def solve(properties, angle):
    """Return amplitudes of reflected P, S and transmitted P, S, and their shares of the energy."""
    upper, lower = properties[:3], properties[3:]
    p = np.sin(np.deg2rad(angle)) / upper[0]
    out = [(upper, "p", False), (upper, "s", False), (lower, "p", True), (lower, "s", True)]
    waves = [wave(*one, p) for one in out]
    matrix = np.stack([waves[0], waves[1], -waves[2], -waves[3]], axis=1)
    scale = np.array([1, 1, 1e-6, 1e-6])  # so that stresses weigh as displacements do
    amplitudes = np.linalg.solve(scale[:, None] * matrix, -scale * wave(upper, "p", True, p))
    slownesses = [1 / layer[0 if kind == "p" else 1] for layer, kind, _ in out]
    # Energy goes down with rho * v * cos(angle) * |amplitude|^2.
    flux = [
        layer[2] / s**2 * np.sqrt(s**2 - p**2 + 0j).real
        for (layer, _, _), s in zip(out, slownesses, strict=True)
    ]
    return amplitudes, np.array(flux) * np.abs(amplitudes) ** 2 / flux[0]


@pytest.mark.parametrize("contrast", [0.1, 0.4])
def test_zoeppritz_solves_the_boundary_conditions(contrast):
    layers = random_interfaces(40, contrast)
    angles = np.array([0.0, 7.0, 25.0, 44.0, 63.0, 88.0])
    found = zoeppritz(*layers[..., None], angles)
    assert found.shape == (40, 6)
    expected = np.array([[solve(column, angle)[0][0] for angle in angles] for column in layers.T])
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert np.abs(expected.imag).max() > 0.1  # some angles are beyond the critical one


def test_energy_is_kept():
    layers = random_interfaces(40, 0.3, seed=1)
    checked = 0
    for column in layers.T:
        for angle in (0.0, 20.0, 35.0):
            found = zoeppritz(*column, angle)
            if not np.iscomplexobj(found):
                others = solve(column, angle)[1][1:]
                assert found**2 + others.sum() == pytest.approx(1, abs=1e-12)
                checked += 1
    assert checked > 80
    grazing = zoeppritz(*layers[..., None], np.linspace(0, 89.9, 90))
    assert np.abs(grazing).max() <= 1 + 1e-12


@pytest.mark.parametrize("method", REFLECTIVITIES)
def test_normal_incidence_is_the_contrast_of_impedances(method):
    layers = random_interfaces(500, 0.1)
    upper, lower = layers[0] * layers[2], layers[3] * layers[5]
    exact = (lower - upper) / (lower + upper)
    # The linearised ones leave out terms of third order.
    atol = 1e-15 if method == "zoeppritz" else 0.11**3 / 4
    np.testing.assert_allclose(REFLECTIVITIES[method](*layers, 0.0), exact, rtol=0, atol=atol)
    assert REFLECTIVITIES[method](2000, 900, 2000, 3000, 1700, 2300, 0) > 0.2


def test_shuey_is_close_to_zoeppritz_below_25_degrees():
    """Within 0.01 for contrasts up to a tenth, and growing apart with the angle."""
    layers = random_interfaces(5000, 0.1)[..., None]
    angles = np.array([0, 5, 10, 15, 20, 25, 35, 45])
    error = np.abs(shuey(*layers, angles) - zoeppritz(*layers, angles)).max(axis=0)
    assert error[angles <= 25].max() < 0.01
    assert (np.diff(error) > 0).all()
    assert error[-1] > 0.03


@pytest.mark.parametrize("name", CLASSES)
def test_shuey_is_close_to_zoeppritz_in_the_classes_of_avo(name):
    exact = zoeppritz(*CLASSES[name], np.arange(26))
    found = shuey(*CLASSES[name], np.arange(26))
    assert np.abs(found - exact).max() < 0.012
    strength = np.abs(exact)
    assert {"I": exact[0] > 0.05, "II": abs(exact[0]) < 0.05}.get(name, exact[0] < -0.2)
    assert (strength[-1] < strength[0]) == (name in ("I", "IV"))
    if name != "IV":  # whose error passes through zero
        wide = [30, 40] if name != "III" else [10, 30]
        errors = np.abs(shuey(*CLASSES[name], wide) - zoeppritz(*CLASSES[name], wide))
        assert errors[1] > errors[0]


def test_the_third_term_and_the_mean_angle_improve_the_approximation():
    layers = random_interfaces(2000, 0.1)[..., None]
    angles = np.array([30, 40])
    exact = zoeppritz(*layers, angles)
    errors = [
        np.abs(method - exact).mean()
        for method in (
            shuey(*layers, angles),
            shuey(*layers, angles, terms=3),
            aki_richards(*layers, angles),
        )
    ]
    assert errors[0] > 1.5 * errors[1] > 1.5 * 1.5 * errors[2]


def test_aki_richards_as_in_the_book():
    vp1, vs1, rho1, vp2, vs2, rho2 = values = np.array([3000, 1500, 2200, 3300, 1700, 2300.0])
    one = np.deg2rad(20)
    mean = (one + np.arcsin(np.sin(one) * vp2 / vp1)) / 2
    vp, vs, rho = (values[:3] + values[3:]) / 2
    p = np.sin(mean) / vp
    expected = (
        0.5 * (1 - 4 * p**2 * vs**2) * (rho2 - rho1) / rho
        + (vp2 - vp1) / vp / (2 * np.cos(mean) ** 2)
        - 4 * p**2 * vs**2 * (vs2 - vs1) / vs
    )
    assert aki_richards(*values, 20) == pytest.approx(expected, rel=1e-12)


GOOD = {"vp1": 2000, "vs1": 1000, "rho1": 2000, "vp2": 3000, "vs2": 1500, "rho2": 2000, "angles": 0}


@pytest.mark.parametrize("method", REFLECTIVITIES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vp2": 0}, "vp2 must be positive, got 0"),
        ({"rho1": [1.0, np.nan]}, "rho1 has 1 NaN"),
        ({"vs1": 2000}, "vs1 must be below vp1"),
        ({"vs2": 1j}, "vs2 must be real"),
        ({"angles": [10, 90]}, "angles must be from 0 to below 90 degrees, got 90"),
        ({"angles": -1}, "angles must be from 0"),
        ({"vp1": [2000, 2100], "angles": [0, 1, 2]}, "do not broadcast"),
    ],
)
def test_bad_input(method, change, message):
    with pytest.raises(ValueError, match=message):
        REFLECTIVITIES[method](**{**GOOD, **change})


def test_two_or_three_terms():
    with pytest.raises(ValueError, match="terms must be one of 2, 3, got 4"):
        shuey(**GOOD, terms=4)
