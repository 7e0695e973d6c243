"""What a certificate needs: the event's terms, reports that are handed in, and how each person's hours came about."""
