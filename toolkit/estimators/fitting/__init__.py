"""What every estimator needs for its fit: checked training data, groups, attributes."""
