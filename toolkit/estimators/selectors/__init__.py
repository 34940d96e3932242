"""Feature selectors."""
