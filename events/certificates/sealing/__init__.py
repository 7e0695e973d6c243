"""The electronic seal of a centre on its certificates (PAdES)."""
