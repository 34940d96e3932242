"""Repeated experiments of the papers: trials, a table with the published values, a figure."""
