"""Who comes: registrations, places and the waiting list."""
