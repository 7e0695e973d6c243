"""Template tags: what templates ask of the wings."""
