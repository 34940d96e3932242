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
    from .report import Report, write_report
    from .selection_file import write_selection
    from .separation import class_separation
    from .table import FeatureTable
    from .table_file import read_table
    from .univariate import univariate_selectors
else:
    _MODULES = {
        "ColumnSubsetSelector": "..toolkit.estimators",
        "FeatureTable": "table",
        "JointSparseSelector": "..toolkit.estimators",
        "class_separation": "separation",
        "compare_methods": "compare",
        "read_table": "table_file",
        "univariate_selectors": "univariate",
        "write_h5ad": "h5ad_output",
        "write_report": "report",
        "write_selection": "selection_file",
    }
    __getattr__, __dir__ = lazy_names(__name__, __all__, _MODULES)
