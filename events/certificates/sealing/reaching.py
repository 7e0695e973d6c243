"""Asks the services that a seal needs: signing, time stamps, revocation lists. Few octets each way, within bounds of time.

Their addresses come from the administrator and from certificates. Only public machines are reached, by the very address that
was checked, and those that SEAL_SERVICES_MAY_REACH names. No redirect is followed, no proxy asked.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

PORTS = {"https": 443, "http": 80}
CONNECT_SECONDS, PIECE_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 30.0
MOST_OCTETS = 10 * 2**20  # the revocation lists of large authorities have some megabytes

# Wraps of other addresses, and protocols that lead nowhere (RFC 6890).
_SPECIAL = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_UNICAST = ipaddress.IPv6Network("2000::/3")


class Unreachable(Exception):
    """No answer came; the text says why, for the administrator."""


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    kind: str  # the media type, without parameters
    body: bytes


def ask(
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    in_secret: bool = False,
    most: int = MOST_OCTETS,
) -> Answer:
    """GET an address, or POST ``body`` to it. With ``in_secret`` only over TLS. Raises Unreachable."""
    parts, port = _parts(url)
    address = _address(parts, port, in_secret=in_secret)
    try:
        connection = socket.create_connection((address, port), CONNECT_SECONDS)
    except OSError as error:
        raise Unreachable(f"{parts.hostname}: {error.strerror or 'no connection'}") from None
    # Whatever it does, it ends: a drip of single octets never runs into the time of a piece.
    line = connection.dup()
    ends = threading.Timer(WHOLE_SECONDS, _cut, (line,))
    ends.daemon = True
    ends.start()
    try:
        with connection:
            return _exchange(connection, parts, body, headers or {}, most)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(f"{parts.hostname}: {error.verify_message}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{parts.hostname}: {type(error).__name__}") from None
    finally:
        ends.cancel()
        line.close()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it had ended
        connection.shutdown(socket.SHUT_RDWR)


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Unreachable("this is no address") from None
    if not port or not parts.hostname or "@" in parts.netloc or not url.isascii() or not url.isprintable() or " " in url:
        raise Unreachable("this is no address of a service")
    return parts, port


def _address(parts: SplitResult, port: int, *, in_secret: bool) -> str:
    """A checked address of the host."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Unreachable(f"{parts.hostname}: the name is not known") from None
    allowed = [address for address in found if f"{address}:{port}" in settings.SEAL_SERVICES_MAY_REACH]
    if allowed:
        return allowed[0]
    if in_secret and parts.scheme != "https":
        raise Unreachable(f"{parts.hostname}: only https will do")
    if not found or not all(map(is_public, found)):
        raise Unreachable(f"{parts.hostname}: not on the public internet, and not in SEAL_SERVICES_MAY_REACH")
    return found[0]


def is_public(address: str) -> bool:
    """Whether anybody may reach a machine of this address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found not in _UNICAST or any(found in one for one in _SPECIAL):
            return False
    return found.is_global and not found.is_multicast


def _exchange(
    connection: socket.socket, parts: SplitResult, body: bytes | None, headers: Mapping[str, str], most: int
) -> Answer:
    host = parts.hostname or ""
    connection.settimeout(PIECE_SECONDS)
    if parts.scheme == "https":
        connection = ssl.create_default_context(cafile=settings.SEAL_SERVICES_CA or None).wrap_socket(
            connection, server_hostname=host
        )
    http = HTTPConnection(host, parts.port or PORTS[parts.scheme])
    http.sock = connection
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        http.request("GET" if body is None else "POST", path, body, {"Connection": "close", **headers})
        response = http.getresponse()
        content = response.read(most + 1)
        if len(content) > most:
            raise Unreachable(f"{host}: the answer is too long")
        if response.length:
            raise Unreachable(f"{host}: the answer broke off")
        kind = (response.headers.get_content_type() if response.headers.get("Content-Type") else "").lower()
        return Answer(response.status, kind, content)
    finally:
        http.close()
