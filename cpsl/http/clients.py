"""Puts a cassette between an app's HTTP clients and the network, with the patches of vcrpy.

The classes here are what those patches ask of a cassette; which requests are the same, what is kept and how it is
stored is decided elsewhere in this package.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import logging
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from threading import Lock, RLock
from types import FunctionType
from typing import Any
from unittest import mock

import vcr.patch
from vcr.request import Request

from cpsl.http.cassette_errors import RequestNotRecorded
from cpsl.http.cassette_file import CassetteWriter
from cpsl.http.corrections import corrections
from cpsl.http.encoding import decoded
from cpsl.http.exchange import CANCELLED, Exchange, HttpRequest, HttpResponse
from cpsl.http.matching import Recorded
from cpsl.http.scrub import Scrubber


class Recording:
    """Lets every request through, and writes down what came of it."""

    write_protected = False
    skip_patchers = ()

    def __init__(self, path: Path, tape: CassetteWriter) -> None:
        self._path = path  # vcrpy names its classes after it
        self._tape = tape
        self._lock = Lock()
        self._scrubber = Scrubber()
        self._kept: list[Exchange] = []
        self._asked = itertools.count(1)
        self.custom_patches = _within_the_process()

    def can_play_response_for(self, request: Any) -> bool:
        """Never: an app is recorded as it is now."""
        if hasattr(request.body, "_fields"):
            request.body = _bytes(request.body)  # aiohttp empties a form while it sends it
        self._number(request)
        if (waiting := _waiting.get()) is not None:
            waiting.append(request)
        return False

    def filter_request(self, request: Any) -> Any:
        """The request, if it is to be recorded; all are."""
        return request

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Take an exchange that has taken place."""
        if (waiting := _waiting.get()) is not None:
            waiting.clear()
        self._add(Exchange(_asked(request), _answered(response), self._number(request)))

    def give_up(self, request: Any) -> None:
        """Take a request that the app has cancelled."""
        self._add(Exchange(_asked(request), HttpResponse(CANCELLED, "cancelled", {}, b""), self._number(request)))

    def _number(self, request: Any) -> int:
        number: int = request.__dict__.setdefault("_number_of_asking", 0) or next(self._asked)
        request.__dict__["_number_of_asking"] = number
        return number

    def _add(self, exchange: Exchange) -> None:
        with self._lock:
            known = self._scrubber.known
            scrubbed = self._scrubber.exchange(exchange)
            if self._scrubber.known > known:
                # What turned out to be a secret may have been in an answer before.
                again = [self._scrubber.again(one) for one in self._kept]
                if again != self._kept:
                    self._kept = [*again, scrubbed]
                    self._tape.replace(self._kept)
                    return
            self._kept.append(scrubbed)
            self._tape.add(scrubbed)


class Playing:
    """Answers from what was recorded; the same request several times gets its responses in their order.

    ``refused`` collects a sentence for each request that cannot be answered.
    """

    write_protected = True
    skip_patchers = ()

    def __init__(self, path: Path, exchanges: Iterable[Exchange], refused: list[str]) -> None:
        self._path = path
        self._refused = refused
        self._lock = RLock()
        self._recorded = Recorded(exchanges)
        self.custom_patches = _within_the_process()

    def can_play_response_for(self, request: Any) -> bool:
        """True, or raises ``RequestNotRecorded``."""
        asked = _asked(request)
        with self._lock:
            if self._recorded.find(asked) is None:
                raise self._refusal(asked)
        return True

    def filter_request(self, request: Any) -> Any:
        """The request: none may go past the cassette."""
        return request

    def play_response(self, request: Any) -> dict[str, Any]:
        """The next response to this request. Raises ``RequestNotRecorded``."""
        asked = _asked(request)
        with self._lock:
            exchange = self._recorded.take(asked)
            if exchange is None:
                raise self._refusal(asked)
        if exchange.cancelled:
            raise _CancelledThenError
        answered = exchange.answered
        return {
            "status": {"code": answered.status, "message": answered.reason},
            "headers": {name: list(values) for name, values in answered.headers.items()},
            "body": {"string": answered.body},
        }

    def find_requests_with_most_matches(self, request: Any) -> list[tuple[Any, Any, Any]]:
        """Where a redirect leads: aiohttp follows it within one request, with a method it does not say here."""
        with self._lock:
            asked = self._recorded.redirected(request.uri)
        return [(Request(asked.method, asked.uri, asked.body, {}), [], [])] if asked else []

    def _refusal(self, asked: HttpRequest) -> RequestNotRecorded:
        what = self._recorded.refusal(asked)
        sentence = f"{what} ({self._path.name}); record the conversation again with --http record."
        self._refused.append(sentence)
        return RequestNotRecorded(sentence)


class _CancelledThenError(Exception):
    """The app has given this request up, so it never gets an answer."""


_waiting: ContextVar[list[Any] | None] = ContextVar("_waiting", default=None)
"""The requests that the call of a client has made so far, the last one still without an answer."""


