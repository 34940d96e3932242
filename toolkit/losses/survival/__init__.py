"""The loss of survival times."""
