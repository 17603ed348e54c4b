"""Patches for what vcrpy's stand-ins for HTTP clients do otherwise than the clients themselves.

A header is kept as what its bytes are in Latin-1, whichever client has read it: each reads other letters in them, and
gets those back.
"""

from __future__ import annotations

import http.client
import io
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import vcr.stubs

Patch = AbstractContextManager[Any]


def corrections() -> Iterator[Patch]:
    """The patches, for the clients that are there."""
    yield mock.patch.object(vcr.stubs, "parse_headers", _message)
    yield mock.patch.object(vcr.stubs.VCRHTTPResponse, "stream", _stream)
    yield mock.patch.object(vcr.stubs.VCRHTTPResponse, "read_chunked", _read_chunked, create=True)
    if "httpx" in sys.modules:
        yield from _of_httpx()
    if "aiohttp" in sys.modules:
        yield from _of_aiohttp()


def header_bytes(value: str) -> bytes:
    """What a header was on the wire; one with other letters, which somebody has written by hand, is in UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")


def _message(headers: dict[str, Any]) -> http.client.HTTPMessage:
    lines = [
        header_bytes(name) + b": " + header_bytes(value) + b"\r\n"
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return http.client.parse_headers(io.BytesIO(b"".join([*lines, b"\r\n"])))


def _stream(response: Any, amt: int | None = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
    while piece := response.read(amt):
        yield piece


def _read_chunked(response: Any, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
    return _stream(response, amt)


def _of_httpx() -> Iterator[Patch]:
    from vcr.stubs import httpx_stubs

    def serialized(response: Any) -> dict[str, list[str]]:
        return _lists((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)

    def deserialized(headers: dict[str, Any]) -> list[tuple[bytes, bytes]]:
        return [(header_bytes(name), header_bytes(value)) for name, values in headers.items() for value in values]

    yield mock.patch.object(httpx_stubs, "_serialize_headers", serialized)
    yield mock.patch.object(httpx_stubs, "_deserialize_headers", deserialized)


def _of_aiohttp() -> Iterator[Patch]:
    from aiohttp import ClientResponse
    from multidict import CIMultiDict, CIMultiDictProxy
    from vcr.stubs import aiohttp_stubs

    def serialized(headers: Any) -> dict[str, list[str]]:
        return _lists((str(name), _in_latin_1(value)) for name, value in headers.items())

    def deserialized(headers: dict[str, Any]) -> Any:
        pairs = [
            (name, header_bytes(value).decode("utf-8", "surrogateescape"))
            for name, values in headers.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        return CIMultiDictProxy(CIMultiDict(pairs))

    yield mock.patch.object(aiohttp_stubs, "_serialize_headers", serialized)
    yield mock.patch.object(aiohttp_stubs, "_deserialize_headers", deserialized)
    for method in ("text", "json"):
        yield mock.patch.object(aiohttp_stubs.MockClientResponse, method, getattr(ClientResponse, method))


def _in_latin_1(value: Any) -> str:
    return str(value).encode("utf-8", "surrogateescape").decode("latin-1")


def _lists(pairs: Any) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists
