"""Fetches an address that somebody typed, from a machine that stands inside a network.

The address is hostile until shown otherwise. Its host is resolved once; every address that comes back has to be a public one,
and the connection is made to a checked address itself, so that a name that changes its answer in between changes nothing. TLS
still asks for the certificate of the host. A redirect is a new address and is judged anew. Sizes and times are bounded.

It is written on http.client and ssl rather than on a library for HTTP: with those the check and the connection are two
look-ups of a name, proxies and cookies have to be turned off one by one, and a limit for the whole does not exist.
"""

import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

MOST_BYTES = 5 * 2**20  # as they travel, and also when unpacked
MOST_REDIRECTS = 5
LONGEST_ADDRESS = 500
PIECE = 64 * 1024

PORTS = {"https": 443, "http": 80}
REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}

Resolve = Callable[[str, int], list[str]]  # host and port to addresses
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")
_AS_IT_IS = "/%:@!$&'()*+,;=~-._[]"
_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # of IPv6, everything else is special (RFC 4291 §2.4)
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
            # Teredo and other protocols, documentation, 6to4: these wrap other addresses or lead nowhere (RFC 6890).
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
        ),
    )
)


class Unreachable(Exception):
    """Nothing came from there. ``code`` is stable (its words are in ``words``); ``detail`` completes them."""

    def __init__(self, code: str, detail: object = "") -> None:
        self.code, self.detail = code, str(detail)[:200]
        super().__init__(f"{code} {self.detail}".strip())


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    body: bytes | None  # None: what you have is still true (304)
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Limits:
    """Seconds."""

    connect: float = 5.0
    read: float = 10.0  # for each piece
    whole: float = 30.0  # with all redirects


def resolve_by_system(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Network:
    """How the world is reached."""

    agent: str
    own_hosts: frozenset[str] = frozenset()  # us: a calendar that comes from here does not go in again
    may_reach: frozenset[str] = frozenset()  # "address:port" that are allowed although private, also without TLS
    limits: Limits = field(default_factory=Limits)
    resolve: Resolve = resolve_by_system
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True)
class _Target:
    """An address, taken apart."""

    scheme: str
    host: str  # as in the certificate: in ASCII, without brackets
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def tidied(url: str) -> str:
    """The address as it is stored: webcal is a way of writing https, and what is behind # is never sent."""
    url = url.strip().partition("#")[0]
    for scheme in ("webcals://", "webcal://", "webcal:https://"):
        if url.lower().startswith(scheme):
            return f"https://{url[len(scheme) :]}"
    return url


def host_of(url: str) -> str:
    """All of an address that the journal keeps: the rest of it is often a secret. What has no host is as it was."""
    return urlsplit(url).hostname or url


def judge(url: str, network: Network) -> None:
    """Raise Unreachable for an address that no look-up could make right."""
    _target(url, network)


def fetch(url: str, network: Network, *, etag: str = "", last_modified: str = "") -> Answer:
    """Get what is at the address; with ``etag`` or ``last_modified`` only if it has changed (RFC 9110 §13).

    Raises Unreachable.
    """
    ends = monotonic() + network.limits.whole
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    for _hop in range(MOST_REDIRECTS + 1):
        found = _get(_target(url, network), network, {name: value for name, value in conditions.items() if value}, ends)
        if isinstance(found, Answer):
            return found
        url = tidied(urljoin(url, found))
    raise Unreachable("redirects", MOST_REDIRECTS)


def _target(url: str, network: Network) -> _Target:
    if len(url) > LONGEST_ADDRESS or _UNSAFE.search(url):
        raise Unreachable("address")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "")
        host = host if ":" in host else host.rstrip(".").encode("idna").decode().lower()
    except ValueError:  # UnicodeError among them
        raise Unreachable("address") from None
    if parts.scheme not in PORTS:
        raise Unreachable("address-scheme")
    if not host:
        raise Unreachable("address")
    if "@" in parts.netloc:
        raise Unreachable("address-password")
    if host in network.own_hosts:
        raise Unreachable("address-own")
    target = _Target(parts.scheme, host, port or PORTS[parts.scheme], _path(parts))
    if not network.may_reach:
        if target.scheme != "https":
            raise Unreachable("address-scheme")
        if target.port != PORTS[target.scheme]:
            raise Unreachable("address-port")
    return target


def _path(parts: SplitResult) -> str:
    """As it is sent: other characters than ASCII are percent-encoded (RFC 3986 §2.1)."""
    path = quote(parts.path or "/", safe=_AS_IT_IS)
    return f"{path}?{quote(parts.query, safe=_AS_IT_IS + '?')}" if parts.query else path


def is_public(address: str) -> bool:
    """Whether an address belongs to a machine on the internet that anybody may reach."""
    try:
        ip: _Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:  # a network without IPv4 reaches it through such addresses (RFC 6052)
            return is_public(str(ipaddress.IPv4Address(ip.packed[-4:])))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip.version == net.version and ip in net for net in _SPECIAL)


