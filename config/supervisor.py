"""Keeps a few processes running together: all of them, or none."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

GRACE = 10.0  # seconds that a process has to finish what it is doing
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Starts processes, waits, and stops them together: when one ends, or on Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self, say: Callable[[str], None], *, grace: float = GRACE) -> None:
        self.say = say
        self.grace = grace
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_asked = threading.Event()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start one. It gets a session of its own, so that Ctrl-C reaches it through us alone, once."""
        self.processes[name] = subprocess.Popen(list(command), env={**os.environ, **environment}, start_new_session=True)  # noqa: S603

    def listen(self) -> None:
        """Take Ctrl-C and its kin as the wish to stop. Call it before the first start, from the main thread."""
        for number in _STOPPING:
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked.set()

    def ended(self) -> tuple[str, int] | None:
        """A process that ended by itself, with its exit code."""
        for name, process in self.processes.items():
            if (code := process.poll()) is not None:
                return name, code
        return None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Whether ``ready`` came true in time. False as soon as a process ends or a stop is asked for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.stop_asked.is_set() or self.ended():
                return False
            if ready():
                return True
            time.sleep(0.02)
        return False

    def run(self) -> int:
        """Wait for the end of it, then stop what still runs. 0 if that was asked for, 1 if a process ended by itself."""
        try:
            while not self.stop_asked.wait(0.2):
                if end := self.ended():
                    name, code = end
                    self.say(f"The {name} has ended with code {code}; stopping everything.")
                    return 1
            return 0
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask all to finish, and after ``grace`` seconds make them."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + self.grace
        for name, process in self.processes.items():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self.say(f"The {name} does not stop; ending it.")
                process.kill()
                process.wait()
