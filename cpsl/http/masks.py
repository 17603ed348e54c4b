"""Finds credentials in headers, addresses and bodies by the names they go by, and puts ``***`` in their place.

Each function asks ``judge`` about a value and whether its name is sure to be a credential's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from cpsl.model.secret import MASK

Judge = Callable[[str, bool], bool]
"""Given a value, and whether nothing but a credential has its name: whether to mask it."""

_SURE = (
    r"[\w.$-]{0,40}(?:api[-_]?key|access[-_]?key|access[-_]?key[-_]?id|secret[-_]?key|private[-_]?key"
    r"|client[-_]?secret|password|passwd|passphrase|authorization"
    r"|(?:access|refresh|id|auth|bearer|session|security)[-_]?token)"
)
_LIKELY = r"token|secret|assertion|jwt|pwd"
"""Names that also mean other things: a model's ``token`` is a piece of a word."""

_LIKELY_IN_QUERY = rf"{_LIKELY}|key|sig|pass|auth|code_verifier|(?:x-(?:amz|goog)-)?(?:signature|credential)"

_HEADER = re.compile(
    r"(?:^|[-_])(?:authorization|auth|api-?key|key|token|secret|signature|password|credentials?|cookie|jwt|session)"
    r"(?:$|[-_])",
    re.IGNORECASE,
)
_FIELD = re.compile(rf"(?<!\\)(?P<quote>\\*\")(?:(?P<sure>{_SURE})|{_LIKELY})(?P=quote)\s*:\s*", re.IGNORECASE)
_PARAMETER = re.compile(
    rf"(?P<lead>(?:\A|[?&;]|\\u0026)(?:(?P<sure>{_SURE})|{_LIKELY_IN_QUERY})=)(?P<value>[^&\s\"'<>#\\]+)",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?P<lead>;\s*name=\"?(?:(?P<sure>{_SURE})|{_LIKELY_IN_QUERY})\"?[^\n]*\r?\n(?:[^\r\n]+\r?\n){{0,8}}\r?\n)"
    r"(?P<value>.*?)(?=\r?\n--)",
    re.IGNORECASE | re.DOTALL,
)
_COOKIE = re.compile(r"(?P<lead>[^=;]*=)(?P<value>[^;]*)")

_read_value = json.JSONDecoder().raw_decode


def is_secret_header(name: str) -> bool:
    """Whether a header of that name carries a credential."""
    return bool(_HEADER.search(name))


def cookie(value: str, judge: Judge) -> str:
    """A ``Set-Cookie`` with its name and attributes, without its value."""
    found = _COOKIE.match(value)
    if not found:
        return MASK
    judge(found["value"], False)
    return found["lead"] + MASK + value[found.end() :]


def parameters(text: str, judge: Judge) -> str:
    """``name=value`` of queries and forms, also of addresses that stand in a text."""
    return _PARAMETER.sub(lambda found: _judged(found, judge), text)


def parts(text: str, judge: Judge) -> str:
    """The fields of a multipart form (RFC 7578), which begins with its boundary."""
    return _PART.sub(lambda found: _judged(found, judge), text) if text.startswith("--") else text


def fields(text: str, judge: Judge) -> str:
    """``"name": value`` of JSON, also in JSON lines, in event streams, and in JSON within a JSON text.

    Numbers, texts and lists of them; not ``true``, ``false``, ``null``, and no objects: what is in those has
    names of its own.
    """
    pieces: list[str] = []
    done = 0
    for found in _FIELD.finditer(text):
        if found.start() < done:
            continue
        values, end = _values(text, found.end(), found["quote"])
        verdicts = [judge(value, bool(found["sure"])) for value in values if value != MASK]
        if any(verdicts):
            pieces += [text[done : found.end()], found["quote"], MASK, found["quote"]]
            done = end
    return "".join([*pieces, text[done:]])


def _judged(found: re.Match[str], judge: Judge) -> str:
    masked = found["value"] == MASK or judge(found["value"], bool(found["sure"]))
    return found["lead"] + MASK if masked else found[0]


def _values(text: str, start: int, quote: str) -> tuple[list[str], int]:
    """The texts and numbers of the JSON value that begins there, and where it ends."""
    if quote == '"':
        try:
            value, end = _read_value(text, start)
        except (ValueError, RecursionError):
            return _to_end_of_line(text, start, quote)
        return _scalars(value), end
    closing = re.compile(r"(?<!\\)" + re.escape(quote)).search(text, start + len(quote))
    if closing is None or not text.startswith(quote, start):
        return _to_end_of_line(text, start, quote)
    return _scalars(text[start + len(quote) : closing.start()]), closing.end()


def _scalars(value: object) -> list[str]:
    several = value if isinstance(value, list) else [value]
    if any(isinstance(one, (dict, list)) for one in several):
        return []
    return [str(one) for one in several if one not in (None, "") and not isinstance(one, bool)]


def _to_end_of_line(text: str, start: int, quote: str) -> tuple[list[str], int]:
    """A text that is cut off."""
    if not text.startswith(quote, start):
        return [], start
    ends = [at for at in (text.find("\n", start), text.find("\r", start)) if at >= 0]
    end = min(ends, default=len(text))
    return _scalars(text[start + len(quote) : end]), end
