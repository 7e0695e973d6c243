"""A small HTTP client that counts nothing as success but what was asked for."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Visitor:
    """Somebody who talks to the site, with a personal access token or without."""

    def __init__(self, site: str, token: str = "") -> None:
        self.host = urlsplit(site).netloc
        self.token = token

    def get(self, path: str, **headers: str) -> Answer:
        """GET; ``If_None_Match="…"`` becomes the header If-None-Match."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Answer:
        """POST, as JSON."""
        return self.ask("POST", path, data=data, headers=headers)

    def upload(self, path: str, content: bytes, name: str = "certificate.pdf") -> Answer:
        """POST a file, as a form's field ``file``."""
        boundary = "the-end-of-a-part"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self.ask("POST", path, body=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def ask(
        self, method: str, path: str, *, data: Any = None, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own, with ``data`` as JSON. A whole address may stand in place of a path."""
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if data is not None:
            body, sent["Content-Type"] = json.dumps(data).encode(), "application/json"
        parts = urlsplit(path)
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()
