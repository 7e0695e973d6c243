"""Attendance reports of webinars: read as the tools export them, matched to participants, shown, and recorded on a yes."""
