"""Proof: certificates, frozen at issue, that anybody can check."""
