"""What `random_state` may be, and that the same gives the same."""

import numpy as np
import pytest

from groupsparse.toolkit.randomness import check_random_state, draw_entropy, make_generator


@pytest.mark.parametrize("value", [0, 7, np.int64(3), np.uint8(4), 2**70])
def test_integers_are_seeds(value):
    expected = np.random.default_rng(int(value)).random(3)
    assert make_generator(value).random(3).tolist() == expected.tolist()
    assert draw_entropy(value) == value


def test_a_generator_is_used_itself():
    rng = np.random.default_rng(0)
    assert make_generator(rng) is rng


def test_a_random_state_gives_the_same_for_the_same_and_goes_on():
    first, second = np.random.RandomState(5), np.random.RandomState(5)
    assert make_generator(first).random() == make_generator(second).random()
    assert make_generator(first).random() != make_generator(np.random.RandomState(5)).random()


def test_none_is_new_every_time():
    assert make_generator(None).random() != make_generator(None).random()


@pytest.mark.parametrize("value", ["bad", 1.5, -1, [1, 2], np.nan, np.random, 1j, object()])
def test_anything_else_is_refused(value):
    for take in (check_random_state, make_generator, draw_entropy):
        with pytest.raises(ValueError, match="random_state must be an integer"):
            take(value)
