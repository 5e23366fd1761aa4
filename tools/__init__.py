"""What `make` runs around the program: the environment, system libraries, the checks."""
