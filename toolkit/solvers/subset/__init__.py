"""Search for the best subset of columns."""
