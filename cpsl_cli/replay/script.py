"""What a transcript's lines say to a reader, whichever way it is then drawn: ``--show`` and ``--md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cpsl.clock import minute, parse_iso
from cpsl.model.codec import dumps
from cpsl.render.blocks import plain_block
from cpsl.transcript.comparison.matchers import expectation_text, is_matcher
from cpsl.transcript.document import RecordedTurn, Transcript
from cpsl.transcript.opening import Cast

Fields = Mapping[str, Any]

_STOPPED = {"interrupted": "[interrupted]", "timeout": "[timed out]"}


class ReadableLine(NamedTuple):
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


def read_aloud(records: Iterable[Fields], home: str) -> Iterator[ReadableLine]:
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


def _nothing(fields: Fields) -> ReadableLine | None:
    return None


def _user(fields: Fields) -> ReadableLine:
    files = "".join(f" [{_file(item)}]" for item in fields.get("attachments", ()))
    return ReadableLine("user", fields["text"] + files)


def _file(item: Any) -> str:
    return item if isinstance(item, str) else str(item.get("name") or item["path"])


def _reply(fields: Fields) -> ReadableLine:
    expected = fields["text"]
    if is_matcher(expected) and expected["match"] != "exact":
        return ReadableLine("reply", expectation_text(expected) if "value" in expected else "", expected["match"])
    return ReadableLine("reply", expectation_text(expected))


def _notice(fields: Fields) -> ReadableLine:
    return ReadableLine(
        "notify",
        " ".join(filter(None, (expectation_text(fields.get("text", "")), expectation_text(fields.get("detail", ""))))),
    )


def _block(fields: Fields) -> ReadableLine:
    block = fields["block"]
    known = isinstance(block.get("type"), str) and isinstance(block.get("payload"), dict)
    return ReadableLine("block", plain_block(block) or "" if known else dumps(block))


def _prompt(fields: Fields) -> ReadableLine:
    return ReadableLine("prompt", expectation_text(fields.get("message", "")) or fields["kind"])


def _answer(fields: Fields) -> ReadableLine:
    value = fields["value"]
    if value is None:
        return ReadableLine("answer", "(no answer)")
    if isinstance(value, bool):
        return ReadableLine("answer", "yes" if value else "no")
    # The names of a form's fields: their values are secrets, and were not recorded.
    return ReadableLine("answer", ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value))


def _setting(fields: Fields) -> ReadableLine:
    return ReadableLine("setting", f"{fields['name']} = {dumps(fields['value'])}")


def _error(fields: Fields) -> ReadableLine:
    parts = (expectation_text(fields[name]) for name in ("error", "message") if fields.get(name))
    return ReadableLine("error", ": ".join(parts))


def _data(fields: Fields) -> ReadableLine:
    changed = [
        f"data.{name} = {expectation_text(value) if is_matcher(value) else dumps(value)}"
        for name, value in _set(fields)
    ]
    return ReadableLine("data", "\n".join([*changed, *(f"data.{name} removed" for name in fields.get("unset", ()))]))


def _set(fields: Fields) -> Iterable[tuple[str, Any]]:
    values: Mapping[str, Any] = fields.get("set", {})
    return values.items()


def _task(fields: Fields) -> ReadableLine:
    return ReadableLine("task", " ".join(str(fields[name]) for name in ("name", "status") if name in fields))


def _end(fields: Fields) -> ReadableLine:
    return ReadableLine("end", _STOPPED.get(fields["status"], ""))


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
