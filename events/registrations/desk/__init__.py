"""What organisers see: the list of registrations, quotas and rules, questions, imports, requests."""
