"""Issuing: what was earned becomes a row, a file and a hash, once."""
