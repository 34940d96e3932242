"""Reading damaged files safely and writing files completely or not at all."""
