"""Reading a transcript: every line is checked before the first is replayed (transcripts.md)."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from cpsl.errors import CapsuleError
from cpsl.model.codec import FORMAT, VERSION
from cpsl.transcript.comparison.matchers import line_problem
from cpsl.transcript.document import RecordedTurn, Transcript, TranscriptLine
from cpsl.transcript.line_fields import HEADER_FIELDS, LINE_FIELDS, LineField
from cpsl.wording import nearest

BEFORE = ("user", "reply", "data", "setting", "collection", "values")
"""The types of lines that tell what there was before the first turn."""
_ONLY_BEFORE = ("collection", "values")
_BOM = b"\xef\xbb\xbf"
_MOST_BYTES = 64 << 20
# Deeper than any block, and far from where Python gives up.
_DEEPEST = 100
# Python reads numbers of up to 4,300 digits, and writes no longer ones.
_LONGEST_NUMBER = 4_000
_CONFLICT = re.compile(r"(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)( |$)")

Refuse = Callable[[int, str], NoReturn]


class TranscriptError(CapsuleError):
    """A transcript that cannot be replayed: ``file:line: what``."""

    exit_code = 2


def read_transcript(path: Path) -> Transcript:
    """The transcript in the file. Raises ``TranscriptError`` for its first bad line, or when there is nothing in it."""
    return parse(path, content_of(path))


def content_of(path: Path) -> bytes:
    """The bytes of the file. Raises ``TranscriptError`` for one that cannot be read, or is no file of that kind."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise TranscriptError(f"{path}: is no ordinary file; a transcript has to be one.")
        if found.st_size > _MOST_BYTES:
            raise TranscriptError(f"{path}: is larger than {_MOST_BYTES >> 20} MiB, which no transcript is.")
        return path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"{path}: cannot be read ({error.strerror}).") from error


def parse(path: Path, content: bytes) -> Transcript:
    """The transcript that is in those bytes; ``path`` is for messages. Raises ``TranscriptError``."""

    def refuse(number: int, what: str) -> NoReturn:
        raise TranscriptError(f"{path}:{number}: {what}")

    lines = tuple(_lines(content, refuse))
    for line in lines:
        _check(line, refuse, first=line is lines[0])
    header = lines[0] if lines and lines[0].type == "header" else None
    start, turns = _grouped(lines[1:] if header else lines, refuse)
    if not turns:
        refuse(max(1, len(lines)), "nobody says anything in this file: it needs a line of type 'user'")
    return Transcript(path, header, start, turns, lines)


def _lines(content: bytes, refuse: Refuse) -> Iterator[TranscriptLine]:
    pieces = content.removeprefix(_BOM).split(b"\n")
    last = len(pieces)
    for number, piece in enumerate(pieces, 1):
        text = _decoded(number, piece, refuse)
        if text.strip():
            yield TranscriptLine(number, text, _object(number, text, number == last, refuse))


def _decoded(number: int, piece: bytes, refuse: Refuse) -> str:
    try:
        return piece.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        refuse(number, f"not UTF-8 (byte 0x{piece[error.start]:02x} at column {error.start + 1})")


def _object(number: int, text: str, is_last: bool, refuse: Refuse) -> dict[str, Any]:
    if _CONFLICT.match(text):
        refuse(number, f"a mark of a merge conflict ({text[:7]}): merge the file, or take one side of it")
    try:
        value = _decode(text)
    except RecursionError:
        refuse(number, _TOO_DEEP)
    except json.JSONDecodeError as error:
        if is_last:
            refuse(number, f"the last line is cut off, or no JSON ({error.msg} at column {error.colno})")
        refuse(number, f"not JSON ({error.msg} at column {error.colno})")
    except ValueError as error:
        refuse(number, str(error))
    if _is_deep(text, value):
        refuse(number, _TOO_DEEP)
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a text", type(None): "null"}.get(type(value), "a single value")
        refuse(number, f"each line must be a JSON object, and this is {kind}")
    return value


_TOO_DEEP = f"nested more than {_DEEPEST} deep"


def _is_deep(text: str, value: Any) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, (dict, list)) for item in level)


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} digits ({text[:10]}…)")
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


