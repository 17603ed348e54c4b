"""A script: what is to be said, from ``-m``, from ``--input`` or from stdin."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

from cpsl.model.identity import SessionKey, id_problem, is_one_line
from cpsl.model.question import Question
from cpsl.wording import nearest
from cpsl_cli.errors import UsageError
from cpsl_cli.pipe.lines import Lines

_KEYS = ("text", "as", "session", "attach")
_BOM = b"\xef\xbb\xbf"


class Item(NamedTuple):
    """One thing to say or do; ``where`` names its line for error messages.

    ``literal`` text is a message even if it begins with a slash. ``problem`` says why the line cannot be
    sent at all.
    """

    where: str
    text: str = ""
    user: str | None = None
    session: str | None = None
    attach: tuple[str, ...] = ()
    literal: bool = False
    problem: str | None = None

    @property
    def is_blank(self) -> bool:
        """A blank line: it says nothing, unless it is an answer."""
        return not (self.text.strip() or self.attach or self.literal or self.problem)


class Script:
    """The items of a script, blank lines left out; while the app asks something, the next line is the answer.

    Then a blank line, and the script's end, are no answer (behaviour.md §32 LOCAL).
    """

    def __init__(self, items: AsyncIterator[Item]) -> None:
        self._items = items

    def __aiter__(self) -> Script:
        return self

    async def __anext__(self) -> Item:
        while (item := await self._items.__anext__()).is_blank:
            pass
        return item

    async def ask(self, question: Question, key: SessionKey) -> Any:
        """The answer to a question; a form takes a line for each field, or one JSON object."""
        if question.kind == "integration":
            return await self._form(question)
        answer = await self._line()
        return answer or None

    async def _form(self, question: Question) -> Any:
        values: dict[str, str] = {}
        for field in question.fields:
            line = await self._line()
            if not values and line.startswith("{"):
                return _form_fields(line)
            if not line:
                return {}
            values[field] = line
        return values

    async def _line(self) -> str:
        try:
            return (await self._items.__anext__()).text
        except StopAsyncIteration:
            return ""


def _form_fields(text: str) -> dict[str, str]:
    """The fields of a form as one JSON object. Raises ``UsageError``, which repeats nothing: they are secrets."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the fields of the form are no JSON object; write one, or a line for each") from None
    return {str(name): str(value) for name, value in fields.items()}


async def from_messages(messages: list[str]) -> AsyncIterator[Item]:
    """The texts given with ``-m``."""
    for number, text in enumerate(messages, 1):
        yield Item(f"-m {number}", text, literal=not text.strip())


async def from_lines(descriptor: int, ask: Callable[[], None]) -> AsyncIterator[Item]:
    """Plain lines of stdin, each one message; blank ones say nothing, as in the terminal.

    ``ask`` is called before each line is waited for: a terminal that cannot move its cursor gets a prompt.
    """
    number = 0
    ask()
    async for line in Lines(descriptor):
        number += 1
        yield _plain(f"<stdin>:{number}", line.removeprefix(_BOM) if number == 1 else line)
        ask()


async def from_input(descriptor: int, name: str) -> AsyncIterator[Item]:
    """The lines of ``--input``: a JSON object each, or plain text when a line begins with no brace."""
    number = 0
    async for line in Lines(descriptor):
        number += 1
        yield parse_input_line(f"{name}:{number}", line.removeprefix(_BOM) if number == 1 else line)


async def check_input(path: Path, name: str) -> None:
    """Read an input file of that name through before anything is sent.

    Raises ``UsageError`` at its first bad line.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        async for item in from_input(descriptor, name):
            if item.problem:
                raise UsageError(f"{item.where}: {item.problem}; nothing was sent.")
    finally:
        os.close(descriptor)


def parse_input_line(where: str, line: bytes) -> Item:
    """One line of an input file."""
    item = _plain(where, line)
    if item.problem or not item.text.lstrip().startswith("{"):
        return item
    try:
        fields = json.loads(item.text)
    except (ValueError, RecursionError) as error:
        return Item(where, problem=f"not a JSON object ({error})")
    problem = _wrong(fields)
    return Item(where, problem=problem) if problem else _from_fields(where, fields)


def _from_fields(where: str, fields: dict[str, Any]) -> Item:
    attach = fields.get("attach", ())
    files = (attach,) if isinstance(attach, str) else tuple(attach)
    text = fields.get("text", "")
    return Item(
        where,
        text,
        fields.get("as"),
        fields.get("session"),
        files,
        literal=bool(files) or "\n" in text or not text.strip(),
    )


def _wrong(fields: dict[str, Any]) -> str | None:
    for key, value in fields.items():
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            return f"unknown key {key!r}" + (f", did you mean {near!r}?" if near else f"; known: {', '.join(_KEYS)}")
        texts = value if key == "attach" and isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            return f"{key!r} must be a text" + (" or a list of texts" if key == "attach" else "")
    for key in ("as", "session"):
        if not is_one_line(fields.get(key, "")):
            return f"{key!r} holds a control character"
    if "as" in fields and (problem := id_problem(fields["as"])):
        return f"'as': the id {fields['as']!r} {problem}"
    return None if "text" in fields or "attach" in fields else "needs a 'text' to send"


def _plain(where: str, line: bytes) -> Item:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return Item(where, problem=f"not UTF-8 (byte 0x{line[error.start]:02x} at column {error.start + 1})")
    return Item(where, text)
