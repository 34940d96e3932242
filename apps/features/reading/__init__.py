"""Tables of features, read from files."""
