"""The registrations wing over HTTP, for programs."""
