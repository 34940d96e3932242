"""The report on a selection of features."""
