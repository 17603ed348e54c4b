"""Finds the places of credentials in headers, addresses and bodies by the names they go by.

Each function here gives a text back in which ``change`` has had its way with every value in such a place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from cpsl.model.secret_source import MASK

MASKED = re.compile(re.escape(MASK) + r"(?P<number>\d+)")
"""What stands in for a secret: the same number for the same one, throughout a cassette."""


class CredentialPlace(NamedTuple):
    """The place of a value: its name, and whether nothing but a credential has such a name."""

    name: str
    sure: bool


Change = Callable[[str, CredentialPlace], "str | None"]
"""Given a value, decoded, and its place: what to put there, or None to leave it as it is."""

_SURE = (
    r"[\w.$-]{0,40}(?:api[-_]?key|access[-_]?key|access[-_]?key[-_]?id|secret[-_]?key|private[-_]?key"
    r"|client[-_]?secret|password|passwd|passphrase|authorization"
    r"|(?:access|refresh|id|auth|bearer|session|security|csrf|xsrf)[-_]?token)|pwd"
)
_LIKELY = r"token|secret|assertion|client_assertion|jwt|session_?id|sid|credential"
"""Names that also mean other things: a model's ``token`` is a piece of a word."""

_LIKELY_IN_QUERY = (
    rf"{_LIKELY}|key|sig|pass|auth|code|code_verifier|policy|awsaccesskeyid|googleaccessid|key-pair-id"
    r"|(?:x-(?:amz|goog)-)?(?:signature|credential|security-token)"
)

_PER_REQUEST = re.compile(r"(?:.*[-_])?(?:sig|signature|assertion|jwt|code_verifier)|policy", re.IGNORECASE)

_HEADER = re.compile(
    r"(?:^|[-_])(?:authorization|auth|api-?key|key|token|secret|signature|password|credentials?|cookie|jwt|session)"
    r"(?:$|[-_])",
    re.IGNORECASE,
)
_FIELD = re.compile(rf"(?<!\\)(?P<quote>\\*\")(?P<name>(?P<sure>{_SURE})|{_LIKELY})(?P=quote)\s*:\s*", re.IGNORECASE)
_PARAMETER = re.compile(
    rf"(?P<lead>(?:\A|[?&;#]|\\u0026)(?P<name>(?P<sure>{_SURE})|{_LIKELY_IN_QUERY})=)(?P<value>[^&\s\"'<>#\\]+)",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?P<lead>;\s*name=\"?(?P<name>(?P<sure>{_SURE})|{_LIKELY_IN_QUERY})\"?[^\n]*\r?\n(?:[^\r\n]+\r?\n){{0,8}}\r?\n)"
    r"(?P<value>.*?)(?=\r?\n--)",
    re.IGNORECASE | re.DOTALL,
)
_PERSON = re.compile(r"(?P<lead>://[^/\s:@\"'<>]*:)(?P<value>[^/\s@\"'<>]+)(?=@)")
_COOKIE = re.compile(r"(?P<lead>[^=;]*=)(?P<value>[^;]*)")

_read_value = json.JSONDecoder().raw_decode


def is_secret_header(name: str) -> bool:
    """Whether a header of that name carries a credential."""
    return bool(_HEADER.search(name))


def is_per_request(name: str) -> bool:
    """Whether what goes by that name is made anew for each request, as a signature is: it says nothing about whose."""
    return bool(_PER_REQUEST.fullmatch(name))


def cookie(value: str, change: Change) -> str:
    """A ``Set-Cookie``: only its value is a place, not its name and its attributes."""
    found = _COOKIE.match(value)
    if not found:
        return value
    changed = change(found["value"].strip('"'), CredentialPlace("cookie", sure=False))
    return value if changed is None else found["lead"] + changed + value[found.end() :]


def parameters(text: str, change: Change) -> str:
    """``name=value`` of queries and forms, also of addresses that stand in a text, and passwords in such addresses."""
    text = _PERSON.sub(lambda found: _changed(found, CredentialPlace("password", sure=True), change), text)
    return _PARAMETER.sub(lambda found: _changed(found, _place(found), change), text)


def parts(text: str, change: Change) -> str:
    """The fields of a multipart form (RFC 7578), which begins with its boundary."""

    def changed(found: re.Match[str]) -> str:
        new = change(_told(found["value"]), _place(found))
        return found[0] if new is None else found["lead"] + new

    return _PART.sub(changed, text) if text.startswith("--") else text


def json_fields(text: str, change: Change) -> str:
    """``"name": value`` of JSON, also in JSON lines, in event streams, and in JSON within a JSON text.

    Numbers, texts and lists of them; not ``true``, ``false``, ``null``, and no objects: what is in those has
    names of its own.
    """
    pieces: list[str] = []
    done = 0
    for found in _FIELD.finditer(text):
        if found.start() < done:
            continue
        value, end = _value(text, found.end(), found["quote"])
        changed = _replacement(value, found["quote"], _place(found), change)
        if changed is not None:
            pieces += [text[done : found.end()], changed]
            done = end
    return "".join([*pieces, text[done:]])


def _place(found: re.Match[str]) -> CredentialPlace:
    return CredentialPlace(found["name"], bool(found["sure"]))


def _changed(found: re.Match[str], place: CredentialPlace, change: Change) -> str:
    changed = change(_decoded(found["value"]), place)
    return found[0] if changed is None else found["lead"] + changed


def _replacement(value: object, quote: str, place: CredentialPlace, change: Change) -> str | None:
    """The JSON of what takes the value's place, or None: a list stays a list."""
    several = value if isinstance(value, list) else [value]
    if any(isinstance(one, (dict, list)) for one in several):
        return None
    changed = [change(_told(str(one)), place) if _is_filled(one) else None for one in several]
    if all(one is None for one in changed):
        return None
    texts = [
        json.dumps(one) if new is None else f"{quote}{new}{quote}" for one, new in zip(several, changed, strict=True)
    ]
    return f"[{', '.join(texts)}]" if isinstance(value, list) else texts[0]


def _decoded(value: str) -> str:
    return unquote_to_bytes(value.encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def _told(value: str) -> str:
    """The text that bytes read as Latin-1 are."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except ValueError:
        return value


def _is_filled(value: object) -> bool:
    return value not in (None, "") and not isinstance(value, bool)


def _value(text: str, start: int, quote: str) -> tuple[object, int]:
    """The JSON value that begins there, and where it ends."""
    if quote == '"':
        try:
            return _read_value(text, start)
        except (ValueError, RecursionError):
            return _to_end_of_line(text, start, quote)
    closing = re.compile(r"(?<!\\)" + re.escape(quote)).search(text, start + len(quote))
    if closing is None or not text.startswith(quote, start):
        return _to_end_of_line(text, start, quote)
    return text[start + len(quote) : closing.start()], closing.end()


def _to_end_of_line(text: str, start: int, quote: str) -> tuple[object, int]:
    """A text that is cut off."""
    if not text.startswith(quote, start):
        return None, start
    ends = [at for at in (text.find("\n", start), text.find("\r", start)) if at >= 0]
    end = min(ends, default=len(text))
    return text[start + len(quote) : end], end
