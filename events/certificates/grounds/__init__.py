"""On what certificates stand besides attendance: assessments that were passed, and parts that people had in an event."""
