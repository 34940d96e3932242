"""Choosing the few features that represent, or predict, a whole data set."""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import make_lazy_names

if TYPE_CHECKING:
    from ...toolkit.estimators import (
        ColumnSubsetSelector as ColumnSubsetSelector,
        JointSparseSelector as JointSparseSelector,
    )
    from .compare import compare_methods as compare_methods
    from .h5ad_output import write_h5ad as write_h5ad
    from .page.report import Report as Report, write_report as write_report
    from .reading.table_file import read_table as read_table
    from .selection_file import write_selection as write_selection
    from .separation import class_separation as class_separation
    from .table import FeatureTable as FeatureTable
    from .univariate import univariate_selectors as univariate_selectors
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
