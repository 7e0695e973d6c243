"""What the calendars wing hears from the floors below."""
