"""The questionnaire after an event: anonymous towards the organiser."""
