"""How people get at it: the choice of a calendar, addresses of their own, links for each program."""
