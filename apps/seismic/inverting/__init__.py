"""From data to reflectivity."""
