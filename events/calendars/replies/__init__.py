"""Replies from mail clients (iTIP over iMIP): read, matched, authenticated, and what they do to a registration."""
