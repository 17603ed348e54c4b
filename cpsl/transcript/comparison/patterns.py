"""How an expected text fits an actual one, its captures included."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from cpsl.patterns import PatternError, compile_pattern
from cpsl.transcript.comparison.captures import NAME, Captures, names
from cpsl.transcript.comparison.placeholders import (
    WORD,
    WORD_ENDS,
    WORD_STARTS,
    Edges,
    edges,
    fit_placeholders,
    glob_source,
    is_open,
)


class PatternKind(NamedTuple):
    """A way in which an expected text fits an actual one.

    :param source: the regular expression for a text, or for what stands between two placeholders of one.
    :param fits: whether a text without placeholders fits an actual one; None where only the expression tells.
    :param searched: whether more may stand around what matches.
    :param pieces: whether :mod:`placeholders` knows the kind, which then fits it in time that grows with the text.
    :param flags: those of the expression, as ``compile_pattern`` takes them.
    """

    source: Callable[[str], str]
    fits: Callable[[str, str], bool] | None = None
    searched: bool = False
    pieces: bool = False
    flags: str = ""


PATTERN_KINDS = {
    "exact": PatternKind(re.escape, lambda text, actual: text == actual, pieces=True),
    "contains": PatternKind(re.escape, lambda text, actual: text in actual, searched=True, pieces=True),
    "glob": PatternKind(glob_source, lambda text, actual: fnmatchcase(actual, text), pieces=True, flags="s"),
    "regex": PatternKind(lambda text: text, searched=True),
}
"""By the name that a matcher object has for it; a plain text is ``exact``."""


def match_pattern(kind: str, text: str, actual: str, captures: Captures) -> dict[str, str] | None:
    """What ``text`` newly captures in ``actual``, or None if it does not match.

    ``kind`` is one of ``PATTERN_KINDS``; the text is valid for it. A glob covers the
    whole text and its ``*`` spans lines. A regular expression is searched for, as pytest's ``match=`` and
    Jest's ``toMatch`` do: ``^`` and ``$`` say where it has to stand. Tried in this order: captures as words at open
    edges, within a line, across lines. Raises ``PatternTimeout`` for a regular expression that takes too long, and
    where a name that occurs more than once makes the text one.
    """
    used, fits = names(text), PATTERN_KINDS[kind].fits
    if not used and fits:
        return {} if fits(text, actual) else None
    known = {name: captures[name] for name in used if name in captures}
    for reach in edges(kind)[: 1 if len(known) == len(used) else None]:
        new = _fitted(kind, text, actual, known, reach)
        if new is not None:
            return new
    return None


def _fitted(kind: str, text: str, actual: str, known: Captures, reach: Edges) -> dict[str, str] | None:
    if PATTERN_KINDS[kind].pieces:
        fitted = fit_placeholders(kind, text, actual, known, reach)
        if fitted is None or fitted.sure:
            return fitted and fitted.captures
    expression = _expression(kind, text, tuple(known.items()), reach)
    pattern = compile_pattern(expression, PATTERN_KINDS[kind].flags)
    match = pattern.search(actual) if PATTERN_KINDS[kind].searched else pattern.fullmatch(actual)
    if match is None:
        return None
    groups = match.groupdict()
    new = {name: groups.get(f"capture_{name}") for name in names(text) if name not in known}
    return {name: value for name, value in new.items() if value is not None}


def regex_problem(text: str) -> str | None:
    """Why ``text`` is no regular expression, with the position, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
            expression = _expression("regex", text, (), Edges(False, False))
            re.compile(expression)
            compile_pattern(expression)
        except (re.error, PatternError) as error:
            return str(error)
        except Warning as warning:
            return str(warning).split("\n", maxsplit=1)[0]
        except (OverflowError, RecursionError) as error:
            return f"too much: {error}"
    return None


_LINE = r"[^\n]+?"
_LINES = r"(?s:.+?)"


@lru_cache(1024)
def _expression(kind: str, text: str, known: tuple[tuple[str, str], ...], reach: Edges) -> str:
    """The text as a regular expression, with a group for each name that is not known."""
    values = dict(known)
    pieces, source = NAME.split(text), PATTERN_KINDS[kind].source
    seen: set[str] = set()
    parts = [source(pieces[0])]
    for at in range(1, len(pieces), 2):
        name, after = pieces[at], pieces[at + 1]
        if name in values:
            parts.append(f"(?:{re.escape(values[name])})")
        elif name in seen:
            parts.append(f"(?P=capture_{name})")
        else:
            opens = reach.words and is_open(kind, pieces[at - 1], outermost=at == 1)
            closes = reach.words and is_open(kind, after[:1], outermost=at + 2 == len(pieces))
            parts.append(_group(name, _LINES if reach.lines else _LINE, opens=opens, closes=closes))
        seen.add(name)
        parts.append(source(after))
    return "".join(parts)


def _group(name: str, inner: str, *, opens: bool, closes: bool) -> str:
    body = WORD if opens or closes else inner
    start = WORD_STARTS if opens else ""
    return f"{start}(?P<capture_{name}>{body}){WORD_ENDS if closes else ''}"
