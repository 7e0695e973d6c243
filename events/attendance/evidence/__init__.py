"""Proof for an auditor: signature sheets, their scans, and the evidence pack."""
