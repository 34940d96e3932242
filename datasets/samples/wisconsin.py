"""WISCONSIN: cell nuclei of breast tumours, from the copy that scikit-learn carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...toolkit.randomness import RandomState

DESCRIPTION = """\
WISCONSIN (Diagnostic): cell nuclei of breast tumours.

569 samples, each the digitised picture of a fine needle aspirate of a breast
mass: 212 malignant (0), 357 benign (1). 30 features, all positive or zero: mean,
standard error and largest values ("mean", "error", "worst") of ten properties of
the nuclei in the picture, such as radius, texture and concavity. The units
differ; standardise before comparing columns. No value is missing.

With balance="oversample" there are 714 = 2 * 357 samples, as in Petrosyan,
Pieper and Tran, section 7.2.

Cite: W. H. Wolberg, O. L. Mangasarian, N. Street and W. Street, Breast Cancer
Wisconsin (Diagnostic), UCI Machine Learning Repository, 1993,
doi:10.24432/C5DW2B (CC BY 4.0); and W. N. Street, W. H. Wolberg and
O. L. Mangasarian, Nuclear feature extraction for breast tumor diagnosis,
Proc. SPIE 1905, 1993, doi:10.1117/12.148698.
"""


def load_wisconsin(
    *,
    return_X_y: bool = False,
    as_frame: bool = False,
    balance: str | None = None,
    random_state: RandomState = None,
) -> Any:
    """Load WISCONSIN: 569 breast tumours, 30 features of their cell nuclei, 2 classes.

    Nothing is downloaded: scikit-learn carries the data.

    Parameters
    ----------
    return_X_y : bool
        Return ``(data, target)`` only, without the sample indices that balanced
        data need.
    as_frame : bool
        Return pandas objects instead of arrays.
    balance : {None, "oversample"}
        "oversample" repeats malignant samples at random until both classes have
        357: all 569 in their order, then the repeated ones. The numbers of
        occurrences of two of them differ by at most one.
    random_state : int, Generator, RandomState or None
        Seed of the oversampling.

    Returns
    -------
    Bunch
        `data` : ndarray of float64, shape (569, 30), or (714, 30) if balanced.
        `target` : ndarray of intp, 0 = malignant, 1 = benign.
        `frame` : DataFrame of both with the column "target", or None.
        `feature_names`, `target_names` : ndarrays of str.
        `sample_indices` : ndarray of intp, the original sample of each row. As
        ``groups`` of `GroupKFold` or `StratifiedGroupKFold` it keeps all copies
        of a sample on one side of every split.
        `DESCR` : str, with the citation.
    tuple
        ``(data, target)``, if `return_X_y`.

    Raises
    ------
    ValueError
        If a flag is not a bool, or `balance` is unknown.

    Notes
    -----
    W. N. Street, W. H. Wolberg and O. L. Mangasarian, Proc. SPIE 1905, 1993.

    Examples
    --------
    >>> data = load_wisconsin(balance="oversample", random_state=0)
    >>> data.data.shape, int((data.target == 0).sum()), data.sample_indices[568:571]
    ((714, 30), 357, array([568,   0,   1]))
    """
    from sklearn.datasets import load_breast_cancer

    from .loader_options import LabelledSamples, LoaderOptions

    options = LoaderOptions(return_X_y, as_frame, balance, random_state)
    bundled = load_breast_cancer()
    target = bundled.target.astype("intp")
    names = bundled.feature_names, bundled.target_names
    return options.arrange(LabelledSamples(bundled.data, target, *names, DESCRIPTION))
