"""Safe reading of damaged files, and writing of files completely or not at all."""
