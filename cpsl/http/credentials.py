"""The values that are known to be secret: what declared secrets are, and what the environment calls a secret."""

from __future__ import annotations

import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from functools import lru_cache
from json import dumps
from urllib.parse import quote, quote_plus

from cpsl.model.secret import secret_source

_SHORTEST = 6
"""Characters: a shorter value stands in too many texts by chance."""

_TELLTALE = re.compile(
    r"(?:^|_)(?:\w*key|token|secrets?|password|passwd|passphrase|pass|credentials?|auth|pat|dsn)(?:$|_)", re.IGNORECASE
)

_IN_ADDRESS = re.compile(r"://[^/\s:@]*:(?P<password>[^/\s@]+)@")


def known_secrets() -> tuple[str, ...]:
    """Values of the secrets the app has named, of environment variables such as ``OPENAI_API_KEY``, and
    passwords within addresses such as ``DATABASE_URL``.

    Looked up at each call: an app may set them while it is imported. Nobody is asked for one.
    """
    found = {value for name, value in os.environ.items() if _TELLTALE.search(name)}
    found.update(address["password"] for value in os.environ.values() for address in _IN_ADDRESS.finditer(value))
    found.update(secret_source.known())
    return tuple(sorted(value for value in found if len(value) >= _SHORTEST))


@lru_cache(maxsize=8)
def spellings(values: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds the values however they are spelt; None for no values. For bytes, search their Latin-1 text."""
    found = {spelling for value in values for spelling in _spellings(value)}
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if found else None


def _spellings(value: str) -> Iterator[str]:
    """The value as it is, in JSON, in a URL, in hexadecimal, and in base64 wherever it begins there."""
    raw = value.encode("utf-8", "surrogateescape")
    yield raw.decode("latin-1")
    yield dumps(value)[1:-1]
    yield dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape").decode("latin-1")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda escape: escape[0].lower(), quoted)
    yield raw.hex()
    yield raw.hex().upper()
    for before in range(3):
        # The letters at both ends also hold bits of what stands beside the value.
        first, last = (8 * before + 5) // 6, 8 * (before + len(raw)) // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + raw).decode()[first:last]
