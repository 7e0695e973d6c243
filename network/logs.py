"""What must not stand in a log: the secrets that are part of addresses."""

import logging
import re

# A public calendar has a name with an ending there, a secret one a token and another part behind it.
_SECRET = re.compile(r"(/calendars/)[^/\s.]{16,}(?=[/\s]|$)|(/(?:replies|registrations)/)[^/\s]{16,}")


class WithoutSecrets(logging.Filter):
    """Masks the token in the addresses of personal calendars, of registrations and of replies, in whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, masked."""
        said = record.getMessage()
        masked = _SECRET.sub(lambda found: f"{found[1] or found[2]}…", said)
        if masked != said:
            record.msg, record.args = masked, ()
        return True
