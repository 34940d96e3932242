"""Greedy pursuits and hard thresholding."""
