"""A transcript that accepts what the app does today: only what differs changes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.filelock import is_locked
from cpsl.transcript.answers import Answers
from cpsl.transcript.comparison.difference import Comparison, Pair
from cpsl.transcript.document import RecordedTurn, Transcript, TranscriptLine
from cpsl.transcript.edits import Edits, rewrite_values
from cpsl.transcript.line_types import EndLine, PromptLine, read_as
from cpsl.transcript.read import parse
from cpsl.transcript.recorded_lines import new_line
from cpsl.wholefile import write_whole

_NO_ANSWER = {"type": "answer", "value": None}


class TranscriptChangedError(CapsuleError):
    """The file is not the one that was compared."""

    exit_code = 2


def updated_text(transcript: Transcript, comparisons: Mapping[int, Comparison], source: str | None = None) -> str:
    """The file's new text, after accepting the comparisons by turn number.

    Without differences it is the present text; a turn that is not given or matches stays byte for byte.
    ``source`` is the present text with its own newlines, read from the transcript's path if it is None. Raises
    :class:`UpdateError` when it does not hold the transcript's lines, ``OSError`` when it cannot be read.
    """
    if source is None:
        source = transcript.path.read_bytes().decode("utf-8")
    edits = Edits(source)
    for turn in transcript.turns:
        comparison = comparisons.get(turn.number)
        if comparison and comparison.differences:
            for line in (turn.user, *turn.lines):
                _check(transcript.path, edits, line)
            _accept(edits, turn, comparison)
    return edits.result()


def marked_with_http(path: Path) -> str | None:
    """The file's text with a header that says that HTTP was recorded; None where it says so, or there is no header.

    Raises ``TranscriptError`` and ``OSError`` when the file cannot be read.
    """
    content = path.read_bytes()
    transcript = parse(path, content)
    if transcript.header is None or transcript.with_http:
        return None
    edits = Edits(content.decode("utf-8"))
    line = edits.line(transcript.header.number) or ""
    edits.replace(transcript.header.number, rewrite_values(line, {**transcript.header.fields, "http": True}))
    return edits.result()


def has_new_errors(comparison: Comparison) -> bool:
    """Whether accepting would put an error, or an end other than ``ok``, into the file that it does not hold."""
    return any(map(_is_new_error, comparison.pairs))


def asks_anew(comparison: Comparison) -> bool:
    """Whether accepting puts a question into the file that it did not hold, and with it an answer to think about."""
    return any(map(_is_new_question, comparison.pairs))


def save(path: Path, text: str) -> None:
    """Replace the file's content at once, so that nobody ever finds half of it.

    Nothing is written if it holds this text already. Permissions are kept, a symbolic link stays one and its
    target is replaced. Raises ``OSError``; the file is then as it was. So does a file that a chat is recording.
    """
    target = Path(os.path.realpath(path))
    if is_locked(target):
        raise TranscriptChangedError(f"{path}: a chat is recording to it; nothing was updated.")
    if not (target.exists() and target.read_bytes() == text.encode("utf-8")):
        write_whole(path, text, durable=True)


def _is_new_error(pair: Pair) -> bool:
    if pair.actual is None or (pair.expected and pair.accepted is None):
        return False
    if pair.actual["type"] == "end":
        status = read_as(EndLine, pair.expected.fields)["status"] if pair.expected else None
        return read_as(EndLine, pair.actual)["status"] not in {"ok", status}
    return bool(pair.actual["type"] == "error")


def _check(path: Path, edits: Edits, line: TranscriptLine) -> None:
    present = edits.line(line.number)
    if present is None or present.removeprefix("\ufeff").strip() != line.text.strip():
        raise TranscriptChangedError(
            f"{path}:{line.number}: changed while it was replayed; nothing was updated, replay it again."
        )


def _accept(edits: Edits, turn: RecordedTurn, comparison: Comparison) -> None:
    answers = _AnswerLines(turn)
    after = turn.user.number
    for pair in comparison.pairs:
        line, actual, accepted = pair
        if line is None:
            # An end would make a turn that was written by hand a complete one, which is compared as a whole.
            if actual is not None and (turn.complete or actual["type"] != "end"):
                edits.insert(after, new_line(actual, turn))
        elif actual is None:
            edits.remove(line.number)
        else:
            if accepted is not None:
                edits.replace(line.number, rewrite_values(edits.line(line.number) or line.text, accepted))
            if line.type != "data":
                after = (_following_answer(turn, line) or line).number
        answers.move(edits, pair, after)


class _AnswerLines:
    """The answers of a turn, which stand by the questions that got them then, and move to those that get them now."""

    def __init__(self, turn: RecordedTurn) -> None:
        self._turn = turn
        self._now = Answers(turn)
        then = Answers(turn)
        self._then = {
            line.number: then.give(read_as(PromptLine, line.fields)["kind"]) for line in turn.of_type("prompt")
        }

    def move(self, edits: Edits, pair: Pair, after: int) -> None:
        """Put right what one question is answered."""
        then = self._then.get(pair.expected.number) if pair.expected else None
        asked = pair.actual if pair.actual and pair.actual["type"] == "prompt" else None
        now = self._now.give(read_as(PromptLine, asked)["kind"]) if asked else None
        if then and then is not now:
            edits.remove(then.number)
        if asked and (now is not then or pair.expected is None):
            edits.insert(after, now.text if now else new_line(_NO_ANSWER, self._turn))


def _is_new_question(pair: Pair) -> bool:
    return bool(pair.expected is None and pair.actual and pair.actual["type"] == "prompt")


def _following_answer(turn: RecordedTurn, line: TranscriptLine) -> TranscriptLine | None:
    """The answer that stands right after a question, and is not to be parted from it."""
    if line.type != "prompt":
        return None
    following = turn.lines[turn.lines.index(line) + 1 :][:1]
    return following[0] if following and following[0].type == "answer" else None
