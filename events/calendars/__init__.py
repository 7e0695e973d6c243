"""What a calendar program reads: entries, feeds and their addresses."""
