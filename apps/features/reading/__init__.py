"""Reading tables of features from files."""
