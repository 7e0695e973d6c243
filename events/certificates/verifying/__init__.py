"""Is it genuine? Open to whoever has a number or a file."""
