"""Sees when a replay reaches for the network past every cassette, and refuses it.

What counts is the operating system's door, which every client in Python goes through: looking up a name, connecting,
sending. This machine is no network: addresses of its loopback, its own name and Unix sockets stay open, so that
an app may have its database, and a test its service, on localhost.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from cpsl.http.cassette_errors import RequestNotRecorded

Reached = Callable[[str], "RequestNotRecorded | None"]
"""Told the address that the app reaches for; gives back what to raise in the app, or None to let it through."""

_LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})

_watchers: list[Reached] = []


@contextmanager
def watched(reached: Reached) -> Iterator[None]:
    """Within it, ``reached`` is asked about each address outside of this machine; the innermost one counts."""
    _hook()
    _watchers.append(reached)
    try:
        yield
    finally:
        _watchers.remove(reached)


class Network:
    """The network during a replay: where an app reaches for it, and whether it may.

    :param sentence: what to say of an address, which takes the place of ``{}``, in refusing it; None refuses none.
    :ivar told: each address that was let through, once, in order.
    :ivar refused: a sentence for each address that was not; the list that was given, if one was.
    """

    def __init__(self, sentence: str | None, refused: list[str] | None = None) -> None:
        self._sentence = sentence
        self.told: list[str] = []
        self.refused = [] if refused is None else refused

    def reached(self, address: str) -> RequestNotRecorded | None:
        """Let it through, or give back the exception to raise."""
        if self._sentence is None:
            if address not in self.told:
                self.told.append(address)
            return None
        sentence = self._sentence.replace("{}", address)
        if sentence not in self.refused:
            self.refused.append(sentence)
        return RequestNotRecorded(sentence)


@cache
def _hook() -> None:
    """An audit hook: unlike a patch, it also sees modules that took a function by name, and sockets' subclasses."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watchers or event not in _ADDRESSES:
        return
    address = _ADDRESSES[event](arguments)
    if address is None:
        return
    error = _watchers[-1](address)
    if error is not None:
        raise error


def _looked_up(arguments: tuple[Any, ...]) -> str | None:
    host, port = arguments[0], arguments[1] if len(arguments) > 1 else None
    return None if _is_here(host) or _is_number(host) else _shown(host, port)


def _connected(arguments: tuple[Any, ...]) -> str | None:
    sock, address = arguments[0], arguments[1]
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or not address:
        return None
    return None if _is_here(address[0]) else _shown(address[0], address[1] if len(address) > 1 else None)


_ADDRESSES: dict[str, Callable[[tuple[Any, ...]], str | None]] = {
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _looked_up,
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
}


def _is_here(host: object) -> bool:
    name = _text(host).lower().rstrip(".").partition("%")[0]
    if name in _LOCAL_NAMES or name.endswith(".localhost") or name == socket.gethostname().lower():
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _is_number(host: object) -> bool:
    """Whether it is an address already, so that nobody is asked for it."""
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: object) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)


def _shown(host: object, port: object) -> str:
    name = _text(port)
    return f"{_text(host)}:{name}" if name not in ("", "0") else _text(host)
