"""The comparison of the joint inversion with single shots and the stack."""

import numpy as np
import pytest

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.cases.canonical import SAMPLE_INTERVAL, make_case
from groupsparse.apps.seismic.cases.comparison import average_scores, compare, compare_cases
from groupsparse.apps.seismic.inverting import baselines
from groupsparse.apps.seismic.inverting.baselines import invert_shots, invert_stack
from groupsparse.apps.seismic.scores.metrics import reflector_f1, score_reflectors

SETTINGS = {"sample_interval": SAMPLE_INTERVAL, "settings": InversionSettings("l21")}


def test_single_shots_get_their_share_of_the_noise():
    case = make_case(4, 15, random_state=0)
    found = invert_shots(case.data, case.wavelets, noise_level=case.noise_level, **SETTINGS)
    for shot, one in enumerate(found):
        expected = invert(
            case.data[[shot]], case.wavelets[shot], noise_level=case.noise_level / 2, **SETTINGS
        )
        np.testing.assert_array_equal(one.reflectivity, expected.reflectivity)


@pytest.mark.parametrize("shape", [(3, 40), (3, 2, 40)])
def test_the_stack_is_the_mean_of_data_and_of_centred_wavelets(monkeypatch, shape):
    rng = np.random.default_rng(0)
    data, wavelets = rng.standard_normal(shape), [rng.standard_normal(n) for n in (9, 5, 7)]
    seen = {}
    monkeypatch.setattr(baselines, "invert", lambda *given, **more: seen.update(more, given=given))
    settings = InversionSettings("l0")
    invert_stack(data, wavelets, settings, sample_interval=0.004, noise_level=6.0)
    stacked, (mean,), *rest = seen.pop("given")
    np.testing.assert_allclose(stacked, [sum(data) / 3])
    padded = [np.pad(wavelet, (9 - wavelet.size) // 2) for wavelet in wavelets]
    np.testing.assert_allclose(mean, sum(padded) / 3)
    assert rest == [settings]
    assert seen == {"noise_level": 2.0, "sample_interval": 0.004}


def test_the_noise_of_the_stack_is_that_of_averaged_white_noise():
    noise = np.random.default_rng(0).standard_normal((16, 5000))
    stacked = np.linalg.norm(noise.mean(axis=0))
    assert np.linalg.norm(noise) / 16 == pytest.approx(stacked, rel=0.03)


@pytest.mark.parametrize("polarity", ["kept", "reversing"])
def test_a_comparison_scores_all_ways_on_one_case(polarity):
    case = make_case(3, 15, polarity=polarity, random_state=7)
    given = {"noise_level": case.noise_level} | SETTINGS
    joint = invert(case.data, case.wavelets, **given)
    single = invert_shots(case.data, case.wavelets, **given)
    stack = invert_stack(case.data, case.wavelets, **given)
    scores = compare(3, 15, polarity, 7, "l21")
    assert scores.joint == reflector_f1(joint.reflectors, case.reflectors)
    assert scores.stack == reflector_f1(stack.reflectors, case.reflectors)
    each = [reflector_f1(one.reflectors, case.reflectors) for one in single]
    assert scores.single_shot == pytest.approx(np.mean(each))


def test_only_eight_single_shots_are_inverted_with_their_own_noise():
    case = make_case(10, 15, random_state=1)
    own = case.noise_level / np.sqrt(10)
    each = [
        invert(case.data[[shot]], case.wavelets[shot], noise_level=own, **SETTINGS).reflectors
        for shot in range(8)
    ]
    expected = np.mean([reflector_f1(found, case.reflectors) for found in each])
    assert compare(10, 15, "kept", 1, "l21").single_shot == pytest.approx(expected)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scores_are_in_the_order_of_cases_and_seeds(n_jobs):
    cases = [(2, 20.0, "kept"), (1, 5.0, "reversing")]
    scores = compare_cases(iter(cases), 2, method="l21", n_jobs=n_jobs)
    assert [one.shape for one in scores] == [(2, 3), (2, 3)]
    for case, rows in zip(cases, scores, strict=True):
        for seed, row in enumerate(rows):
            assert tuple(row) == compare(*case, seed, "l21")


def test_average_scores_are_means_over_seeds():
    every = []
    for seed in range(2):
        case = make_case(2, 10, random_state=seed)
        found = invert(case.data, case.wavelets, noise_level=case.noise_level, **SETTINGS)
        every.append(score_reflectors(found.reflectors, found.reflectivity, case.reflectivity))
    means = average_scores(2, 10, 2, "l21")
    assert set(means) == set(every[0])
    for name, mean in means.items():
        assert mean == pytest.approx(np.mean([scores[name] for scores in every]))
