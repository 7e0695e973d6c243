"""The holder: my certificates of all centres."""
