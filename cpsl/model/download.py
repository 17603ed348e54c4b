"""Bring the content behind a URL to a local path (behaviour.md §4).

The imports inside the functions stay there: ``import cpsl`` must not pay for HTTP (architecture.md#rooms).
"""

from __future__ import annotations

HTTP_TIMEOUT = 60.0
"""Seconds an HTTP server may stay silent before the download fails."""


async def download(url: str, path: str) -> str:
    """Write the content of ``url`` to exactly ``path`` and return ``path``.

    ``url`` is a ``file:``, ``data:``, ``http:`` or ``https:`` URL, or a plain path. The event loop
    stays free meanwhile. Raises ``OSError`` (a missing file or folder, a failed request) or
    ``ValueError`` (another scheme, a broken ``data:`` URL).
    """
    import asyncio  # noqa: PLC0415

    await asyncio.to_thread(_fetch, url, path)
    return path


def _fetch(url: str, path: str) -> None:
    scheme = url.partition(":")[0].lower() if ":" in url else ""
    if scheme == "data":
        _write(decode_data_url(url), path)
    elif scheme in ("http", "https"):
        _fetch_http(url, path)
    elif scheme == "file":
        _copy(file_url_path(url), path)
    elif "://" in url:
        raise ValueError(f"cannot download {url!r}: only file:, data:, http: and https: URLs")
    else:
        _copy(url, path)


def file_url_path(url: str) -> str:
    """The local path that a ``file:`` URL names. Raises ``ValueError`` for another computer's."""
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"{url!r} names a file on another computer")
    return unquote(parts.path)


def decode_data_url(url: str) -> bytes:
    """The bytes inside a ``data:`` URL (RFC 2397). Raises ``ValueError`` when it is malformed."""
    from base64 import b64decode  # noqa: PLC0415
    from urllib.parse import unquote_to_bytes  # noqa: PLC0415

    header, comma, content = url.partition(",")
    if not comma:
        raise ValueError("a data: URL needs a comma before its content")
    raw = unquote_to_bytes(content)
    if not header.lower().endswith(";base64"):
        return raw
    try:
        return b64decode(raw, validate=True)
    except ValueError as exc:
        raise ValueError(f"a data: URL holds broken base64: {exc}") from None


def _copy(source: str, path: str) -> None:
    import os.path  # noqa: PLC0415
    import shutil  # noqa: PLC0415

    # A file that already is where it should be must not be truncated, nor be an error.
    if not (os.path.exists(path) and os.path.samefile(source, path)):
        shutil.copyfile(source, path)


def _write(content: bytes, path: str) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _fetch_http(url: str, path: str) -> None:
    import shutil  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    with urlopen(url, timeout=HTTP_TIMEOUT) as response, open(path, "wb") as file:
        shutil.copyfileobj(response, file)
