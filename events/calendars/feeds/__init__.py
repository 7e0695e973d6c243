"""What programs read: which entries are in a feed, the stored body, and how it travels over HTTP."""
