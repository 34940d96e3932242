"""Classes of equal size by repeated samples, which no split of groups takes apart."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

from groupsparse.datasets.samples.loader_options import oversample
from groupsparse.datasets.samples.lung_discrete import load_lung_discrete
from groupsparse.datasets.samples.wisconsin import load_wisconsin

SEEDS = range(5)


@pytest.fixture(params=["wisconsin", "lung_discrete"])
def load(request):
    """Load a data set in the given balance."""
    if request.param == "wisconsin":
        return load_wisconsin
    folder = request.getfixturevalue("data_dir")
    return lambda **options: load_lung_discrete(
        data_home=folder, download_if_missing=False, **options
    )


def straddling(splitter, bunch, groups=None) -> int:
    """Count original samples of which there are copies on both sides of a split."""
    where = bunch.sample_indices
    splits = splitter.split(bunch.data, bunch.target, groups)
    return sum(np.intersect1d(where[train], where[test]).size for train, test in splits)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_copy_straddles_a_fold(load, seed):
    bunch = load(balance="oversample", random_state=seed)
    shuffled = {"n_splits": 5, "shuffle": True, "random_state": seed}
    groups = bunch.sample_indices
    assert straddling(StratifiedGroupKFold(**shuffled), bunch, groups) == 0
    assert straddling(GroupKFold(5), bunch, groups) == 0
    assert straddling(StratifiedKFold(**shuffled), bunch) > 0  # so that this test can fail


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fold_of_groups_sees_every_class(load, seed):
    bunch = load(balance="oversample", random_state=seed)
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    for train, _ in splitter.split(bunch.data, bunch.target, bunch.sample_indices):
        assert set(bunch.target[train]) == set(bunch.target)


def test_each_sample_is_repeated_as_evenly_as_possible(load):
    plain = load()
    bunch = load(balance="oversample", random_state=0)
    n_samples = len(plain.target)
    np.testing.assert_array_equal(plain.sample_indices, np.arange(n_samples))
    np.testing.assert_array_equal(bunch.sample_indices[:n_samples], np.arange(n_samples))
    np.testing.assert_array_equal(bunch.data, plain.data[bunch.sample_indices])
    np.testing.assert_array_equal(bunch.target, plain.target[bunch.sample_indices])
    sizes = np.bincount(plain.target)
    np.testing.assert_array_equal(np.bincount(bunch.target), sizes.max())
    copies = np.bincount(bunch.sample_indices)
    for label, size in enumerate(sizes):
        assert set(copies[plain.target == label]) <= {sizes.max() // size, -(-sizes.max() // size)}


def test_one_seed_one_choice(load):
    one, same, other = (
        load(balance="oversample", random_state=seed).sample_indices for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    generator = load(balance="oversample", random_state=np.random.default_rng(1))
    np.testing.assert_array_equal(generator.sample_indices, one)


def test_the_additional_copies_are_drawn_evenly():
    """Of 3 samples for 4 places, each is the repeated one in a third of the draws."""
    labels = [0, 0, 0, 0, 1, 1, 1]
    drawn = [oversample(labels, seed)[-1] for seed in range(300)]
    assert set(drawn) == {4, 5, 6}
    assert np.bincount(drawn)[4:].min() > 70


@pytest.mark.parametrize("labels", [["a"], ["b", "a", "b", "a"]])
def test_balanced_classes_stay_as_they_are(labels):
    indices = oversample(labels)
    assert indices.dtype == np.intp
    np.testing.assert_array_equal(indices, np.arange(len(labels)))


@pytest.mark.parametrize("balance", ["undersample", True, 1, ""])
def test_another_balance_is_refused(load, balance):
    with pytest.raises(ValueError, match="balance must be one of None, 'oversample', got"):
        load(balance=balance)