def _awaited(cassette: Recording | Playing, send: Callable[..., Any]) -> Callable[..., Any]:
    """An asynchronous client's way to send, which keeps what becomes of a request that the app gives up."""

    @wraps(send)
    async def new_send(*arguments: Any, **options: Any) -> Any:
        waiting: list[Any] = []
        token = _waiting.set(waiting)
        try:
            return await send(*arguments, **options)
        except asyncio.CancelledError:
            if isinstance(cassette, Recording) and waiting:
                cassette.give_up(waiting[-1])
            raise
        except _CancelledThenError:
            return await asyncio.get_running_loop().create_future()
        finally:
            _waiting.reset(token)

    return new_send


def _giving_up(cassette: Recording | Playing) -> Iterator[AbstractContextManager[Any]]:
    """Patches on top of vcrpy's, for the clients whose requests can be cancelled."""
    for module, name, method in (
        ("httpx", "AsyncHTTPTransport", "handle_async_request"),
        ("aiohttp", "ClientSession", "_request"),
    ):
        client = getattr(sys.modules.get(module), name, None)
        if client is not None:
            yield mock.patch.object(client, method, _awaited(cassette, getattr(client, method)))


@contextmanager
def installed(cassette: Recording | Playing) -> Iterator[None]:
    """Within it, every HTTP request of this process goes to the cassette."""
    log = logging.getLogger("vcr")
    level = log.level
    with ExitStack() as stack:
        # vcrpy logs each address as it is; an app that logs everything would print its own credentials.
        log.setLevel(logging.WARNING)
        stack.callback(log.setLevel, level)
        for patch in _safe_for_threads():
            stack.enter_context(patch)
        for patch in vcr.patch.CassettePatcherBuilder(cassette).build():
            stack.enter_context(patch)
        for patch in itertools.chain(corrections(), _giving_up(cassette)):
            stack.enter_context(patch)
        yield


def _safe_for_threads() -> Iterator[AbstractContextManager[Any]]:
    """vcrpy takes its patches off while it makes a connection, for all threads.

    What others ask for meanwhile would go to the network. Only two constructors need that, because they
    look up their own class by its patched name: the standard library's is given the names as they were, and
    where httplib2 is installed, connections are at least made one at a time.
    """
    init = http.client.HTTPSConnection.__init__ if _is_real(http.client.HTTPSConnection) else None
    if isinstance(init, FunctionType):
        yield mock.patch.object(http.client.HTTPSConnection, "__init__", _with_own_names(init))
    one_at_a_time = RLock()
    take_off = vcr.patch.force_reset

    @contextmanager
    def in_turn() -> Iterator[None]:
        with one_at_a_time, take_off():
            yield

    yield mock.patch.object(vcr.patch, "force_reset", in_turn if "httplib2" in sys.modules else nullcontext)


def _is_real(connection: type) -> bool:
    return connection.__module__ == "http.client"


def _with_own_names(function: FunctionType) -> FunctionType:
    """The same function, seeing the names of its module as they are now."""
    copy = FunctionType(
        function.__code__, {**function.__globals__}, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _within_the_process() -> tuple[tuple[Any, str, Callable[..., Any]], ...]:
    """Patches that put back what vcrpy would also take: httpx transports that call an app in this process."""
    httpx = sys.modules.get("httpx")
    methods = {
        "WSGITransport": ("handle_request",),
        "ASGITransport": ("handle_async_request",),
        "MockTransport": ("handle_request", "handle_async_request"),
    }
    return tuple(
        (getattr(httpx, name), method, getattr(getattr(httpx, name), method))
        for name, several in methods.items()
        if hasattr(httpx, name)
        for method in several
    )


def _asked(request: Any) -> HttpRequest:
    headers = {str(name): [_text(value)] for name, value in request.headers.items()}
    body = _bytes(request.body)
    if any(name.lower() == "content-encoding" and values[0] in ("gzip", "deflate") for name, values in headers.items()):
        body = _unpacked(body)
    return HttpRequest(request.method, request.uri, headers, body)


def _unpacked(body: bytes) -> bytes:
    """The body as it was before the app packed it: packed data holds a time of its own."""
    try:
        return zlib.decompress(body, zlib.MAX_WBITS | 32)
    except zlib.error:
        return body


def _answered(response: dict[str, Any]) -> HttpResponse:
    headers = {str(name): [_text(value) for value in values] for name, values in response["headers"].items()}
    headers, body = decoded(headers, _bytes(response["body"].get("string")))
    reason = response["status"]["message"]
    return HttpResponse(response["status"]["code"], None if reason is None else _encodable(reason), headers, body)


def _encodable(text: str) -> str:
    """A text without the lone surrogates that aiohttp has for bytes."""
    return text if text.isprintable() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    """A body as the clients hand it over: bytes, a text, a file, pieces, or what aiohttp makes a form or JSON of."""
    if body is None or isinstance(body, (bytes, bytearray, str)):
        return body.encode() if isinstance(body, str) else bytes(body or b"")
    if hasattr(body, "read"):
        return _bytes(body.read())
    if hasattr(body, "_fields"):
        body = [{dict(options)["name"]: value} for options, _, value in body._fields]
    if isinstance(body, (dict, list)) and not all(isinstance(piece, (bytes, bytearray)) for piece in body or [None]):
        return json.dumps(body, default=_described).encode()
    return b"".join(map(_bytes, body)) if hasattr(body, "__iter__") else _described(body).encode()


def _described(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else type(value).__name__
