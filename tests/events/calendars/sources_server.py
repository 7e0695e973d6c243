"""A server that publishes calendars, well or badly: a real one, on this machine."""

import gzip
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from events.calendars.sources import actions, updating


@dataclass
class Reply:
    """What is sent: headers and body, or the very bytes; piece by piece if it is to be slow."""

    body: bytes = b""
    status: str = "200 OK"
    headers: dict = field(default_factory=dict)
    raw: bytes | None = None
    pause: float = 0.0  # between octets

    def octets(self):
        if self.raw is not None:
            return self.raw
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
        return f"HTTP/1.1 {self.status}\r\n{head}Connection: close\r\n\r\n".encode() + self.body


class CalendarServer:
    """Answers each path with what the story put there; remembers what was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.names: list[str | None] = []  # that TLS asked for
        self._tls = tls
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.door = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.door}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def put(self, path, body=b"", **facts):
        """Publish; returns the address."""
        self.pages[path] = Reply(body.encode() if isinstance(body, str) else body, **facts)
        return f"{self.url}{path}"

    def close(self):
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _peer = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with suppress(OSError), connection:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            first, *rest = request.decode().split("\r\n\r\n")[0].split("\r\n")
            headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in rest)}
            path = first.split(" ")[1]
            self.asked.append((path, headers))
            reply = self.pages.get(path, Reply(b"no such page", status="404 Not Found"))
            tag = reply.headers.get("ETag")
            if tag and headers.get("if-none-match") == tag:
                reply = Reply(status="304 Not Modified", headers={"ETag": tag})
            octets = reply.octets()
            if reply.pause:
                for octet in octets:
                    connection.sendall(bytes([octet]))
                    time.sleep(reply.pause)
            else:
                connection.sendall(octets)
            if self._tls is not None:
                connection.close()


def event(*lines, uid="one@partner.example", title="Open day", starts="DTSTART:20270610T080000Z"):
    """A VEVENT of another program."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", starts, *lines, "END:VEVENT", ""])


def calendar(*components, head=()):
    """A calendar file of another program."""
    start = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Partner//EN", *head, ""]
    return ("\r\n".join(start) + "".join(components) + "END:VCALENDAR\r\n").encode()


def bomb(size):
    """So many zeros, packed."""
    return gzip.compress(b"\0" * size)


def added(**facts):
    """A calendar that was added, and read by the worker."""
    return by_worker(actions.add(**facts))


def shown(**facts):
    """The same, shown to everybody."""
    return by_worker(actions.show(source=added(**facts), by=facts["by"]))


def by_worker(source):
    """The source when the worker has done what is asked of it."""
    updating.fetch_due()
    source.refresh_from_db()
    return source


def later(clock, source, hours=6.5):
    """The worker comes by when the source is due again; returns how many it fetched."""
    clock(timezone.now() + timedelta(hours=hours))
    done = updating.fetch_due()
    source.refresh_from_db()
    return done
