"""ISMRMRD: the XML header, lines of k-space, and images."""
