"""Data sets of real samples with classes."""
