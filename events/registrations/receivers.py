"""What the registrations wing hears from the floors below."""
