"""Who came: the roster of each session, and the hours that follow from it."""
