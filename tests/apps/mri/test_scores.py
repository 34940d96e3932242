"""Scores of every channel, of all pixels and of those of the object, against their definitions."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from groupsparse.apps.mri.scores import find_object, score_channels
from groupsparse.datasets import load_head_slice

HEAD = load_head_slice().astype(float)


def test_scores_of_all_pixels_and_inside_follow_their_definitions():
    truth = np.stack([HEAD, HEAD**2])
    image = truth + 0.02 * np.random.default_rng(0).standard_normal(truth.shape)
    inside = find_object(truth)
    scores = score_channels(image, truth, 2.0)
    assert [score.channel for score in scores] == [1, 2]
    for score, a, b in zip(scores, image, truth, strict=True):
        for figures, kept in ((score.whole, np.ones_like(inside)), (score.inside, inside)):
            error = (a - b)[kept]
            assert figures.psnr == pytest.approx(10 * np.log10(4 / np.mean(error**2)))
            assert figures.nrmse == pytest.approx(np.linalg.norm(error) / np.linalg.norm(b[kept]))
        mean, similar = structural_similarity(a, b, data_range=2.0, full=True)
        assert score.whole.ssim == pytest.approx(mean)
        assert score.inside.ssim == pytest.approx(similar[inside].mean())


def test_the_object_is_the_head_with_its_cavities():
    inside = find_object(HEAD[None])
    assert 0.3 < inside.mean() < 0.6
    assert not inside[:, 0].any()
    volume = np.stack([HEAD, np.zeros_like(HEAD)])[None]
    np.testing.assert_array_equal(find_object(volume)[0].sum() > 0, True)
    assert not find_object(volume)[1].any()


def test_scores_that_are_not_defined_are_left_out():
    nothing = score_channels(np.ones((1, 4, 4)), np.zeros((1, 4, 4)), 1.0)[0]
    assert nothing.whole == (0.0, None, None)
    assert nothing.inside == (None, None, None)
    assert nothing.as_figures()["object_psnr"] is None
