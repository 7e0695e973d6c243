"""Every message: composed, queued in the transaction that caused it, delivered, logged."""
