"""Invitations by mail (iTIP over iMIP, RFC 5546 and 6047): who is told what of which entry, and the bytes of it."""
