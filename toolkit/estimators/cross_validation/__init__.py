"""Regressors that choose the strength of their penalty or their number of groups."""
