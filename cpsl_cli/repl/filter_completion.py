"""Completion of the filter in ``/db COLLECTION FILTER``: what the database shell offers after ``find``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from cpsl.store.database import MEMORY
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.query_completion import ShellCompleter, Words, known_fields
from cpsl_cli.repl.reload import file_stamp

Stamp = tuple[tuple[int, int] | None, ...]


class FilterCompleter(Completer):
    """Completes the words that follow ``/db``. Its module loads the query layer: made when first needed."""

    def __init__(self, context: ChatContext) -> None:
        self._shell = ShellCompleter(_ChatWords(context))

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What could stand at the cursor."""
        return self._shell.get_completions(Document(f"find {document.text_before_cursor}"), complete_event)


class _ChatWords(Words):
    """The fields in the chat's own store, read anew when its file has changed; in memory the declared ones only."""

    def __init__(self, context: ChatContext) -> None:
        self._context = context
        self._read: dict[str, tuple[Stamp, Sequence[str]]] = {}

    def commands(self) -> Mapping[str, str]:
        return {}

    def options(self, command: str) -> Sequence[str]:
        return ()

    def collections(self) -> Sequence[str]:
        return ()

    def sessions(self) -> Sequence[str]:
        return ()

    def fields(self, collection: str) -> Sequence[str]:
        path = self._context.runtime.world.store.path
        if path == MEMORY:
            declared = self._context.runtime.app.registry.collections.get(collection)
            return declared.declaration.columns if declared else ()
        stamp = tuple(map(file_stamp, (path, f"{path}-wal")))
        # Asked for at each key.
        if collection not in self._read or self._read[collection][0] != stamp:
            self._read[collection] = (stamp, known_fields(path, collection))
        return self._read[collection][1]
