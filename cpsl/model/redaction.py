"""What the process knows to be secret, and how it is kept out of everything that is shown, recorded or stored.

Secret are: what the app has declared or referred to as a secret, what people have connected services with, and what
the environment calls a key, token, secret or password, such as ``OPENAI_API_KEY`` or the password in
``DATABASE_URL``. The environment's are masked only when they are long and random enough to be one: ``postgres`` as a
password is also a word of replies. The rules stand in :func:`known_secrets`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from json import dumps
from typing import Any, TypeVar

from cpsl.model.secret_source import MASK, secret_source

T = TypeVar("T")

_SHORTEST = 6
"""Characters: a shorter value stands in too many texts by chance."""

_LIKELY_SHORTEST = 8
_SURELY_RANDOM = 16
_PART_OF_A_KEY = 24
"""Characters of a line of a key of several lines, that is masked also where it stands alone."""

_TELLTALE = re.compile(
    r"(?:^|_)(?:\w*key|token|secrets?|password|passwd|passphrase|pass|pwd|pin|credentials?|auth|pat|dsn)(?:$|_)",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:(?P<password>[^/\s@]+)@")
_NOT_RANDOM = re.compile(r"[/~.]|\w:[\\/]|[a-z][a-z0-9+.-]*://|[\w.+-]+@[\w-]+\.[\w.-]+$", re.IGNORECASE)
"""How paths, addresses of services and of people begin."""

_BREAK = re.compile(r"\r?\n|(?:\\r)?\\n")
# From the beginning of a run only: one without a break is looked through once.
_WRAPPED = re.compile(r"(?<![A-Za-z\d+/_-])(?:[A-Za-z\d+/_-]{32,}(?:\r?\n|(?:\\r)?\\n))+[A-Za-z\d+/_-]+")
"""Base64 and hexadecimal as mail, keys and dumps break them into lines, also within JSON."""

_KINDS = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")))
_DIGIT = re.compile("[0-9]")
_PREFIX = 3
"""Characters: how much of a stream has to look like a secret's beginning before it is held back."""


def looks_random(value: str) -> bool:
    """Whether a text can hardly be anything but a credential.

    At least 8 characters of two kinds (small letters, capitals, digits, others), or 16 of any; no path, no address.
    """
    if len(value) < _LIKELY_SHORTEST or _NOT_RANDOM.match(value):
        return False
    return len(value) >= _SURELY_RANDOM or sum(bool(kind.search(value)) for kind in _KINDS) > 1


def secrets_among(credentials: Mapping[str, object]) -> Iterator[str]:
    """The secret texts among credentials by name: those with a credential's name, and what is random and long."""
    for name, value in credentials.items():
        if isinstance(value, str) and (_TELLTALE.search(name) or _is_long_and_random(value)):
            yield value


def _is_long_and_random(value: str) -> bool:
    return len(value) >= _SURELY_RANDOM and looks_random(value) and bool(_DIGIT.search(value))


def known_secrets() -> tuple[str, ...]:
    """Every value that is known to be secret now, longest first. Nobody is asked for one.

    Declared secrets and the secret fields of connected services of at least 6 characters; of the environment the
    variables named after a credential and the passwords in addresses, where :func:`looks_random` says so.
    """
    return _known.values()


def redact(text: str) -> str:
    """The text with ``***`` in place of each known secret, as it is or spelt for JSON, Python, HTML or a URL,
    in hexadecimal or Base64, also of several lines."""
    pattern = _known.pattern()
    return _masked(text, pattern) if pattern else text


def redacted(value: T) -> T:
    """The value with each text in it redacted: in dicts (keys as well), lists, tuples and what they hold.

    What holds no secret is returned as it is; nothing is changed in place.
    """
    pattern = _known.pattern()
    return _without(value, pattern) if pattern else value


