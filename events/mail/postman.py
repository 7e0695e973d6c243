"""The postman: a thread beside the worker's tasks, so that a mail leaves at once, whatever the worker is busy with.

Issuing two hundred certificates takes minutes, and a mail server may be slow to fail. Neither keeps the other waiting, and
somebody at the sign-in page waits for neither.
"""

import logging
import threading

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from events.mail.delivery import deliver_due

logger = logging.getLogger(__name__)

#: The longest wait, in seconds, for a database that does not answer.
LONGEST_WAIT = 10.0


class Postman(threading.Thread):
    """Sends due messages until it is stopped; looks for more every ``interval`` seconds. It has its own database connection."""

    def __init__(self, interval: float) -> None:
        super().__init__(name="postman")
        self.interval = interval
        self._stopped = threading.Event()

    def run(self) -> None:
        """Deliver, rest, and never give up."""
        try:
            wait = self.interval
            while not self._stopped.is_set():
                wait = self._round(wait)
                self._stopped.wait(wait)
        finally:
            connections.close_all()

    def _round(self, wait: float) -> float:
        """Send all that is due. Returns how long to rest."""
        try:
            close_old_connections()
            while not self._stopped.is_set() and deliver_due(is_stopped=self._stopped.is_set):
                pass
        except (OperationalError, InterfaceError) as error:
            wait = min(max(wait, 0.5) * 2, LONGEST_WAIT)
            logger.error("The database does not answer (%s); the postman tries again.", type(error).__name__)  # noqa: TRY400
            connections.close_all()
            return wait
        except Exception:
            logger.exception("The postman stumbled; messages wait for the next round.")
            return LONGEST_WAIT
        return self.interval

    def stop(self) -> None:
        """Let the message at hand be sent and noted, then end."""
        self._stopped.set()
        if self.is_alive():
            self.join()
