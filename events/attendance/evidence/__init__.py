"""Proof: signature sheets, the scans of signed ones, and one pack per event in which an auditor finds everything."""
