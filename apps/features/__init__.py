"""Choosing the few features that represent, or predict, a whole data set."""
