"""What participants see: the event's page, registering, and the registration's own page."""
