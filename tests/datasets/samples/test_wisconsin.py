"""WISCONSIN is scikit-learn's copy, in the same forms, and balanced as in the paper."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from groupsparse.datasets.samples.wisconsin import load_wisconsin


def test_a_bunch_as_scikit_learn_gives_it():
    ours, theirs = load_wisconsin(), load_breast_cancer()
    assert ours.data.dtype == np.float64
    for key in ("data", "target", "feature_names", "target_names"):
        np.testing.assert_array_equal(ours[key], theirs[key])
    assert list(ours.target_names) == ["malignant", "benign"]
    assert ours.frame is None
    assert "doi:10.24432/C5DW2B" in ours.DESCR
    assert sorted(ours) == sorted(
        ["DESCR", "data", "feature_names", "frame", "sample_indices", "target", "target_names"]
    )


def test_frames_as_scikit_learn_gives_them():
    ours, theirs = load_wisconsin(as_frame=True), load_breast_cancer(as_frame=True)
    pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_dtype=False)
    pd.testing.assert_frame_equal(ours.data, theirs.data)
    pd.testing.assert_series_equal(ours.target, theirs.target, check_dtype=False)
    assert isinstance(ours.sample_indices, np.ndarray)


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize("balance", [None, "oversample"])
def test_features_and_target_only(as_frame, balance):
    options = {"as_frame": as_frame, "balance": balance, "random_state": 0}
    bunch = load_wisconsin(**options)
    features, target = load_wisconsin(return_X_y=True, **options)
    assert (type(features), type(target)) == (type(bunch.data), type(bunch.target))
    np.testing.assert_array_equal(features, bunch.data)
    np.testing.assert_array_equal(target, bunch.target)


def test_balanced_as_in_the_paper():
    bunch = load_wisconsin(balance="oversample", as_frame=True, random_state=0)
    assert bunch.frame.shape == (714, 31)
    assert bunch.target.value_counts().to_dict() == {0: 357, 1: 357}
    assert bunch.frame.index.is_unique


def test_what_one_caller_changes_another_does_not_see():
    first = load_wisconsin()
    first.data[:] = 0
    first.target_names[:] = "x"
    assert load_wisconsin().data.all(axis=0).any()
    assert load_wisconsin().target_names[0] == "malignant"


@pytest.mark.parametrize("flag", ["return_X_y", "as_frame"])
def test_a_flag_is_true_or_false(flag):
    with pytest.raises(ValueError, match=f"{flag} must be True or False, got 'yes'"):
        load_wisconsin(**{flag: "yes"})
