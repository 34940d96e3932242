"""Estimators of survival times."""
