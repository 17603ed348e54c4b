"""Completion while a command is typed: names with their meaning, then arguments from live data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from cpsl.render.safe import visible_line
from cpsl_cli.repl.paths import bare, last_mention, last_word, quote_path
from cpsl_cli.slash.registry import Commands

Source = Callable[[], Iterable[str]]


class ChatCompleter(Completer):
    """Completes ``/`` commands and their arguments, and file paths after ``@``.

    :param asked: the kind of the app's question that waits, or "": a file's path is completed.
    :param sources: what the word "KIND" in a command's usage stands for: live names, asked for each time. A word
        in small letters is typed as it is.
    :param completers: those of kinds that are more than a list of names, made when first needed; they see the
        command's arguments.
    """

    def __init__(
        self,
        commands: Commands,
        sources: Mapping[str, Source],
        completers: Mapping[str, Callable[[], Completer]],
        asked: Callable[[], str],
    ) -> None:
        self._commands = commands
        self._sources = sources
        self._completers = completers
        self._made: dict[str, Completer] = {}
        self._asked = asked
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What could stand at the cursor."""
        text = document.text_before_cursor
        if self._asked():
            if self._asked() == "file":
                yield from self._paths.get_completions(document, complete_event)
        elif text.startswith("/") and not text.startswith("//") and "\n" not in text:
            name, space, rest = text[1:].partition(" ")
            yield from self._arguments(name, rest, complete_event) if space else self._names(name)
        elif (word := last_mention(text)) is not None:
            yield from self._files(word, complete_event)

    def _names(self, typed: str) -> Iterable[Completion]:
        for command in self._commands:
            if command.name.startswith(typed):
                meaning = f"{command.usage}  {command.meaning}".strip()
                yield Completion(command.name, -len(typed), display=f"/{command.name}", display_meta=meaning)

    def _arguments(self, name: str, rest: str, event: CompleteEvent) -> Iterable[Completion]:
        command = self._commands.get(name)
        if command is None:
            return
        typed = last_word(rest)
        kind = _kind_at(command.usage, len(rest[: len(rest) - len(typed)].split()))
        if kind == "FILE":
            yield from self._files(typed, event)
        if kind in self._completers:
            yield from self._completer(kind).get_completions(Document(rest), event)
        for word in (kind,) if kind.islower() else self._sources.get(kind, tuple)():
            if word.startswith(bare(typed)):
                yield Completion(quote_path(word), -len(typed), display=visible_line(word))

    def _completer(self, kind: str) -> Completer:
        if kind not in self._made:
            self._made[kind] = self._completers[kind]()
        return self._made[kind]

    def _files(self, word: str, event: CompleteEvent) -> Iterable[Completion]:
        path = bare(word)
        for found in self._paths.get_completions(Document(path), event):
            name = found.display_text
            whole = path + found.text + ("/" if name.endswith("/") else "")
            yield Completion(quote_path(whole), -len(word), display=visible_line(name))


def _kind_at(usage: str, position: int) -> str:
    """The word of a usage text at that position, without brackets; its last word repeats."""
    words = [word.strip("[]…").partition("=")[0] for word in usage.split() if not word.strip("[]").startswith("-")]
    return words[min(position, len(words) - 1)] if words else ""


def is_completing(text: str) -> bool:
    """Whether a menu may be wanted: only then are rows kept free for it."""
    return (text.startswith("/") and not text.startswith("//")) or last_mention(text) is not None
