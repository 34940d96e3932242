"""Selection of the few features that represent, or predict, a whole data set."""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import make_lazy_names

if TYPE_CHECKING:
    from ...toolkit.estimators import (
        ColumnSubsetSelector as ColumnSubsetSelector,
        JointSparseSelector as JointSparseSelector,
    )
    from .compare import compare_methods as compare_methods
    from .folds import CrossValidation as CrossValidation
    from .page.content import Report as Report
    from .page.report import write_report as write_report
    from .reading.table_file import read_table as read_table
    from .selection_file import write_h5ad as write_h5ad, write_selection as write_selection
    from .separation import measure_class_separation as measure_class_separation
    from .table import FeatureTable as FeatureTable
    from .univariate import make_univariate_selectors as make_univariate_selectors
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