def _addresses(target: _Target, network: Network, ends: float) -> list[str]:
    """The addresses of the host, every one of them checked."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(network.resolve(target.host, target.port))
        except Exception as error:  # noqa: BLE001 - told to the one who waits
            answers.put(error)

    # In a thread, because nothing else bounds the time of a look-up.
    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        found = answers.get(timeout=_remaining(ends, network.limits.read))
    except queue.Empty:
        raise Unreachable("timeout") from None
    if isinstance(found, Exception) or not found:
        raise Unreachable("address-unknown", target.host)
    for address in found:
        allowed = f"{address}:{target.port}" in network.may_reach
        if not (allowed or is_public(address)):
            # In the words of a name that is not known: a stranger is not to learn which names our network has.
            raise Unreachable("address-unknown", target.host)
        if not allowed and target.scheme != "https":
            raise Unreachable("address-scheme")
        if not allowed and target.port != PORTS[target.scheme]:
            raise Unreachable("address-port")
    return list(dict.fromkeys(found))


def _remaining(ends: float, most: float) -> float:
    """How long to wait for the next step. Raises Unreachable when the time of the whole is over."""
    left = ends - monotonic()
    if left <= 0:
        raise Unreachable("timeout")
    return min(left, most)


def _get(target: _Target, network: Network, conditions: dict[str, str], ends: float) -> Answer | str:
    """One request: what the server said, or where it sends us."""
    try:
        with _connected(target, network, ends) as connection:
            connection.settimeout(_remaining(ends, network.limits.read))
            connection.sendall(_request(target, network, conditions))
            response = HTTPResponse(_Receiver(connection, network.limits.read, ends), method="GET")  # type: ignore[arg-type]
            try:
                response.begin()
                return _answer(response, is_conditional=bool(conditions))
            finally:
                response.close()
    except ssl.SSLError:
        raise Unreachable("tls", target.host) from None
    except TimeoutError:
        raise Unreachable("timeout") from None
    except IncompleteRead:
        raise Unreachable("half") from None
    except HTTPException:
        raise Unreachable("protocol") from None
    except OSError:
        raise Unreachable("connection", target.host) from None


def _connected(target: _Target, network: Network, ends: float) -> socket.socket:
    """A connection to one of the checked addresses, tried in their order."""
    addresses = _addresses(target, network, ends)
    for number, address in enumerate(addresses, start=1):
        try:
            connection = socket.create_connection((address, target.port), _remaining(ends, network.limits.connect))
        except OSError:
            if number == len(addresses):
                raise
            continue
        if target.scheme != "https":
            return connection
        try:
            connection.settimeout(_remaining(ends, network.limits.connect))  # of the whole handshake
            return network.tls.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise
    raise Unreachable("address-unknown", target.host)


def _request(target: _Target, network: Network, conditions: dict[str, str]) -> bytes:
    """No cookie, no Referer, nothing of whoever asked for it."""
    headers = {
        "Host": target.authority,
        "User-Agent": network.agent,
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "Connection": "close",
        **{name: value for name, value in conditions.items() if _HEADER.fullmatch(value)},
    }
    lines = [f"GET {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("ascii", "replace")


class _Pieces(io.RawIOBase):
    """What a server sends. Each piece may take its time, and all of them together theirs: a slow drip ends, too."""

    def __init__(self, connection: socket.socket, read: float, ends: float) -> None:
        self._connection, self._read, self._ends = connection, read, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_remaining(self._ends, self._read))
        return self._connection.recv_into(buffer)


class _Receiver:
    """As much of a socket as HTTPResponse needs."""

    def __init__(self, connection: socket.socket, read: float, ends: float) -> None:
        self._pieces = _Pieces(connection, read, ends)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._pieces, PIECE)


def _answer(response: HTTPResponse, *, is_conditional: bool) -> Answer | str:
    if response.status in REDIRECTS:
        return response.headers.get("Location") or ""
    if response.status == HTTPStatus.NOT_MODIFIED and is_conditional:
        return Answer(None)
    if response.status != HTTPStatus.OK:
        raise Unreachable("status", response.status)
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise Unreachable("packing")
    pieces = _bounded(response)
    body = b"".join(_unpacked(pieces) if coding != "identity" else pieces)
    return Answer(body, _header(response, "ETag", 200), _header(response, "Last-Modified", 60))


def _header(response: HTTPResponse, name: str, most: int) -> str:
    """A header's value for the next condition; empty if it is none that can be sent back."""
    value = (response.headers.get(name) or "").strip()
    return value if len(value) <= most and _HEADER.fullmatch(value) else ""


def _bounded(response: HTTPResponse) -> Iterator[bytes]:
    """The body as it travels. Raises Unreachable where it is too large, or shorter than it said."""
    total = 0
    while piece := response.read(PIECE):
        total += len(piece)
        if total > MOST_BYTES:
            raise Unreachable("too-large", MOST_BYTES // 2**20)
        yield piece
    if response.length:  # what is still missing of Content-Length
        raise Unreachable("half")


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The body behind gzip, unpacked piece by piece: a bomb is found out before it goes off."""
    unpacker, total = zlib.decompressobj(wbits=31), 0
    try:
        for piece in pieces:
            waiting = piece
            while waiting:
                out = unpacker.decompress(waiting, PIECE)
                total += len(out)
                if total > MOST_BYTES:
                    raise Unreachable("too-large", MOST_BYTES // 2**20)
                yield out
                waiting = unpacker.unconsumed_tail
                if unpacker.unused_data:
                    raise Unreachable("packing")
        yield unpacker.flush()
    except zlib.error:
        raise Unreachable("packing") from None
    if not unpacker.eof:
        raise Unreachable("half")
