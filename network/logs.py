"""What must not stand in a log: the secrets that are part of addresses."""

import logging
import re

# A public calendar has a name with an ending there, a secret one a token and another part behind it.
# A ticket and a certificate have seventeen letters and digits, written with hyphens or without.
# Who fills in an evaluation is nobody's business, so there the plain number of a registration is masked, too.
_SECRET = re.compile(
    r"(/calendars/)[^/\s.]{16,}(?=[/\s]|$)|(/(?:replies|registrations)/)(?:[^/\s]{16,}|[0-9]+(?=/evaluation\b))"
    r"|(/(?:t|verify|credentials|certificates)/)(?:[0-9A-Za-z]-?){16,20}(?![0-9A-Za-z-])"
)


class WithoutSecrets(logging.Filter):
    """Masks what stands for a person in the addresses of calendars, registrations, replies, tickets and certificates."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, masked."""
        said = record.getMessage()
        masked = _SECRET.sub(lambda found: f"{found[1] or found[2] or found[3]}…", said)
        if masked != said:
            record.msg, record.args = masked, ()
        return True