class StreamRedaction:
    """Redacts a text that comes in pieces, also where a secret is cut by them.

    From its third character on, what may become a secret is held back until it has, or has not.
    """

    __slots__ = ("_before", "_held")

    def __init__(self) -> None:
        self._before = ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be shown after this piece."""
        return self._show(self._before + self._held + piece, more=True)

    def rest(self) -> str:
        """What was held back, at the end of the text."""
        return self._show(self._before + self._held, more=False)

    def _show(self, window: str, *, more: bool) -> str:
        """What can be shown of a text whose beginning is shown already; with ``more`` to come, some is held back."""
        pattern = _known.pattern()
        beginnings = _known.beginnings(window) if more else []
        shown, searched = len(self._before), 0
        until = len(window)
        parts: list[str] = []
        while True:
            found = pattern.search(window, searched) if pattern else None
            begun = next((start for start in beginnings if start >= searched), None)
            # A secret may go on as a longer one, or stand in one that began before it.
            if begun is not None and (found is None or begun <= found.start()):
                until = max(begun, shown)
                break
            if found is None:
                break
            parts += [window[shown : max(found.start(), shown)], MASK]
            shown = searched = found.end()
        parts.append(window[shown:until])
        self._before, self._held = window[searched:until][1 - _PREFIX :], window[until:]
        return "".join(parts)


class _Known:
    """The secrets as they are found in texts; looked up anew when the environment or a declaration has changed."""

    def __init__(self) -> None:
        # A mapping that compares in a microsecond; os.environ decodes each variable at every look.
        self._variables: Mapping[Any, Any] = getattr(os.environ, "_data", os.environ)
        self._environment: dict[Any, Any] | None = None
        self._named = (0, 0, 0)
        self._values: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._beginnings: dict[str, list[str]] = {}
        self._longest = 0

    def values(self) -> tuple[str, ...]:
        self.pattern()
        return self._values

    def pattern(self) -> re.Pattern[str] | None:
        """Finds each secret; None when none is known."""
        named = (len(secret_source.names), len(secret_source.cache), secret_source.changes)
        if self._variables != self._environment or named != self._named:
            self._environment, self._named = dict(self._variables), named
            self._look()
        return self._pattern

    def beginnings(self, text: str) -> list[int]:
        """Where the text ends in three characters or more of a secret that is not whole yet, in order."""
        starts = range(max(0, len(text) - self._longest), len(text) - _PREFIX + 1) if self._beginnings else ()
        return [
            start
            for start in starts
            for spelling in self._beginnings.get(text[start : start + _PREFIX], ())
            if len(spelling) > len(text) - start and spelling.startswith(text[start:])
        ]

    def _look(self) -> None:
        found = {value for value in _declared() if len(value) >= _SHORTEST}
        found.update(value for _, value in named_in_environment() if looks_random(value))
        self._values = tuple(sorted(found, key=lambda value: (-len(value), value)))
        spelt = sorted({spelling for value in self._values for spelling in _spellings(value)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, spelt))) if spelt else None
        self._beginnings, self._longest = {}, len(spelt[0]) if spelt else 0
        for spelling in spelt:
            self._beginnings.setdefault(spelling[:_PREFIX], []).append(spelling)


_known = _Known()


def _declared() -> Iterable[str]:
    return (*secret_source.known(), *secret_source.literals)


def named_in_environment() -> Iterator[tuple[str, str]]:
    """What the environment calls a credential, and passwords within addresses: names and values, however they look."""
    for name, value in os.environ.items():
        if _TELLTALE.search(name):
            yield name, value
        for address in _IN_ADDRESS.finditer(value):
            yield f"{name} password", address["password"]


def _spellings(value: str) -> Iterator[str]:
    yield value
    yield dumps(value)[1:-1]
    yield dumps(value, ensure_ascii=False)[1:-1]
    yield dumps(dumps(value)[1:-1])[1:-1]
    yield from spelt_in_json_elsewhere(value)
    yield repr(value)[1:-1]
    from urllib.parse import quote, quote_plus  # noqa: PLC0415 - where nothing is secret, nobody pays for it

    raw = value.encode("utf-8", "surrogateescape")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda escape: escape[0].lower(), quoted)
    yield repr(raw)[2:-1]
    yield "".join(f"%{byte:02X}" for byte in raw)
    yield from spelt_in_pairs(raw)
    yield from spelt_in_html(value)
    yield from _in_base64(raw)
    yield from (line for line in value.splitlines() if len(line) >= _PART_OF_A_KEY and not line.startswith("-----"))


def spelt_in_html(value: str) -> Iterator[str]:
    """What Python's and other template engines make of a text."""
    from html import escape  # noqa: PLC0415 - as above

    yield escape(value)
    yield escape(value, quote=False)
    yield escape(value).replace("&#x27;", "&#39;")
    yield escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def spelt_in_pairs(raw: bytes) -> Iterator[str]:
    """Bytes in hexadecimal, also as dumps set them apart."""
    for pairs in (raw.hex(), raw.hex(" "), raw.hex(":")):
        yield pairs
        yield pairs.upper()


def spelt_in_json_elsewhere(value: str) -> Iterator[str]:
    """What other languages' encoders make of a text: PHP escapes slashes, Go and Java what HTML could mistake."""
    for text in (dumps(value)[1:-1], dumps(value, ensure_ascii=False)[1:-1]):
        yield text.replace("/", "\\/")
        for letters in ("<>&", "<>&'"):
            spelt = text
            for letter in letters:
                spelt = spelt.replace(letter, f"\\u{ord(letter):04x}")
            yield spelt
            yield re.sub(r"\\u00..", lambda found: "\\u" + found[0][2:].upper(), spelt)


def _in_base64(raw: bytes) -> Iterator[str]:
    """What Base64 makes of the value, wherever it stands in what is encoded, as far as that shows."""
    from base64 import b64encode, urlsafe_b64encode  # noqa: PLC0415 - as above

    for before in range(3):
        # The letters at both ends hold bits of the neighbours as well.
        first, bits = (0, 2, 3)[before], 8 * (before + len(raw))
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(bytes(before) + raw).decode()[first : bits // 6]
            if len(whole) >= _LIKELY_SHORTEST:
                yield whole


def _masked(text: str, pattern: re.Pattern[str]) -> str:
    text = pattern.sub(MASK, text)
    return _WRAPPED.sub(lambda run: _masked_run(run[0], pattern), text) if "\n" in text or "\\n" in text else text


def _masked_run(run: str, pattern: re.Pattern[str]) -> str:
    """Base64 or hexadecimal of several lines, in one if a secret is in it."""
    joined = _BREAK.sub("", run)
    masked = pattern.sub(MASK, joined)
    return run if masked == joined else masked


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return _masked(value, pattern)
    if isinstance(value, dict):
        copy: Any = {_without(name, pattern): _without(item, pattern) for name, item in value.items()}
    elif isinstance(value, list):
        copy = [_without(item, pattern) for item in value]
    elif type(value) is tuple:
        copy = tuple(_without(item, pattern) for item in value)
    else:
        return value
    return copy if copy != value else value
