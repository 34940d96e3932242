"""Move-out: times and angles against ray geometry, flat events after correction."""

import numpy as np
import pytest

from groupsparse.apps.seismic.signal.move_out import (
    compute_incidence_angles,
    compute_rms_velocities,
    compute_travel_times,
)
from groupsparse.apps.seismic.signal.move_out_correction import correct_move_out, make_move_out_map
from groupsparse.apps.seismic.signal.wavelets import ricker

DT = 0.002


def traced(p, velocities, times):
    """Offset, arrival time and last angle of the ray of parameter p through flat layers."""
    half = np.diff(times, prepend=0.0) / 2  # one-way vertical times
    cosine = np.sqrt(1 - (p * velocities) ** 2)
    x = 2 * np.sum(half * velocities**2 * p / cosine)
    return x, 2 * np.sum(half / cosine), np.rad2deg(np.arcsin(p * velocities[-1]))


def test_one_layer_is_exact():
    for p in (0.0, 1e-4, 3e-4):
        x, t, angle = traced(p, np.array([2000.0]), np.array([0.8]))
        assert compute_travel_times(0.8, 2000.0, x) == pytest.approx(t, rel=1e-12)
        assert compute_incidence_angles(0.8, 2000.0, 2000.0, x) == pytest.approx(angle, abs=1e-9)


def test_layers_agree_with_traced_rays_up_to_25_degrees():
    v, t0 = np.array([1800.0, 2200.0, 2700.0, 3100.0]), np.array([0.3, 0.7, 1.0, 1.4])
    v_rms = compute_rms_velocities(v, t0)
    for layer in range(1, 5):
        for p in np.linspace(0, np.sin(np.deg2rad(25)) / v[layer - 1], 6):
            x, t, angle = traced(p, v[:layer], t0[:layer])
            i = layer - 1
            assert compute_travel_times(t0[i], v_rms[i], x) == pytest.approx(t, rel=1e-3)
            assert compute_incidence_angles(t0[i], v_rms[i], v[i], x) == pytest.approx(
                angle, abs=0.6
            )


def test_rms_velocities_by_a_loop_and_back():
    rng = np.random.default_rng(0)
    v, t = rng.uniform(1500, 4000, (3, 6)), np.cumsum(rng.uniform(0.05, 0.3, (3, 6)), axis=1)
    result = compute_rms_velocities(v, t)
    for row in range(3):
        for n in range(6):
            steps = np.diff(t[row, : n + 1], prepend=0.0)
            assert result[row, n] ** 2 == pytest.approx(
                np.sum(v[row, : n + 1] ** 2 * steps) / t[row, n]
            )
    squares = np.diff(result**2 * t, axis=1) / np.diff(t, axis=1)  # Dix's equation
    np.testing.assert_allclose(np.sqrt(squares), v[:, 1:])
    np.testing.assert_allclose(compute_rms_velocities([1500.0, 2000.0], [0.0, 1.0]), [1500, 2000])


def test_angles_are_at_most_90_degrees():
    assert compute_incidence_angles(0.0, 2000.0, 2000.0, 0.0) == 0.0
    assert compute_incidence_angles(0.1, 2000.0, 4000.0, 3000.0) == 90.0
    assert compute_incidence_angles(np.ones(4), 2000.0, 2000.0, [[100.0], [-100.0]]).shape == (2, 4)


def section(offsets, t0, velocity, n_samples=500, n_traces=3):
    """Ricker events at exact fractional arrival times, unit coefficients."""
    t = DT * np.arange(n_samples)
    data = np.zeros((len(offsets), n_traces, n_samples))
    for shot, x in enumerate(offsets):
        for reflector, time in enumerate(t0):
            v = np.broadcast_to(velocity, len(t0))[reflector]
            a = (np.pi * 30 * (t - np.hypot(time, x / v))) ** 2
            data[shot] += (1 - 2 * a) * np.exp(-a)
    return data


def test_events_are_flat_and_exact_after_correction():
    offsets = [0.0, 300.0, 600.0, 900.0]
    data = section(offsets, [0.5, 0.8001], 2000.0)
    flat, muted = correct_move_out(data, offsets, 2000.0, DT)
    np.testing.assert_allclose(flat[0], data[0], atol=1e-14)
    assert not muted[0].any()
    t0 = DT * np.arange(500)
    for shot, x in enumerate(offsets):
        arrival = np.hypot(t0, x / 2000.0)
        np.testing.assert_array_equal(
            muted[shot, 0], (arrival > 1.5 * t0 + 1e-12) | (arrival > 0.998 + 1e-9)
        )
        expected = 0.0  # the recorded events, read at the arrival times
        for time in (0.5, 0.8001):
            a = (np.pi * 30 * (arrival - np.hypot(time, x / 2000.0))) ** 2
            expected = expected + (1 - 2 * a) * np.exp(-a)
        kept = ~muted[shot, 0]
        np.testing.assert_allclose(flat[shot, 0, kept], expected[kept], atol=2e-5)
        assert flat[shot, 0, 200:300].argmax() + 200 == 250
        assert (flat[shot, 0, ~kept] == 0).all()


