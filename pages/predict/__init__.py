"""Grade one point of one slice."""
