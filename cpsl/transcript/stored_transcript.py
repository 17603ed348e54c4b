"""A stored conversation as a transcript: ``/save`` and ``capsule db history --transcript``.

The store keeps what was said, how turns ended and what they changed in ``session.data``; notices, blocks,
questions and their answers it does not. So turns have no ``end`` line, and their replay is compared by replies,
errors and data only; a question is answered by nobody there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cpsl.clock import iso
from cpsl.model.attachment import Attachment
from cpsl.model.codec import dumps, header_record
from cpsl.model.identity import SessionKey
from cpsl.runtime.attachments import local_path, wire_record
from cpsl.runtime.conversation import ERROR_PREFIX
from cpsl.runtime.turn_output import INTERRUPTED_MARK
from cpsl.store.store import Store
from cpsl.store.stored_turns import DataStep, StoredTurn, data_steps, stored_turns
from cpsl.store.stored_values import HistoryEntry
from cpsl.transcript.comparison.net_change import net
from cpsl.transcript.recorded_lines import transcript_fields
from cpsl.wording import counted

_STOPPED = ("interrupted", "timeout")

Keep = Callable[[Path], str]
"""Where the transcript finds a file that a person sent."""


class StoredTranscript(NamedTuple):
    """The file's text, how many turns are in it, and a sentence for everything that could not be put in."""

    text: str
    turns: int
    notes: tuple[str, ...]


def stored_transcript(
    store: Store, key: SessionKey, *, app: str = "", name: str = "", keep: Keep = str
) -> StoredTranscript | None:
    """The conversation as a transcript, or None where nothing was said yet.

    :param app: the entry point for the header, left out if it is not known; ``name`` is the app's name.
    """
    with store.database.intact(), store.database.reading():
        turns = stored_turns(store.database, key.id)
        steps = data_steps(store.database, key.id)
    ended = [turn for turn in turns if turn.ended_at is not None]
    if not ended:
        return None
    head = header_record(app, name, key, ended[0].said.at)
    lines = [{field: value for field, value in head.items() if value != ""}]
    missing: list[str] = []
    for number, turn in enumerate(ended, 1):
        records = _Turn(turn, number).records((steps or {}).get(turn.id, ()), keep, missing)
        lines += map(transcript_fields, records)
    return StoredTranscript(
        "".join(dumps(line) + "\n" for line in lines),
        len(ended),
        (*_about(turns), *_notes(missing, exact=steps is not None)),
    )


def _about(turns: Sequence[StoredTurn]) -> Iterator[str]:
    unfinished = sum(turn.ended_at is None for turn in turns)
    stopped = [str(number) for number, turn in enumerate(turns, 1) if turn.status in _STOPPED]
    if unfinished:
        yield f"{counted(unfinished, 'unfinished turn')} left out"
    if stopped:
        yield f"turn {', '.join(stopped)} was stopped, and only what it replied until then is known"


def _notes(missing: Sequence[str], *, exact: bool) -> Iterator[str]:
    if not exact:
        yield "changes of data left out: the journal does not hold all of them"
    if missing:
        yield f"replay will need: {', '.join(missing)}"


class _Turn:
    """Writes down one turn."""

    def __init__(self, turn: StoredTurn, number: int) -> None:
        self._turn = turn
        self._number = number

    def records(self, steps: Sequence[DataStep], keep: Keep, missing: list[str]) -> Iterator[dict[str, Any]]:
        turn = self._turn
        yield self._record("user", turn.said.at, text=turn.said.text, **self._files(keep, missing))
        kind, message = self._failure()
        for reply in self._replies(message):
            yield self._reply(reply)
        change = net(step._asdict() for step in steps)
        end = turn.ended_at or turn.said.at
        if change.set or change.unset:
            yield self._record("data", end, set=change.set, unset=list(change.unset))
        if kind:
            yield self._record("error", end, error=kind, message=message)
        if turn.status in _STOPPED:
            # Nothing else tells the replay to stop the handler, which may well wait for ever.
            yield self._record("end", end, status=turn.status)

    def _record(self, kind: str, at: float, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "turn": self._number, "at": iso(at), **fields}

    def _failure(self) -> tuple[str, str]:
        kind, _, message = (self._turn.error or "").partition(": ")
        return kind, message

    def _replies(self, message: str) -> list[HistoryEntry]:
        """What the app said; an error stands in the history as a reply, and is none."""
        replies = [item for item in self._turn.replies if item.sender == "app"]
        if self._turn.error and replies and replies[-1].text == ERROR_PREFIX + message:
            replies.pop()
        return replies

    def _reply(self, entry: HistoryEntry) -> dict[str, Any]:
        if self._turn.status in _STOPPED and entry.text.endswith(INTERRUPTED_MARK):
            return self._record("reply", entry.at, text=entry.text.removesuffix(INTERRUPTED_MARK), streamed=True)
        return self._record("reply", entry.at, text=entry.text)

    def _files(self, keep: Keep, missing: list[str]) -> dict[str, Any]:
        stored = json.loads(self._turn.said.attachments or "[]")
        files = [Attachment(**item) for item in stored]
        return {"attachments": [_file(item, keep, missing) for item in files]} if files else {}


def _file(item: Attachment, keep: Keep, missing: list[str]) -> dict[str, Any]:
    path = local_path(item)
    fields = wire_record(item)
    if path is None or not path.is_file():
        missing.append(item.name)
        return {name: value for name, value in fields.items() if value is not None}
    try:
        return {**fields, "path": keep(path)}
    except OSError:
        missing.append(item.name)
        return fields
