"""Reading and writing surveys, wavelets and velocities."""
