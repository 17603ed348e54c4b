"""A request and its response as values, and when two requests are the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

Headers = dict[str, list[str]]
"""Each name with its values, in the order they came."""

CANCELLED = 0
"""The status of a request that the app has given up; no service answers with it."""

_PORTS = {"http": 80, "https": 443}


class Key(NamedTuple):
    """What two requests have in common when one may get the other's response."""

    method: str
    scheme: str
    host: str
    port: int | None
    path: str
    query: tuple[tuple[str, str], ...]
    body: str | bytes

    @property
    def target(self) -> Key:
        """The same, whatever the body."""
        return self._replace(body=b"")


class HttpRequest(NamedTuple):
    """A request. ``uri`` is absolute."""

    method: str
    uri: str
    headers: Headers
    body: bytes

    @property
    def key(self) -> Key:
        """Method, scheme, host, port, path, query in any order, and the body; JSON counts as what it means."""
        parts = urlsplit(self.uri)
        return Key(
            self.method.upper(),
            parts.scheme,
            parts.hostname or "",
            parts.port or _PORTS.get(parts.scheme),
            parts.path or "/",
            tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
            _meaning(self.body),
        )


class HttpResponse(NamedTuple):
    """A response, its body decoded from any ``Content-Encoding``. ``reason`` is None where none was sent."""

    status: int
    reason: str | None
    headers: Headers
    body: bytes


class Exchange(NamedTuple):
    """What was asked, and what was answered.

    ``number`` is its place in the order of asking, which is not that of answering; 0 where nobody knows it.
    ``secrets`` names the secrets behind its masks, as far as they have a name.
    """

    asked: HttpRequest
    answered: HttpResponse
    number: int = 0
    secrets: Mapping[int, str] = MappingProxyType({})

    @property
    def cancelled(self) -> bool:
        """Whether the app gave the request up before an answer was there."""
        return self.answered.status == CANCELLED


def _meaning(body: bytes) -> str | bytes:
    """JSON in one fixed form, anything else as it is."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return body
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body
