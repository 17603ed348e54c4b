"""The values that are known to be secret, and which values look like a credential at all."""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from json import dumps
from urllib.parse import quote, quote_plus

from cpsl.model.redaction import named_in_environment, spelt_in_html, spelt_in_json_elsewhere, spelt_in_pairs
from cpsl.model.secret_source import secret_source
from cpsl.runtime.connected import connected_secrets

SHORTEST_DECLARED = 4
"""Characters: a shorter value stands in too many texts by chance, even where it is declared to be secret."""

_SHORTEST = 6

_PLAIN = re.compile(
    r"[A-Z]?[a-z]{1,20}|[A-Z]{1,20}|[\d.,:-]+"  # a word, a number, a date
    r"|(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z]{2,24}(?::\d+)?"  # a host
    r"|[./~].*"  # a path
)
_SEGMENT = re.compile(r"[A-Za-z\d]+")
_WORDLIKE = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)+\d{0,4}|\d+")
_SHORTEST_RANDOM = 8
_SHORTEST_FINGERPRINTED = 16
_FEWEST_LETTERS = 6


def secrets_by_name() -> dict[str, str]:
    """Each known secret with its name, which a replay in another place knows it by.

    Values of the secrets the app has named, of services that people have connected, of environment variables such
    as ``OPENAI_API_KEY``, and passwords within addresses such as ``DATABASE_URL``. What is declared counts from
    ``SHORTEST_DECLARED`` characters on; what only the environment names must be more than a word, a number, a host
    or a path. Looked up at each call: an app may set them while it is imported. Nobody is asked for one.
    """
    found = {value: name for name, value in named_in_environment() if len(value) >= _SHORTEST and not is_plain(value)}
    for value in secret_source.literals:
        found.setdefault(value, "")
    found.update((value, f"connected {field}") for value, field in connected_secrets().items())
    found.update((value, name) for name, value in _declared().items())
    return {value: name for value, name in found.items() if len(value) >= SHORTEST_DECLARED}


def too_short_secrets() -> list[str]:
    """The names of the declared secrets that are too short to be looked for."""
    return sorted(name for name, value in _declared().items() if 0 < len(value) < SHORTEST_DECLARED)


def value_of(name: str) -> str | None:
    """What has that name in this process, however short; None for what is no variable and no declared secret."""
    return os.environ.get(name, secret_source.cache.get(name))


def fingerprint(value: str) -> str | None:
    """What tells long random values apart and gives nothing away: 12 of their hundred bits; None for all others."""
    if len(value) < _SHORTEST_FINGERPRINTED or not is_credential(value, sure=False):
        return None
    return f"#{sha256(value.encode('utf-8', 'surrogateescape')).hexdigest()[:3]}"


def _declared() -> dict[str, str]:
    """The app's secrets by name, as far as they are known without asking."""
    named = {name: os.environ[name] for name in secret_source.names if name in os.environ}
    return {**secret_source.cache, **named}


def is_plain(value: str) -> bool:
    """Whether a value is only a word, a number, a host or a path, which texts hold by chance."""
    return bool(_PLAIN.fullmatch(value)) and (not value.isalpha() or len(value) < _SHORTEST_RANDOM or _is_spoken(value))


def is_credential(value: str, *, sure: bool) -> bool:
    """Whether to mask a value in a credential's place, wherever it is.

    Where its name is ``sure`` to be a credential's: from 6 characters on, unless it is plain. Where the name may mean
    something else: from 8 characters on, and only if a piece of it is no word with a number behind it.
    """
    if any(letter.isspace() for letter in value) or is_plain(value):
        return False
    return len(value) >= _SHORTEST if sure else _is_random(value)


def _is_random(value: str) -> bool:
    return (
        len(value) >= _SHORTEST_RANDOM
        and len(set(value)) >= _FEWEST_LETTERS
        and any(len(piece) >= 4 and not _is_wordlike(piece) for piece in _SEGMENT.findall(value))
    )


def _is_wordlike(piece: str) -> bool:
    """Words written together, with a vowel in every five letters or so, and perhaps a number behind them."""
    if not _WORDLIKE.fullmatch(piece):
        return False
    capitals = sum(one.isupper() and other.islower() for one, other in pairwise(piece))
    return len(piece) < 20 and _is_spoken(piece) and 4 * capitals <= max(len(piece), 4)


def _is_spoken(word: str) -> bool:
    letters = [letter for letter in word.lower() if letter.isalpha()]
    return 5 * sum(letter in "aeiouy" for letter in letters) >= len(letters)


@lru_cache(maxsize=1024)
def spellings(value: str) -> tuple[str, ...]:
    """The value as it is, in JSON, HTML, a URL, in hexadecimal, and in base64 wherever it begins there.

    For bytes, search their Latin-1 text.
    """
    return tuple(dict.fromkeys(_spellings(value)))


def _spellings(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogateescape")
    yield raw.decode("latin-1")
    yield dumps(value)[1:-1]
    yield dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape").decode("latin-1")
    yield dumps(dumps(value)[1:-1])[1:-1]
    for spelt in (*spelt_in_json_elsewhere(value), *spelt_in_html(value)):
        yield spelt.encode("utf-8", "surrogateescape").decode("latin-1")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="*"), quote(quote(raw, safe=""))):
        yield quoted
        yield re.sub("%..", lambda escape: escape[0].lower(), quoted)
    yield from spelt_in_pairs(raw)
    for before in range(3):
        # The letters at both ends also hold bits of what stands beside the value.
        first, last = (8 * before + 5) // 6, 8 * (before + len(raw)) // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + raw).decode()[first:last]


def replace_secrets(text: str, marks: Mapping[str, str]) -> str:
    """The text with each of the values, however it is spelt, given way to its mark.

    Base64 is encoded anew, with the mark in it: so it is what an app makes that has got the mark for the value.
    """
    found: dict[str, str] = {}
    for value, mark in marks.items():
        for spelling in spellings(value):
            if len(spelling) >= SHORTEST_DECLARED and spelling in text:
                found[spelling] = mark
    if not found:
        return text
    pattern = re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True))))
    pieces, done = [], 0
    for run in _ENCODED.finditer(text):
        anew = _encoded_anew(run[0], marks) if pattern.search(run[0]) else None
        if anew is not None:
            pieces += [pattern.sub(lambda match: found[match[0]], text[done : run.start()]), anew]
            done = run.end()
    return "".join([*pieces, pattern.sub(lambda match: found[match[0]], text[done:])])


_ENCODED = re.compile(r"[A-Za-z\d+/_-]{8,}={0,2}")


def _encoded_anew(run: str, marks: Mapping[str, str]) -> str | None:
    """The same Base64 with marks for values; None where it is none, or holds no value."""
    letters, padding = run.rstrip("="), run.endswith("=")
    for decode, encode in ((b64decode, b64encode), (urlsafe_b64decode, urlsafe_b64encode)):
        try:
            content = decode(letters + "=" * (-len(letters) % 4))
        except ValueError:
            continue
        values = {value.encode("utf-8", "surrogateescape"): mark.encode() for value, mark in marks.items()}
        held = [value for value in sorted(values, key=len, reverse=True) if value in content]
        if held and encode(content).decode().rstrip("=") == letters:
            pieces = re.split(b"(" + b"|".join(map(re.escape, held)) + b")", content)
            new = b"".join(values.get(piece, piece) for piece in pieces)
            text = encode(new).decode()
            return text if padding or len(letters) % 4 == 0 else text.rstrip("=")
    return None
