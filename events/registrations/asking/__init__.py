"""What an event asks its participants, and what they answer."""
