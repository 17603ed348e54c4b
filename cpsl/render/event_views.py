"""How each kind of event is drawn, in every place there is: a row of ``VIEWS`` for each.

A place that shows nothing of a kind says so (``SILENT``). Texts for stdout, for stderr and for lines on the terminal
are made safe for it here: what an app or a person wrote passes through ``visible``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cpsl.model.codec import dumps, expectation_text, is_matcher
from cpsl.model.events import (
    EVENTS,
    Answered,
    Asked,
    BlockShown,
    Chunk,
    DataChanged,
    Event,
    Notice,
    Reply,
    SettingChosen,
    Signal,
    TurnEnded,
    TurnFailed,
    UserMessage,
    wire_type,
)
from cpsl.render.blocks import plain_block
from cpsl.render.failure import describe
from cpsl.render.safe import visible
from cpsl.textwidth import cut
from cpsl.wording import counted

if TYPE_CHECKING:
    from typing import Protocol

    class TextStyles(Protocol):
        """What a terminal can do, as far as drawing an event needs it."""

        def style(self, text: str, code: str) -> str:
            """The text in an SGR style such as ``"1;31"``, if there is colour."""
            ...

        def glyph(self, fancy: str, plain: str) -> str:
            """The Unicode decoration or its ASCII stand-in."""
            ...


Fields = Mapping[str, Any]
"""A line of a transcript, or the record of a step in a trace."""

Silent = Literal["silent"]
Streamed = Literal["streamed"]
SILENT: Silent = "silent"
"""Nothing is shown there, and that is meant."""
STREAMED: Streamed = "streamed"
"""The place puts it together itself: a reply comes in pieces."""

Form = Literal["speech", "reply", "remark", "plain", "question", "answer", "warning", "failure"]
"""What a line of a transcript looks like to its reader; ``capsule replay`` draws each of them."""

TerminalPlace = Literal["line", "at once", "status"]
"""Finished lines, after a reply that streams or at once; or the status line, which the next output replaces."""

TerminalView = tuple[TerminalPlace, Callable[[Any, "TextStyles"], "str | None"]]
"""Where the terminal draws it, and its text; None where there is nothing to draw."""

StepView = tuple[str, "Callable[[Any], dict[str, Any]] | Streamed", Callable[[Fields], str]]
"""A step of a trace: the type it has there, its fields, and how a record of it is put into words."""


class LineView(NamedTuple):
    """How lines of one type are drawn by ``capsule replay``, which reads transcripts aloud.

    :param reading: what a line says, control characters too; ``""`` where it says nothing.
    :param show: what that looks like with ``--show``.
    :param markdown: what it looks like with ``--md``.
    :param continued: whether ``--chat`` shows it of the turns that it has played, before the chat goes on.
    """

    reading: Callable[[Fields], str]
    show: Form | Silent
    markdown: Form | Silent
    continued: Literal["shown"] | Silent


class EventView(NamedTuple):
    """How one kind of event is drawn.

    :param stdout: its text in a pipe, on a line of its own; None where there is none.
    :param stderr: likewise, for what a developer wants to know beside the replies.
    :param terminal: how the terminal draws it; a status text is made visible there, on one line and cut off.
    :param step: what a trace makes of it (``/trace``).
    :param line: how its line in a transcript is drawn.
    """

    stdout: Callable[[Any], str | None] | Streamed | Silent
    stderr: Callable[[Any], str | None] | Silent
    terminal: TerminalView | Streamed | Silent
    step: StepView | Silent
    line: LineView | Silent


# A person says something.


def _said(event: UserMessage, styles: TextStyles) -> str:
    mark = styles.style(styles.glyph("❯ ", "> "), "1;36")
    text = visible(event.text).replace("\n", "\n  ")
    files = "".join(f" [{visible(item['name'])} {item['size']} bytes]" for item in event.attachments)
    return mark + styles.style(text, "1") + files


def _said_step(event: UserMessage) -> dict[str, Any]:
    files = {"attachments": len(event.attachments)} if event.attachments else {}
    return {"characters": len(event.text), **files}


def _said_words(record: Fields) -> str:
    files = f", {counted(record['attachments'], 'attachment')}" if "attachments" in record else ""
    return f"message: {counted(record['characters'], 'character')}{files}"


def _said_reading(fields: Fields) -> str:
    return str(fields["text"]) + "".join(f" [{_file(item)}]" for item in fields.get("attachments", ()))


def _file(item: Any) -> str:
    return item if isinstance(item, str) else str(item.get("name") or item["path"])


# A status line.


def _notice(event: Notice) -> str:
    """``notice: headline``, further lines and the detail indented below (behaviour.md §9)."""
    return _indented("notice: ", "\n".join(part for part in (event.text, event.detail) if part))


def _notice_status(event: Notice, styles: TextStyles) -> str:
    return " ".join(filter(None, (event.text, event.detail)))


def _notice_step(event: Notice) -> dict[str, Any]:
    return {"text": event.text, **({"detail": event.detail} if event.detail else {})}


def _notice_words(record: Fields) -> str:
    return f"notify: {' '.join((record['text'], *([record['detail']] if 'detail' in record else [])))}"


def _notice_reading(fields: Fields) -> str:
    texts = (expectation_text(fields.get("text", "")), expectation_text(fields.get("detail", "")))
    return " ".join(filter(None, texts))


# Replies, and the pieces of those that stream.


def _reply(event: Reply) -> str:
    return visible(event.text)


def _reply_step(event: Reply) -> dict[str, Any]:
    return {"characters": len(event.text)}


def _reply_words(record: Fields) -> str:
    return f"reply: {counted(record['characters'], 'character')}"


def _reply_reading(fields: Fields) -> str:
    expected = fields["text"]
    if is_matcher(expected) and expected["match"] != "exact" and "value" not in expected:
        return ""
    return expectation_text(expected)


def _stream_words(record: Fields) -> str:
    number = f" {record['stream']}" if record["stream"] > 1 else ""
    return f"stream{number}: {counted(record['chunks'], 'chunk')}, {counted(record['characters'], 'character')}"


# A rich block.


def _block(event: BlockShown) -> str | None:
    return plain_block(event.block)


def _block_line(event: BlockShown, styles: TextStyles) -> str | None:
    return plain_block(event.block)


def _block_step(event: BlockShown) -> dict[str, Any]:
    return {"block": event.block["type"], "id": event.block["id"]}


def _block_words(record: Fields) -> str:
    return f"block {record['block']}"


def _block_reading(fields: Fields) -> str:
    block = fields["block"]
    known = isinstance(block.get("type"), str) and isinstance(block.get("payload"), dict)
    return plain_block(block) or "" if known else dumps(block)


# A question and its answer.

_ANSWERS = {"approval": "y or n", "file": "the path of a file", "integration": "a line for each field, or JSON"}


def _question(event: Asked) -> str:
    """``question: the message (y or n)``: what is asked, and what the next line may be."""
    return _indented("question: ", f"{event.message} ({_ANSWERS.get(event.kind, event.kind)})")


def _question_step(event: Asked) -> dict[str, Any]:
    return {"kind": event.kind, "message": event.message}


def _question_words(record: Fields) -> str:
    answer = f" -> {dumps(record['answer'])}" if "answer" in record else ""
    return f"asked {record['kind']}: {record['message']}{answer}"


def _question_reading(fields: Fields) -> str:
    return expectation_text(fields.get("message", "")) or str(fields["kind"])


def _answer_reading(fields: Fields) -> str:
    value = fields["value"]
    if value is None:
        return "(no answer)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # The names of a form's fields: their values are secrets, and were not recorded.
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)


# What is chosen, signalled and stored.


def _setting_reading(fields: Fields) -> str:
    return f"{fields['name']} = {dumps(fields['value'])}"


def _signal_step(event: Signal) -> dict[str, Any]:
    return event.payload


def _signal_words(record: Fields) -> str:
    return f"event {record['event']} {short_json(record['payload'])}"


def _data_reading(fields: Fields) -> str:
    values: Mapping[str, Any] = fields.get("set", {})
    changed = [
        f"data.{name} = {expectation_text(value) if is_matcher(value) else dumps(value)}"
        for name, value in values.items()
    ]
    return "\n".join([*changed, *(f"data.{name} removed" for name in fields.get("unset", ()))])


# How a turn fails, and how it ends.

_STOPPED = {"interrupted": "[interrupted]", "timeout": "[timed out]"}


def _failure(event: TurnFailed) -> str | None:
    return f"error in turn {event.turn}: {describe(event.exception)}" if event.exception else None


def _failure_line(event: TurnFailed, styles: TextStyles) -> str | None:
    if not event.exception:
        return None
    bar = styles.style(styles.glyph("│ ", "| "), "31")
    head, *rest = describe(event.exception).split("\n")
    lines = [styles.style(head, "1;31"), *rest, styles.style("/traceback shows all of it", "2")]
    return "\n".join(bar + line for line in lines)


def _failure_step(event: TurnFailed) -> dict[str, Any]:
    return {"error": event.error, "message": event.message}


def _failure_words(record: Fields) -> str:
    return f"error {record['error']}: {record['message']}"


def _failure_reading(fields: Fields) -> str:
    return ": ".join(expectation_text(fields[name]) for name in ("error", "message") if fields.get(name))


def _end(event: TurnEnded) -> str | None:
    if event.status not in _STOPPED:
        return None
    return f"turn {event.turn} {'timed out' if event.status == 'timeout' else 'was interrupted'}"


def _end_line(event: TurnEnded, styles: TextStyles) -> str | None:
    return styles.style(_STOPPED[event.status], "33") if event.status in _STOPPED else None


def _end_step(event: TurnEnded) -> dict[str, Any]:
    return {"status": event.status}


def _end_words(record: Fields) -> str:
    return f"end: {record['status']}"


def _end_reading(fields: Fields) -> str:
    return _STOPPED.get(fields["status"], "")


def short_json(value: Any) -> str:
    """The value as JSON, cut off with an ellipsis after 300 columns."""
    return cut(dumps(value), 300)


def _indented(prefix: str, text: str) -> str:
    return visible(prefix + text.replace("\n", "\n" + " " * len(prefix)))


VIEWS: dict[type[Event], EventView] = {
    UserMessage: EventView(
        stdout=SILENT,
        stderr=SILENT,
        terminal=("at once", _said),
        step=("user", _said_step, _said_words),
        line=LineView(_said_reading, show="speech", markdown="speech", continued="shown"),
    ),
    Notice: EventView(
        stdout=SILENT,
        stderr=_notice,
        terminal=("status", _notice_status),
        step=("notify", _notice_step, _notice_words),
        line=LineView(_notice_reading, show="remark", markdown="remark", continued=SILENT),
    ),
    Chunk: EventView(
        stdout=STREAMED,
        stderr=SILENT,
        terminal=STREAMED,
        step=("stream", STREAMED, _stream_words),
        # The reply that follows has the whole text.
        line=SILENT,
    ),
    Reply: EventView(
        stdout=_reply,
        stderr=SILENT,
        terminal=STREAMED,
        step=("reply", _reply_step, _reply_words),
        line=LineView(_reply_reading, show="reply", markdown="reply", continued="shown"),
    ),
    BlockShown: EventView(
        stdout=_block,
        stderr=SILENT,
        terminal=("line", _block_line),
        step=("block", _block_step, _block_words),
        line=LineView(_block_reading, show="plain", markdown="plain", continued="shown"),
    ),
    Asked: EventView(
        stdout=SILENT,
        stderr=_question,
        # The prompt itself asks.
        terminal=SILENT,
        step=("prompt", _question_step, _question_words),
        line=LineView(_question_reading, show="question", markdown="question", continued="shown"),
    ),
    Answered: EventView(
        stdout=SILENT,
        stderr=SILENT,
        terminal=SILENT,
        # It stands in the step of its question.
        step=SILENT,
        line=LineView(_answer_reading, show="answer", markdown="answer", continued="shown"),
    ),
    SettingChosen: EventView(
        # The command that a person chose it with says so.
        stdout=SILENT,
        stderr=SILENT,
        terminal=SILENT,
        step=SILENT,
        line=LineView(_setting_reading, show="remark", markdown=SILENT, continued=SILENT),
    ),
    Signal: EventView(
        stdout=SILENT,
        stderr=SILENT,
        terminal=SILENT,
        step=("event", _signal_step, _signal_words),
        line=SILENT,
    ),
    DataChanged: EventView(
        stdout=SILENT,
        stderr=SILENT,
        terminal=SILENT,
        # The write of a turn is a step of its own, with how long it took.
        step=SILENT,
        line=LineView(_data_reading, show="remark", markdown=SILENT, continued=SILENT),
    ),
    TurnFailed: EventView(
        stdout=SILENT,
        stderr=_failure,
        terminal=("line", _failure_line),
        step=("error", _failure_step, _failure_words),
        line=LineView(_failure_reading, show="failure", markdown="failure", continued="shown"),
    ),
    TurnEnded: EventView(
        stdout=SILENT,
        stderr=_end,
        terminal=("line", _end_line),
        step=("end", _end_step, _end_words),
        line=LineView(_end_reading, show="warning", markdown="remark", continued="shown"),
    ),
}
"""How each kind of event is drawn."""

if VIEWS.keys() != set(EVENTS):
    lacking = ", ".join(sorted(kind.__name__ for kind in {*EVENTS} ^ VIEWS.keys()))
    raise TypeError(f"each kind of event needs its row here, and only those: {lacking}")


def step_fields(event: Event) -> dict[str, Any]:
    """The fields that the event's step has in a trace; none where it has no step of its own."""
    step = VIEWS[event.__class__].step
    return {} if step == SILENT or step[1] == STREAMED else step[1](event)


def step_words() -> dict[str, Callable[[Fields], str]]:
    """How records of the steps of events are put into words, by the type they have there."""
    return {view.step[0]: view.step[2] for view in VIEWS.values() if view.step != SILENT}


def line_views() -> dict[str, LineView]:
    """How lines of a transcript are drawn, by their type."""
    return {wire_type(kind): view.line for kind, view in VIEWS.items() if view.line != SILENT}
