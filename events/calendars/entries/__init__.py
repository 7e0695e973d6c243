"""What is said of a session: the entry, its revision, and the bytes of iCalendar."""
