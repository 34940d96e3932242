"""Penalties and paths of estimators, whatever their targets mean."""
