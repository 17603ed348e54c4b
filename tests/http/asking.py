"""One small function per HTTP client: what it asks for, and all it sees of the answer."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import requests


class Seen(NamedTuple):
    """Status, the body as lines arrived, and the address after redirects (None where a client follows none)."""

    status: int
    body: bytes
    url: str | None


Ask = Callable[..., Seen]


def by_http_client(url: str, json: Any = None) -> Seen:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    if json is None:
        connection.request("GET", target)
    else:
        connection.request("POST", target, httpx.Request("POST", url, json=json).content)
    with connection.getresponse() as response:
        body = response.read()
    connection.close()
    return Seen(response.status, body, None)


def by_urllib(url: str, json: Any = None) -> Seen:
    data = None if json is None else httpx.Request("POST", url, json=json).content
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request) as response:
            return Seen(response.status, b"".join(response), response.url)
    except urllib.error.HTTPError as error:
        with error:
            return Seen(error.code, error.read(), error.url)


def by_requests(url: str, json: Any = None) -> Seen:
    response = requests.request("GET" if json is None else "POST", url, json=json)
    return Seen(response.status_code, response.content, response.url)


def by_requests_streaming(url: str, json: Any = None) -> Seen:
    with requests.Session() as session:
        session.trust_env = False
        with session.request("GET" if json is None else "POST", url, json=json, stream=True) as response:
            body = b"".join(response.iter_content(7))
            return Seen(response.status_code, body, response.url)


def by_httpx(url: str, json: Any = None) -> Seen:
    response = httpx.request("GET" if json is None else "POST", url, json=json, follow_redirects=True)
    return Seen(response.status_code, response.content, str(response.url))


def by_httpx_streaming(url: str, json: Any = None) -> Seen:
    method = "GET" if json is None else "POST"
    with httpx.stream(method, url, json=json, follow_redirects=True) as response:
        body = b"".join(response.iter_bytes())
    return Seen(response.status_code, body, str(response.url))


def by_httpx_async(url: str, json: Any = None) -> Seen:
    async def ask() -> Seen:
        async with httpx.AsyncClient(follow_redirects=True) as client:
            response = await client.request("GET" if json is None else "POST", url, json=json)
            return Seen(response.status_code, response.content, str(response.url))

    return asyncio.run(ask())


def by_aiohttp(url: str, json: Any = None) -> Seen:
    import aiohttp

    async def ask() -> Seen:
        async with (
            aiohttp.ClientSession() as session,
            session.request("GET" if json is None else "POST", url, json=json) as response,
        ):
            return Seen(response.status, await response.read(), str(response.url))

    return asyncio.run(ask())


CLIENTS: list[Ask] = [
    by_http_client,
    by_urllib,
    by_requests,
    by_requests_streaming,
    by_httpx,
    by_httpx_streaming,
    by_httpx_async,
]
if importlib.util.find_spec("aiohttp"):
    CLIENTS.append(by_aiohttp)
