"""The front door: settings, addresses, commands, the demonstration."""
