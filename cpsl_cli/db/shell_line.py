"""A line of the shell as the words of a command: JSON needs no quotes there, and may hold spaces."""

from __future__ import annotations

import json
import re
import shlex

from cpsl_cli.db.db_errors import QueryError

_BLANK = re.compile(r"\s*")
# A run of anything but blanks, in which quoted parts may hold some: name~"acme co" is one word.
_WORD = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+""")
_decoder = json.JSONDecoder()

LEAVE = {"\\q", "quit", "exit"}
_SQL = {"select", "with", "explain", "values", "pragma"}
_SHORT = {"\\d": "schema", "\\l": "list", "\\dt": "list"}


def command_words(line: str) -> list[str]:
    """The words of ``capsule db`` that a line means: SQL is ``sql``, ``\\d NAME`` is ``schema NAME``.

    Raises ``QueryError`` for a quote that is not closed.
    """
    text = line.strip().rstrip(";").rstrip()
    first = text.split(None, 1)[0].lower() if text else ""
    if first in _SQL:
        return ["sql", text]
    words = split_words(text)
    if words and words[0] in _SHORT:
        words[0] = _SHORT[words[0]]
    return words


def split_words(text: str) -> list[str]:
    """The words; a word that begins with a brace or bracket ends with its JSON."""
    words, at = [], _skip(text, 0)
    while at < len(text):
        word, at = _json(text, at) if text[at] in "{[" else _plain(text, at)
        words.append(word)
        at = _skip(text, at)
    return words


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _json(text: str, at: int) -> tuple[str, int]:
    try:
        _, end = _decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        end = len(text)  # the command says what is wrong with it
    return text[at:end], end


def _plain(text: str, at: int) -> tuple[str, int]:
    found = _WORD.match(text, at)
    if found is None:
        raise QueryError(f"the quote in {text[at:]} is not closed.")
    word = found.group()
    # Quotes around all of a word are the shell's own; those inside belong to the short form.
    return (shlex.split(word)[0] if word[0] in "\"'" and len(shlex.split(word)) == 1 else word), found.end()
