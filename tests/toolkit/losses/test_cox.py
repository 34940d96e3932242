"""Cox's loss equals a double loop over events and risk sets."""

import numpy as np
import pytest

from groupsparse.toolkit.losses import Cox


def compute_by_loops(times, image, counts, strata, ties):
    """The negative log partial likelihood, from its definition."""
    total = 0.0
    for stratum in set(strata):
        inside = [i for i in range(len(times)) if strata[i] == stratum and counts[i] > 0]
        for time in sorted({times[i] for i in inside if times[i] > 0}):
            events = [i for i in inside if times[i] == time]
            at_risk = sum(counts[i] * np.exp(image[i]) for i in inside if abs(times[i]) >= time)
            died = sum(counts[i] * np.exp(image[i]) for i in events)
            deaths = sum(counts[i] for i in events)
            for number, i in enumerate(events):
                share = number / len(events) if ties == "efron" else 0.0
                total += deaths / len(events) * np.log(at_risk - share * died)
                total -= counts[i] * image[i]
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("n_strata", [1, 3])
@pytest.mark.parametrize("n_times", [4, 1000])
def test_value_is_that_of_loops(ties, n_strata, n_times):
    rng = np.random.default_rng(n_times)
    for n in 3, 30:
        times = rng.integers(1, n_times + 1, n) * np.where(rng.random(n) < 0.6, 1.0, -1.0)
        times[0] = abs(times[0])
        strata = rng.integers(0, n_strata, n)
        counts = rng.integers(0, 3, n).astype(float)
        counts[0] = 2.0
        image, offset = rng.standard_normal(n), rng.standard_normal(n)
        term = Cox(ties, strata).bind(times, np.sqrt(counts), offset)
        expected = compute_by_loops(times, image + offset, counts, strata, ties)
        assert term.value(image) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("strata", [None, [0, 1, 0, 1, 1, 0, 0]])
def test_weights_are_repeated_data_with_breslow_s_ties(strata):
    rng = np.random.default_rng(3)
    times = np.array([1.0, -1.0, 2.0, 2.0, 3.0, 2.0, -4.0])
    counts, image = np.array([2, 1, 3, 1, 2, 0, 1]), rng.standard_normal(7)
    rows = np.repeat(np.arange(7), counts)
    repeated_strata = None if strata is None else np.array(strata)[rows]
    weighted = Cox("breslow", strata).bind(times, np.sqrt(counts), None)
    repeated = Cox("breslow", repeated_strata).bind(times[rows], None, None)
    assert weighted.value(image) == pytest.approx(repeated.value(image[rows]), rel=1e-12)
    assert weighted.infimum == pytest.approx(repeated.infimum, rel=1e-12)
    assert weighted.curvature_bound == pytest.approx(repeated.curvature_bound)


def test_ties_do_not_matter_without_ties():
    times, image = np.array([3.0, -1.0, 2.0, 5.0, -4.0]), np.arange(5.0)
    one, two = (Cox(ties).bind(times, None, None) for ties in ("efron", "breslow"))
    assert one.value(image) == pytest.approx(two.value(image), rel=1e-14)
    np.testing.assert_allclose(one.curvature(image), two.curvature(image), rtol=1e-14)
    assert one.infimum == two.infimum == 0.0


def test_risks_far_apart_do_not_underflow():
    """A risk set of those of least risk counts, however large the risks of earlier events were."""
    times = np.arange(1.0, 7.0)
    image = np.array([9000.0, 4000.0, 1.0, -5000.0, -5000.5, -9000.0])
    term = Cox().bind(times, None, None)
    assert term.value(image) == pytest.approx(np.log1p(np.exp(-0.5)), rel=1e-12)
    share = 1 / (1 + np.exp(-0.5))
    np.testing.assert_allclose(term.gradient(image), [0, 0, 0, share - 1, 1 - share, 0], atol=1e-12)


def test_who_is_censored_before_the_first_event_does_not_count():
    term = Cox().bind(np.array([-1.0, 2.0, 3.0, -2.0]), None, None)
    image = np.array([5.0, 0.0, 0.0, 0.0])
    assert term.gradient(image)[0] == term.curvature(image)[0] == 0
    assert term.conjugate(np.array([0.1, -0.1, 0.0, 0.0])) == np.inf


def test_duals_outside_the_domain_have_an_infinite_conjugate():
    term = Cox("breslow").bind(np.array([1.0, 2.0, 3.0]), None, None)
    assert np.isfinite(term.conjugate(np.array([-0.5, 0.2, 0.3])))
    for dual in [0.5, -0.5, 0.0], [0.0, 0.5, -0.5], [-0.5, -1.1, 1.6], [0.0, 0.0, 0.1]:
        assert term.conjugate(np.array(dual)) == np.inf


def test_baseline_of_equal_risks_is_the_nelson_aalen_estimate():
    times = np.array([2.0, 2.0, 3.0, -2.0, -3.0, 5.0, -1.0])
    for ties, first in ("breslow", 2 / 6), ("efron", 1 / 6 + 1 / 5):
        baseline = Cox(ties).bind(times, None, None).find_baseline(np.zeros(7))
        np.testing.assert_array_equal(baseline.times, [2, 3, 5])
        np.testing.assert_allclose(baseline.hazards, np.cumsum([first, 1 / 3, 1]), rtol=1e-14)


def test_expected_events_are_risk_times_cumulative_hazard():
    rng = np.random.default_rng(4)
    times = rng.permutation(12) + 1.0
    times[::4] *= -1
    strata, image = np.arange(12) % 2, rng.standard_normal(12)
    term = Cox(strata=np.array(["b", "a"])[strata]).bind(times, None, None)
    baseline = term.find_baseline(image)
    hazards = np.zeros(12)
    for stratum, time, hazard in zip(*baseline, strict=True):
        reached = (strata == 1 - stratum) & (np.abs(times) >= time)
        hazards[reached] = hazard
    residuals = hazards * term.predict(image) - (times > 0)
    np.testing.assert_allclose(term.gradient(image), residuals, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("difference", [-3.0, 0.5, 3.0])
def test_curvature_of_two_at_risk_is_twice_their_variance(difference):
    """That is the largest eigenvalue of the Hessian, which no diagonal above it can have less."""
    share = 1 / (1 + np.exp(-difference))
    image = np.array([difference, 0.0])
    for times in [1.0, -2.0], [1.0, 1.0]:
        term = Cox("breslow").bind(np.array(times), None, None)
        n_events = np.count_nonzero(np.array(times) > 0)
        np.testing.assert_allclose(term.curvature(image), 2 * n_events * share * (1 - share))
