"""What is published: events, their sessions, venues and speakers."""
