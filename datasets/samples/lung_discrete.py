"""LUNG_DISCRETE: gene expression in lung tumours at three levels.

No licence is stated for the file, so the package does not carry it: it is fetched and verified.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from .data_file import DataFile

if TYPE_CHECKING:
    from ...toolkit.randomness import RandomState
    from .loader_options import LabelledSamples

FILE = DataFile(
    names=("lung_discrete.mat", "lung_small.mat"),
    address=(
        "https://raw.githubusercontent.com/jundongl/scikit-feature/"
        "266c9a384e579832e2412433b4ee8d40f9c840fe/website/files/datasets/lung_discrete.mat"
    ),
    sha256="93c6a65eb1f6f9f95ac897010c337254a57c57e7f8c0c9a7963a0e03de8233f4",
)
_SHAPE = (73, 325)
_N_CLASSES = 7

DESCRIPTION = """\
LUNG_DISCRETE: expression of genes in lung tumours, at three levels.

73 samples of 325 genes, the values -2, 0 and 2; 7 classes of 6, 5, 5, 16, 7, 13
and 21 samples. The file names neither genes nor classes: the features are called
gene_001 to gene_325 and the classes class 1 to class 7, by their position in the
file and their label there; the target counts from 0. No value is missing.

With balance="oversample" there are 147 = 7 * 21 samples, as in Petrosyan, Pieper
and Tran, section 7.2. Not to be confused with the lung data of 203 samples and
3312 genes.

The file lung_discrete.mat, also published as lung_small.mat, belongs to the
feature selection repository of Arizona State University. No licence is stated.

Cite: J. Li et al., Feature selection: a data perspective, ACM Computing Surveys
50(6), 2018; and H. Peng, F. Long and C. Ding, Feature selection based on mutual
information, IEEE TPAMI 27(8), 2005.
"""


def load_lung_discrete(
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
    balance: str | None = None,
    random_state: RandomState = None,
) -> Any:
    """Load LUNG_DISCRETE: 73 tumour samples, 325 genes at three expression levels, 7 classes.

    The file ``lung_discrete.mat`` (or ``lung_small.mat``) is fetched once, and
    its checksum is verified at every read.

    Parameters
    ----------
    data_home : path-like, optional
        The folder of the file, to which it is also downloaded. By default the
        one named by the environment variable ``GROUPSPARSE_DATA``, else the
        user's cache.
    download_if_missing : bool
        Whether a missing file may be downloaded.
    return_X_y : bool
        Return ``(data, target)`` only, without the sample indices that balanced
        data need.
    as_frame : bool
        Return pandas objects instead of arrays.
    balance : {None, "oversample"}
        "oversample" repeats samples at random until every class has 21: all 73
        in their order, then class by class the repeated ones. The numbers of
        occurrences of two samples of one class differ by at most one.
    random_state : int, Generator, RandomState or None
        Seed of the oversampling.

    Returns
    -------
    Bunch
        `data` : ndarray of float64, shape (73, 325), or (147, 325) if balanced;
        the values are -2, 0 and 2.
        `target` : ndarray of intp, 0 to 6: the label in the file less one.
        `frame` : DataFrame of both with the column "target", or None.
        `feature_names` : ndarray of str, "gene_001" to "gene_325": positions,
        since the file has no names.
        `target_names` : ndarray of str, "class 1" to "class 7".
        `sample_indices` : ndarray of intp, the original sample of each row. As
        ``groups`` of `GroupKFold` or `StratifiedGroupKFold` it keeps all copies
        of a sample on one side of every split.
        `DESCR` : str, with the citation.
    tuple
        ``(data, target)``, if `return_X_y`.

    Raises
    ------
    FileNotFoundError
        If the file is missing, and may not or cannot be downloaded. The message
        gives its address and the folder to put it into.
    NotADirectoryError
        If `data_home` or ``GROUPSPARSE_DATA`` is not a folder.
    ValueError
        If the file has a wrong checksum, a flag is not a bool, or `balance` is
        unknown.

    Notes
    -----
    J. Li et al., ACM Computing Surveys 50(6), 2018; H. Peng, F. Long and
    C. Ding, IEEE TPAMI 27(8), 2005.

    Examples
    --------
    >>> load_lung_discrete(data_home=".", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: lung_discrete.mat (or lung_small.mat) is not in ... Put the file from ...
    """
    from ...toolkit.checks import check_flag
    from .loader_options import LoaderOptions

    check_flag("download_if_missing", download_if_missing)
    options = LoaderOptions(return_X_y, as_frame, balance, random_state)
    content = FILE.read(FILE.fetch(data_home, download=download_if_missing))
    return options.arrange(_decode(content))


def _decode(content: bytes) -> LabelledSamples:
    """Return the samples in a MAT file of the expected shape."""
    import numpy as np
    import scipy.io

    from .loader_options import LabelledSamples

    stream: Any = io.BytesIO(content)  # accepted, although the types of SciPy allow paths only
    values = scipy.io.loadmat(stream)
    data = np.ascontiguousarray(values["X"], dtype=np.float64)
    labels = values["Y"].ravel().astype(np.intp)
    expected = np.arange(1, _N_CLASSES + 1)
    if data.shape != _SHAPE or not np.array_equal(np.unique(labels), expected):
        raise ValueError(
            f"lung_discrete.mat must hold X of shape {_SHAPE} and labels 1 to {_N_CLASSES}, "
            f"got shape {data.shape} and labels {np.unique(labels).tolist()}"
        )
    genes = np.array([f"gene_{number:03d}" for number in range(1, data.shape[1] + 1)])
    classes = np.array([f"class {label}" for label in expected])
    return LabelledSamples(data, labels - 1, genes, classes, DESCRIPTION)
