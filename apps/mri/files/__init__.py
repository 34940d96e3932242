"""Files of images, k-space and masks."""
