"""What a transcript's lines say to a reader, whichever way it is then drawn: ``--show`` and ``--md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cpsl.clock import minute, parse_iso
from cpsl.model.codec import dumps
from cpsl.render.blocks import plain_block
from cpsl.transcript.comparison.matchers import is_matcher, shown
from cpsl.transcript.document import RecordedTurn, Transcript
from cpsl.transcript.start import Cast

Fields = Mapping[str, Any]

_STOPPED = {"interrupted": "[interrupted]", "timeout": "[timed out]"}


class Said(NamedTuple):
    """One thing to read, its text as it is (control characters too).

    ``kind`` is the type of its line; ``note`` says what a text that is no plain one has to do: a matcher's
    kind, the files of a message, or who speaks if not the person of the header.
    """

    kind: str
    text: str
    note: str = ""


def turns_of(transcript: Transcript, until: int | None = None) -> Iterator[list[Fields]]:
    """The records of each turn, turn 0 first if there is one, up to the turn ``until``."""
    if transcript.start:
        yield [line.fields for line in transcript.start]
    for turn in transcript.turns:
        if until is None or turn.number <= until:
            yield records_of(turn)


def records_of(turn: RecordedTurn) -> list[Fields]:
    """The records of one turn, what the person said first."""
    return [turn.user.fields, *(line.fields for line in turn.lines)]


def read_aloud(records: Iterable[Fields], home: str) -> Iterator[Said]:
    """What there is to read in a turn; ``home`` is the id of the person whose name need not be said."""
    for fields in records:
        said = _SAYS.get(fields["type"], _nothing)(fields)
        if said and fields["type"] == "user":
            name = str(fields.get("as", home))
            said = said._replace(note="" if name == home else name)
        if said and (said.text or fields["type"] in ("user", "reply")):
            yield said


def home_of(transcript: Transcript) -> str:
    """The id of the person whom the header names."""
    return Cast(transcript).home.user.id


def minute_of(records: Iterable[Fields]) -> str:
    """When a turn began, to the minute in UTC: ``2030-01-31 09:05``; ``""`` where the file does not say."""
    at = next((fields.get("at") for fields in records), None)
    return minute(parse_iso(at)) if at else ""


def _nothing(fields: Fields) -> Said | None:
    return None


def _user(fields: Fields) -> Said:
    files = "".join(f" [{_file(item)}]" for item in fields.get("attachments", ()))
    return Said("user", fields["text"] + files)


def _file(item: Any) -> str:
    return item if isinstance(item, str) else str(item.get("name") or item["path"])


def _reply(fields: Fields) -> Said:
    expected = fields["text"]
    if is_matcher(expected) and expected["match"] != "exact":
        return Said("reply", shown(expected) if "value" in expected else "", expected["match"])
    return Said("reply", shown(expected))


def _notice(fields: Fields) -> Said:
    return Said("notify", " ".join(filter(None, (shown(fields.get("text", "")), shown(fields.get("detail", ""))))))


def _block(fields: Fields) -> Said:
    block = fields["block"]
    known = isinstance(block.get("type"), str) and isinstance(block.get("payload"), dict)
    return Said("block", plain_block(block) or "" if known else dumps(block))


def _prompt(fields: Fields) -> Said:
    return Said("prompt", shown(fields.get("message", "")) or fields["kind"])


def _answer(fields: Fields) -> Said:
    value = fields["value"]
    if value is None:
        return Said("answer", "(no answer)")
    if isinstance(value, bool):
        return Said("answer", "yes" if value else "no")
    # The names of a form's fields: their values are secrets, and were not recorded.
    return Said("answer", ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value))


def _setting(fields: Fields) -> Said:
    return Said("setting", f"{fields['name']} = {dumps(fields['value'])}")


def _error(fields: Fields) -> Said:
    parts = (shown(fields[name]) for name in ("error", "message") if fields.get(name))
    return Said("error", ": ".join(parts))


def _data(fields: Fields) -> Said:
    changed = [f"data.{name} = {shown(value) if is_matcher(value) else dumps(value)}" for name, value in _set(fields)]
    return Said("data", "\n".join([*changed, *(f"data.{name} removed" for name in fields.get("unset", ()))]))


def _set(fields: Fields) -> Iterable[tuple[str, Any]]:
    values: Mapping[str, Any] = fields.get("set", {})
    return values.items()


def _task(fields: Fields) -> Said:
    return Said("task", " ".join(str(fields[name]) for name in ("name", "status") if name in fields))


def _end(fields: Fields) -> Said:
    return Said("end", _STOPPED.get(fields["status"], ""))


_SAYS = {
    "user": _user,
    "reply": _reply,
    "notify": _notice,
    "block": _block,
    "prompt": _prompt,
    "answer": _answer,
    "setting": _setting,
    "error": _error,
    "data": _data,
    "task": _task,
    "end": _end,
}
