"""Bodies without their ``Content-Encoding``: only what can be read can be searched for secrets."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cpsl.http.exchange import Headers


def decoded(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Headers and body with every known encoding taken off (RFC 9110 §8.4); one that is unknown stays on."""
    name = next((name for name in headers if name.lower() == "content-encoding"), None)
    if name is None or not body:
        return headers, body  # the answer to HEAD says how long another one would be
    encodings = [one.strip().lower() for value in headers[name] for one in value.split(",")]
    while encodings and (plain := _without(encodings[-1], body)) is not None:
        body = plain
        encodings.pop()
    rest = {key: values for key, values in headers.items() if key != name}
    return ({**rest, name: [", ".join(encodings)]} if encodings else with_length(rest, body)), body


def with_length(headers: Headers, body: bytes) -> Headers:
    """The headers with the body's length, where they state one."""
    return {name: [str(len(body))] if name.lower() == "content-length" else values for name, values in headers.items()}


def _without(encoding: str, body: bytes) -> bytes | None:
    decode = _DECODERS.get(encoding)
    try:
        return decode(body) if decode else None
    except Exception:  # each library has an exception of its own for data that is not what its header says
        return None


def _gunzip(body: bytes) -> bytes:
    return zlib.decompress(body, zlib.MAX_WBITS | 32) if body else body


def _inflate(body: bytes) -> bytes:
    try:
        return _gunzip(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)  # what some servers call deflate has no header


def _brotli(body: bytes) -> bytes:
    return bytes(_first("brotli", "brotlicffi").decompress(body))


def _zstd(body: bytes) -> bytes:
    module = _first("compression.zstd", "backports.zstd", "zstandard")
    if hasattr(module, "ZstdDecompressor") and module.__name__ == "zstandard":
        return bytes(module.ZstdDecompressor().decompressobj().decompress(body))
    return bytes(module.decompress(body))


def _first(*names: str) -> Any:
    """The first of the modules that is there. A client that asks for an encoding has what decodes it."""
    for name in names[:-1]:
        try:
            return import_module(name)
        except ImportError:
            continue
    return import_module(names[-1])


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _brotli,
    "zstd": _zstd,
}
