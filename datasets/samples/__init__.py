"""Real data sets of samples and classes."""
