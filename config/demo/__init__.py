"""The demonstration: people, a season of events, and the main job told as a story. Nothing here runs in production."""
