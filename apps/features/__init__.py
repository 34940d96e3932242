"""Choosing the few features that represent, or predict, a whole data set."""

from typing import TYPE_CHECKING

from ...toolkit.lazy_names import lazy_names

__all__ = [
    "ColumnSubsetSelector",
    "FeatureTable",
    "JointSparseSelector",
    "Report",
    "class_separation",
    "compare_methods",
    "read_table",
    "univariate_selectors",
    "write_h5ad",
    "write_report",
    "write_selection",
]

if TYPE_CHECKING:
    from ...toolkit.estimators import ColumnSubsetSelector, JointSparseSelector
    from .compare import compare_methods
    from .h5ad_output import write_h5ad
    from .page.report import Report, write_report
    from .reading.table_file import read_table
    from .selection_file import write_selection
    from .separation import class_separation
    from .table import FeatureTable
    from .univariate import univariate_selectors
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "..toolkit.estimators": (
                "ColumnSubsetSelector",
                "JointSparseSelector",
            ),
            "compare": ("compare_methods",),
            "h5ad_output": ("write_h5ad",),
            "page.report": (
                "Report",
                "write_report",
            ),
            "reading.table_file": ("read_table",),
            "selection_file": ("write_selection",),
            "separation": ("class_separation",),
            "table": ("FeatureTable",),
            "univariate": ("univariate_selectors",),
        },
    )
