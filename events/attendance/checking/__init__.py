"""Checking in: the desk with and without a network, tickets, and the rotating code on the room’s screen."""
