"""One turn's lines in the text of a transcript: taken out, and put back when somebody has edited them."""

from __future__ import annotations

from pathlib import Path

from cpsl.transcript.document import RecordedTurn, Transcript
from cpsl.transcript.read import TranscriptError, parse

_BOM = "\ufeff"


def lines_of(path: Path, text: str, number: int) -> str:
    """The lines of that turn, each with its newline. Raises ``TranscriptError`` for a bad text."""
    turn = _turn(parse(path, text.encode()), number)
    return "".join(line.text + "\n" for line in (turn.user, *turn.lines))


def splice_turn(path: Path, text: str, number: int, lines: str, draft: Path) -> str:
    """The text with other lines for that turn, all where its message stood.

    Raises ``TranscriptError``, which names the line in ``draft`` if one is bad, when they are not just that turn.
    """
    present = parse(path, text.encode())
    alone = parse(draft, lines.encode())
    if alone.header or alone.start or len(alone.turns) != 1:
        raise TranscriptError(f"{draft}: these are not the lines of one turn.")
    result = _replaced(text, _turn(present, number), [line.text for line in alone.lines])
    if [turn.number for turn in parse(path, result.encode()).turns] != [turn.number for turn in present.turns]:
        raise TranscriptError(f"{draft}:1: the turn must keep its number, {number}.")
    return result


def turn_in(path: Path, text: str, number: int) -> RecordedTurn:
    """That turn as it is read from the text. Raises ``TranscriptError`` for a bad text."""
    return _turn(parse(path, text.encode()), number)


def _turn(transcript: Transcript, number: int) -> RecordedTurn:
    return next(turn for turn in transcript.turns if turn.number == number)


def _replaced(text: str, turn: RecordedTurn, lines: list[str]) -> str:
    """Line by line, so that everything else keeps its bytes, also its kind of newline."""
    rows = text.split("\n")
    first = rows[turn.user.number - 1]
    end = "\r" if first.endswith("\r") else ""
    begin = _BOM if first.startswith(_BOM) else ""
    gone = {line.number for line in turn.lines}
    kept: list[str] = []
    for number, row in enumerate(rows, 1):
        if number == turn.user.number:
            kept.append(begin + "\n".join(line + end for line in lines))
        elif number not in gone:
            kept.append(row)
    result = "\n".join(kept)
    return result if text.endswith("\n") else result.removesuffix("\r")
