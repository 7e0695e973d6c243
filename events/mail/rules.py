"""Who may read messages that are not their own."""

from network.rules import is_secretariat, permission

permission("events.read_messages", is_secretariat)
