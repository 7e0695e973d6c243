"""Other people's calendars in: fetched from the addresses that centres give, read, and kept as entries."""
