"""Commands of the wings."""
