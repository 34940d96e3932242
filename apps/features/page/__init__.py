"""The page about a selection of features."""
