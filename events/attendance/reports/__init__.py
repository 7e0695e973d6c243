"""Attendance reports of webinar tools: read, matched, previewed, recorded."""