def test_velocities_and_offsets_by_trace():
    velocity = 2000.0 + 300.0 * np.arange(2)[:, None] + 200.0 * DT * np.arange(400)
    offsets = np.array([[0.0, 100.0], [400.0, 500.0]])
    data = np.random.default_rng(0).standard_normal((2, 2, 400))
    flat, muted = correct_move_out(data, offsets, velocity, DT)
    for shot in range(2):
        for trace in range(2):
            matrix = make_move_out_map(offsets[shot, trace], velocity[trace], 400, DT)
            np.testing.assert_allclose(flat[shot, trace], matrix @ data[shot, trace], atol=1e-12)
    # One velocity for all traces takes the other way through the code.
    same, _ = correct_move_out(data, offsets, velocity[0], DT)
    np.testing.assert_array_equal(same[:, 0], flat[:, 0])
    gather, gather_muted = correct_move_out(data[:, 0], offsets[:, 0], velocity[0], DT)
    np.testing.assert_array_equal(gather, flat[:, 0])
    np.testing.assert_array_equal(gather_muted, muted[:, 0])


def test_the_map_has_an_exact_adjoint_and_keeps_precision():
    matrix = make_move_out_map(700.0, 2000.0, 300, DT)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 300))
    assert (matrix @ x) @ y == pytest.approx(x @ (matrix.T @ y))
    data = rng.standard_normal((1, 2, 300)).astype(np.float32)
    before = data.copy()
    flat, _ = correct_move_out(data, [700.0], 2000.0, DT)
    assert flat.dtype == np.float32
    np.testing.assert_array_equal(data, before)
    np.testing.assert_allclose(flat[0, 0], matrix @ data[0, 0], atol=1e-5)


def test_a_larger_limit_mutes_less():
    data = np.ones((1, 200))
    counts = [
        correct_move_out(data, [200.0], 2000.0, DT, stretch_limit=limit)[1].sum()
        for limit in (0.2, 0.5, 2.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


RISING = np.where(np.arange(400) < 250, 2000.0, 4000.0)


@pytest.mark.parametrize(
    ("offsets", "velocity", "message"),
    [
        ([500.0], 0.0, "velocity must be positive, got 0 m/s at trace 0, sample 0"),
        ([500.0], np.r_[np.full(399, 2e3), -1], "got -1 m/s at trace 0, sample 399"),
        ([500.0], np.nan, "velocity has 1 NaN"),
        ([500.0], np.ones(7), r"velocity must be one number or of shape \(400,\)"),
        ([500.0, 1.0], 2000.0, r"offsets must have shape \(1,\) or \(1, 2\), got \(2,\)"),
        (
            [500.0],
            100.0,
            r"impossible in shot 0, trace 0 \(counted from 0\) \(offset 500 m, .*after the record",
        ),
        (
            [500.0],
            RISING,
            r"curves cross in shot 0, trace 0 \(counted from 0\) at 0.5 s \(4000 m/s\)",
        ),
    ],
)
def test_errors_name_impossible_velocities(offsets, velocity, message):
    with pytest.raises(ValueError, match=message):
        correct_move_out(np.zeros((1, 2, 400)), offsets, velocity, DT)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compute_travel_times(-0.1, 2000, 0), "times must not be negative"),
        (
            lambda: compute_travel_times(0.1, [2000, -5], 0),
            r"velocities must be positive.*index \(1,\)",
        ),
        (lambda: compute_travel_times(np.ones(2), np.ones(3), 0), "do not broadcast"),
        (lambda: compute_rms_velocities([2000, 2000], [1.0, 0.5]), "must not decrease"),
        (lambda: compute_incidence_angles(1, 2000, 0, 1), "interval_velocities must be positive"),
        (lambda: compute_incidence_angles(np.ones(2), 2000, np.ones(3), 1), "do not fit"),
        (lambda: correct_move_out(np.zeros(5), [0], 2000, DT), "data must be real of shape"),
        (
            lambda: make_move_out_map(0, 2000, 5, DT, stretch_limit=0),
            "stretch_limit must be positive",
        ),
        (lambda: make_move_out_map(0, 2000, 5, -DT), "sample_interval must be positive"),
    ],
)
def test_errors_name_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_wavelet_of_a_flat_event_is_stretched_as_the_mute_expects():
    """At offset x the corrected event is longer by t(x) / t0."""
    x, time, v = 1200.0, 0.8, 2000.0
    flat, _ = correct_move_out(section([x], [time], v, 600), [x], v, DT)
    stretched = ricker(30 * time / np.hypot(time, x / v), DT, duration=0.08)
    np.testing.assert_allclose(flat[0, 0, 380:421], stretched, atol=0.03)
