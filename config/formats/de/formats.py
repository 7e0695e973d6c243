"""German as Django has it, with a comma before the time, as in English."""

DATETIME_FORMAT = "j. F Y, H:i"
