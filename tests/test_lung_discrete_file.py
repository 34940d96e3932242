"""The file `lung_discrete.mat` is the one that the published experiments used.

73 samples of 325 genes in 7 classes: Peng, Long and Ding, IEEE TPAMI 27(8), 2005, as distributed
with Li et al., ACM Computing Surveys 50(6), 2018. Not the `lung` data of 203 samples of 3312 genes.
"""

import hashlib

import numpy as np
import pytest
import scipy.io

SHA256 = "93c6a65eb1f6f9f95ac897010c337254a57c57e7f8c0c9a7963a0e03de8233f4"


@pytest.fixture(scope="module")
def path(data_dir):
    return data_dir / "lung_discrete.mat"


@pytest.fixture(scope="module")
def contents(path):
    return scipy.io.loadmat(path)


def test_checksum(path):
    raw = path.read_bytes()
    assert len(raw) == 7516
    assert hashlib.sha256(raw).hexdigest() == SHA256


def test_samples_are_rows_of_discrete_values(contents):
    assert contents["X"].shape == (73, 325)
    np.testing.assert_array_equal(np.unique(contents["X"]), [-2, 0, 2])


def test_class_counts(contents):
    labels, counts = np.unique(contents["Y"].ravel(), return_counts=True)
    np.testing.assert_array_equal(labels, [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(counts, [6, 5, 5, 16, 7, 13, 21])
