"""The short filter form of the command line: `total>10 status=open name~acme`.

A term is a field, an operator and a value. Values are numbers, `true`, `false`, `null` or
text; quotes keep spaces, and make text of anything. Digits after a zero or a plus are text, so that a post code
(`zip=0123`) or a telephone number (`phone=+49123`) needs no quotes. `~` is "contains, whatever the case", as the
lookup `__contains`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from cpsl.data.lookups import Term, combine, contains
from cpsl.data.query_errors import FilterError

_SIGNS = {"=": "", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte", "~": "~"}
# A value that begins with a sign would be a second sign, or a sign that this form does not have.
_FIELD = r"""(?P<field>"[^"]*"|[^\s"'=!<>~&|,;()]+)"""
_HEAD = _FIELD + r"""(?P<sign>!=|>=|<=|==|=|>|<|~)(?![=!<>~])"""
_VALUE = r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']\S*)"""
_TERM = re.compile(rf"\s*{_HEAD}{_VALUE}(?=\s|$)")
_WHOLE = re.compile(rf"{_HEAD}(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_NEARLY = re.compile(rf"{_FIELD}\s*(?P<sign>[=!<>~]+)\s*(?P<value>[^\s=!<>~]*)")
_MEANT = {"<>": "!=", "><": "!=", "!==": "!=", "===": "=", "=>": ">=", "=<": "<=", "=~": "~", "~=": "~"}
_JOINED = re.compile(r"[=<>]|&&|\|\|")
_WORDS = {"true": True, "false": False, "null": None}


def read_terms(terms: Sequence[str]) -> dict[str, Any]:
    """Return the Mongo filter of the words of a command line: none match everything, one may be in either form.

    Raises `FilterError` as `read_filter`, and for an empty word: a variable that is not set must not mean "all".
    """
    if any(not term.strip() for term in terms):
        raise FilterError("a filter is empty: write '{}' to mean all documents")
    return read_filter(terms[0]) if len(terms) == 1 else parse_terms(terms)


def read_filter(text: str) -> dict[str, Any]:
    """Return the Mongo filter for either form a person may type: JSON (it begins with `{`) or the short
    form.

    Raises `FilterError` (a `ValueError`) with the place of the mistake. Operators are checked by `filters`.
    """
    if not text.lstrip().startswith("{"):
        return parse_shortform(text)
    try:
        result: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        quotes = ", which wants double quotes" if "'" in text and '"' not in text else ""
        raise FilterError(f"the filter is not JSON{quotes}: {error}") from None
    return result


def parse_shortform(text: str) -> dict[str, Any]:
    """Return the Mongo filter for terms separated by spaces; no terms match everything.

        >>> parse_shortform('total>10 status=open name~"acme co"')
        {'total': {'$gt': 10}, 'status': 'open', 'name': {'$regex': 'acme\\\\ co', '$options': 'i'}}

    Raises `FilterError` (a `ValueError`) at the first thing that is no term.
    """
    return combine(_scan(text))


def parse_terms(terms: Iterable[str]) -> dict[str, Any]:
    """Return the Mongo filter for terms a shell has separated already: a value may then hold spaces
    unquoted.
    """
    whole = " ".join(terms)
    return combine(_whole(term, whole) for term in terms)


def _scan(text: str) -> Iterable[Term]:
    end = len(text.rstrip())
    at = 0
    while at < end:
        match = _TERM.match(text, at)
        if match is None:
            raise _no_term(text[at:].strip())
        yield _term(match)
        at = match.end()


def _whole(text: str, among: str) -> Term:
    match = _WHOLE.fullmatch(text)
    if match is None or not match["value"]:
        raise _no_term(text, among)
    return _term(match)


def _no_term(text: str, among: str = "") -> FilterError:
    """The sentence for the first thing that is no term; `among` is where it stands, whose signs may be apart."""
    nearly = (_NEARLY.match(text), _NEARLY.search(among))
    near = next((match for match in nearly if match and match["value"]), None)
    form = ""
    if near:
        sign = near["sign"]
        known = _MEANT.get(sign) or next((known for known in (sign[:2], sign[:1]) if known in _SIGNS), "=")
        form = f" (here {near['field']}{known}{near['value']}, without spaces)"
    return FilterError(f"{text!r} is no filter term: write field=value, with = != > >= < <= or ~{form}")


def _term(match: re.Match[str]) -> Term:
    field, sign = match["field"].strip('"'), match["sign"].replace("==", "=")
    value = _value(match["value"])
    ranged = sign[0] in "<>" and isinstance(value, str) and match["value"][0] not in "\"'"
    if ranged and _JOINED.search(value):
        term = match.group().strip()
        raise FilterError(f"{term!r} is no filter term: put a space between two terms, as in a>1 b<2")
    if sign == "~":
        return field, contains(value if isinstance(value, str) else match["value"])
    return field, {_SIGNS[sign]: value} if _SIGNS[sign] else value


def _value(text: str) -> Any:
    quote = text[0]
    if quote in "\"'":
        return _unquoted(text, quote)
    if _NUMBER.fullmatch(text):
        return int(text) if text.removeprefix("-").isdigit() else float(text)
    return _WORDS.get(text, text)


def _unquoted(text: str, quote: str) -> str:
    if len(text) < 2 or not text.endswith(quote):
        raise FilterError(f"the quote in {text} is not closed")
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if quote == '"' else text[1:-1]
