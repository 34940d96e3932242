"""The experiments of the papers again: trials, a table beside the published values, a figure."""
