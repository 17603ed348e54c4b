"""What Tab offers in the database shell, and of it in a chat after ``/db``: collections, fields, operators, options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from cpsl.data.filters import LOGICAL_OPERATORS, OPERATORS
from cpsl.data.update_operators import OPERATORS as UPDATES
from cpsl.errors import CapsuleError
from cpsl.render.safe import visible_line
from cpsl.store import overview
from cpsl.store.store import Store

SIGNS = ("=", "!=", ">", ">=", "<", "<=", "~")
NAMED = ("show", "find", "count", "insert", "update", "delete", "schema", "\\d", "watch")
SHORT = ("\\d", "\\l", "\\q", "help", "select")
_TALKS = ("history", "state")
_LAST = re.compile(r"""[^\s"'{}\[\],:]*$""")
_HEAD = re.compile(r'[^\s"\'=!<>~{]+')
# Enough to have seen every field that is usual, and read in a millisecond.
_SAMPLE = 200
_SQL = ("select", "with", "explain")


class Words:
    """What there is to complete; asked at each key, so answers come from the store as it is now."""

    def commands(self) -> Mapping[str, str]:
        """Sub-commands with their meaning."""
        raise NotImplementedError

    def options(self, command: str) -> Sequence[str]:
        """The options of a sub-command."""
        raise NotImplementedError

    def collections(self) -> Sequence[str]:
        """The names of the collections."""
        raise NotImplementedError

    def fields(self, collection: str) -> Sequence[str]:
        """The fields seen in a collection's documents."""
        raise NotImplementedError

    def sessions(self) -> Sequence[str]:
        """The names of the sessions."""
        raise NotImplementedError


class ShellCompleter(Completer):
    """Completes the word before the cursor."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Called by prompt_toolkit."""
        text = document.text_before_cursor
        for offer, start, meaning in self._possible(text):
            if offer != text[len(text) - start :]:
                yield Completion(offer, -start, display=visible_line(offer), display_meta=meaning)

    def _possible(self, text: str) -> list[tuple[str, int, str]]:
        """A database that cannot be read completes nothing; the command will say why."""
        try:
            return list(self.offers(text))
        except CapsuleError:
            return []

    def offers(self, text: str) -> Iterator[tuple[str, int, str]]:
        """What fits the end of the text: the offer, how many letters it replaces, what it means."""
        before = text.split()
        first = before[0] if before else ""
        if len(before) <= 1 and not text[-1:].isspace():
            meanings = {**self._words.commands(), **dict.fromkeys(SHORT, "")}
            yield from ((name, len(first), meanings[name]) for name in meanings if name.startswith(first))
            return
        last = _LAST.search(text)
        word = last.group() if last else ""
        yield from ((offer, len(word), "") for offer in self._following(text, before, word) if offer.startswith(word))

    def _following(self, text: str, before: Sequence[str], word: str) -> Iterable[str]:
        first, complete = before[0], [*before[1:], *([""] if text[-1:].isspace() else [])]
        if word.startswith("-") and "{" not in text:
            return self._words.options(first)
        if first.lower() in _SQL:
            return (*self._words.collections(), *self._all_fields(before))
        if first in _TALKS:
            return self._words.sessions()
        if first not in NAMED:
            return ()
        return self._words.collections() if len(complete) == 1 else self._inside(text, before, word)

    def _inside(self, text: str, before: Sequence[str], word: str) -> Iterable[str]:
        fields = self._words.fields(before[1])
        if word.startswith("$"):
            filters = (*OPERATORS, *LOGICAL_OPERATORS)
            return (*UPDATES, *filters) if before[0] == "update" else filters
        head = _HEAD.match(word)
        if head and head.group() in fields and "{" not in text:
            return (head.group() + sign for sign in SIGNS)
        return fields

    def _all_fields(self, before: Sequence[str]) -> Iterator[str]:
        for name in self._words.collections():
            if name in before:
                yield from self._words.fields(name)


def known_fields(path: str | Path, collection: str) -> Sequence[str]:
    """The dotted paths of a collection's fields: declared columns, then those seen in its newest documents.

    None for an unknown collection. Raises ``StoreError``.
    """
    with closing(Store(path)) as store:
        declared = store.declarations.stored(collection)
        if declared is None:
            return ()
        with store.database.reading() as connection:
            seen = overview.stored_fields(overview.newest(connection, collection, _SAMPLE))
    return list(dict.fromkeys((*declared.columns, *(field.path for field in seen))))
