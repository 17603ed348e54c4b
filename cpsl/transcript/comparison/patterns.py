"""How an expected text becomes regular expressions, its captures included."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from cpsl.transcript.comparison.captures import NAME, Captures, names

_LINE = r"[^\n]+?"
_LINES = r"(?s:.+?)"
# Where nothing in the text says how far a capture goes, it is a word without the punctuation around it.
_WORD = r"\S+?"
_WORD_STARTS = r"""(?<![^\s(\[{<"'])(?![(\[{<"'])"""
_WORD_ENDS = r"""(?=[.,;:!?)\]}>"']*(?:\s|\Z))"""

_GLOB_TOKEN = re.compile(r"\*+|\[!?\]?[^\]]*\]|.", re.DOTALL)
_GLOB_TAIL = translate("").removeprefix("(?s:")


def found(kind: str, text: str, actual: str, captures: Captures) -> dict[str, str] | None:
    """What ``text`` newly captures in ``actual``, or None if it does not match.

    ``kind`` is ``exact``, ``contains``, ``glob`` or ``regex``; the text is valid for it. A glob covers the
    whole text and its ``*`` spans lines. A regular expression is searched for, as pytest's ``match=`` and
    Jest's ``toMatch`` do: ``^`` and ``$`` say where it has to stand.
    """
    known = names(text)
    if not known and kind != "regex":
        return {} if _PLAIN[kind](text, actual) else None
    for pattern in _compiled(kind, text, tuple((name, captures[name]) for name in known if name in captures)):
        match = pattern.search(actual) if kind in _SEARCHED else pattern.fullmatch(actual)
        if match:
            groups = match.groupdict()
            new = {name: groups.get(f"capture_{name}") for name in known if name not in captures}
            return {name: value for name, value in new.items() if value is not None}
    return None


def regex_problem(text: str) -> str | None:
    """Why ``text`` is no regular expression, with the position, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
            _compile("regex", text, {}, words=False, inner=_LINE)
        except re.error as error:
            return str(error)
        except Warning as warning:
            return str(warning).split("\n", maxsplit=1)[0]
        except (OverflowError, RecursionError) as error:
            return f"too much: {error}"
    return None


_PLAIN: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda text, actual: text == actual,
    "contains": lambda text, actual: text in actual,
    "glob": lambda text, actual: fnmatchcase(actual, text),
}
_SEARCHED = frozenset({"contains", "regex"})


@lru_cache(1024)
def _compiled(kind: str, text: str, known: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], ...]:
    """The expressions to try in this order: captures as words at open edges, within a line, across lines."""
    values = dict(known)
    if len(values) == len(names(text)):
        return (_compile(kind, text, values, words=False, inner=_LINE),)
    tries = [_compile(kind, text, values, words=True, inner=_LINE)] if kind != "exact" else []
    return (*tries, *(_compile(kind, text, values, words=False, inner=inner) for inner in (_LINE, _LINES)))


def _compile(kind: str, text: str, values: Captures, *, words: bool, inner: str) -> re.Pattern[str]:
    pieces = NAME.split(text)
    seen: set[str] = set()
    parts = [_SOURCE[kind](pieces[0])]
    for at in range(1, len(pieces), 2):
        name, after = pieces[at], pieces[at + 1]
        if name in values:
            parts.append(f"(?:{re.escape(values[name])})")
        elif name in seen:
            parts.append(f"(?P=capture_{name})")
        else:
            opens = words and _open(kind, pieces[at - 1], at == 1, "*")
            closes = words and _open(kind, after[:1], at + 2 == len(pieces), "*")
            parts.append(_group(name, inner, opens=opens, closes=closes))
        seen.add(name)
        parts.append(_SOURCE[kind](after))
    return re.compile("".join(parts), re.DOTALL if kind == "glob" else 0)


def _open(kind: str, beside: str, outermost: bool, star: str) -> bool:
    """Whether what stands beside a capture leaves open how far it goes."""
    if kind == "glob":
        return beside.endswith(star)
    return outermost and not beside


def _group(name: str, inner: str, *, opens: bool, closes: bool) -> str:
    body = _WORD if opens or closes else inner
    start = _WORD_STARTS if opens else ""
    return f"{start}(?P<capture_{name}>{body}){_WORD_ENDS if closes else ''}"


def _glob(text: str) -> str:
    """The source of a glob piece by piece: translated as a whole, its stars could not give way to a capture."""
    return "".join(
        ".*?" if token.startswith("*") else translate(token).removeprefix("(?s:").removesuffix(_GLOB_TAIL)
        for token in _GLOB_TOKEN.findall(text)
    )


_SOURCE: dict[str, Callable[[str], str]] = {
    "exact": re.escape,
    "contains": re.escape,
    "glob": _glob,
    "regex": lambda text: text,
}
