"""What the mail wing hears from the floors below."""
