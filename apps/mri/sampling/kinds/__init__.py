"""The kinds of masks, one file each."""
