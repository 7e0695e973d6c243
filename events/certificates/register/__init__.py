"""The register of a centre: who earned, who has, what is to do."""