# One decoder for all lines: making one costs as much as a short line does.
_decode = json.JSONDecoder(parse_constant=_no_number, parse_int=_whole_number).decode


def _check(line: TranscriptLine, refuse: Refuse, *, first: bool) -> None:
    kind = line.fields.get("type")
    if not isinstance(kind, str):
        refuse(line.number, 'needs a \'type\', such as "user" or "reply"')
    if kind == "header":
        if not first:
            refuse(line.number, "a header must be the first line")
        _check_header(line, refuse)
        return
    if kind not in LINE_FIELDS:
        refuse(line.number, f"unknown type {kind!r}{_hint(kind, LINE_FIELDS)}")
    _check_fields(line, LINE_FIELDS[kind], refuse)
    if line.fields.get("turn") != 0 and (wrong := line_problem(line.fields)):
        refuse(line.number, wrong)
    if kind == "data" and line.fields.get("turn") != 0 and not (line.fields.get("set") or line.fields.get("unset")):
        refuse(line.number, "an empty expectation: 'data' needs something in 'set' or 'unset'")
    if kind in _ONLY_BEFORE and line.fields.get("turn") != 0:
        refuse(line.number, f"a line of type {kind!r} tells what was stored before, so its 'turn' is 0")
    if kind == "error" and not {"error", "message"} & set(line.fields):
        refuse(line.number, "an empty expectation: 'error' needs an 'error' or a 'message'")


def _check_header(line: TranscriptLine, refuse: Refuse) -> None:
    format_, version = line.fields.get("format"), line.fields.get("version")
    if format_ != FORMAT:
        refuse(line.number, f"the format is {format_!r}; this reads {FORMAT!r}")
    if version != VERSION:
        by = "by a newer capsule" if isinstance(version, int) and version > VERSION else "by something else"
        refuse(line.number, f"written {by}: transcript version {version!r}, and this one reads version {VERSION}")
    _check_fields(line, HEADER_FIELDS, refuse)


def _check_fields(line: TranscriptLine, known: Mapping[str, LineField], refuse: Refuse) -> None:
    for name, value in line.fields.items():
        if name not in known:
            refuse(line.number, f"unknown field {name!r} in a line of type {line.type!r}{_hint(name, known)}")
        wrong = known[name].check(value)
        if wrong:
            refuse(line.number, f"{name!r}: {wrong}")
    for name, field in known.items():
        if field.needed and name not in line.fields:
            refuse(line.number, f"a line of type {line.type!r} needs {name!r}")


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest(name, names)
    return f"; did you mean {near!r}?" if near else f"; known: {', '.join(names)}"


def _grouped(
    lines: Iterable[TranscriptLine], refuse: Refuse
) -> tuple[tuple[TranscriptLine, ...], tuple[RecordedTurn, ...]]:
    """The lines of turn 0, and the turns by number. A line without a number belongs to the message before it."""
    start: list[TranscriptLine] = []
    users: dict[int, TranscriptLine] = {}
    rest: dict[int, list[TranscriptLine]] = {}
    latest = 0
    for line in lines:
        number = line.fields.get("turn")
        if number == 0:
            start.append(line)
        elif line.type == "user":
            latest = latest + 1 if number is None else number
            if latest in users:
                refuse(line.number, f"there is a turn {latest} already, in line {users[latest].number}")
            users[latest], rest[latest] = line, []
        else:
            turn = latest if number is None else number
            if turn not in users:
                where = f"of turn {turn}" if number else "before it"
                refuse(line.number, f"a line of type {line.type!r} without a line of type 'user' {where}")
            rest[turn].append(line)
    _check_start(start, refuse)
    return tuple(start), tuple(RecordedTurn(turn, users[turn], tuple(rest[turn])) for turn in sorted(users))


def _check_start(start: Iterable[TranscriptLine], refuse: Refuse) -> None:
    for line in start:
        if line.type not in BEFORE:
            refuse(line.number, f"turn 0 is what was said before: it holds no line of type {line.type!r}")
        if not isinstance(line.fields.get("text", ""), str):
            refuse(line.number, "turn 0 is what was said before: its text must be a text")
