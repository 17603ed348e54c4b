"""One turn's lines, taken out of a transcript and put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpsl.transcript.read import TranscriptError
from cpsl_cli.replay.splice import lines_of, splice_turn

FILE, DRAFT = Path("t.jsonl"), Path("turn-1.jsonl")
ONE = '{"type":"user","turn":1,"text":"a"}\n{"type":"reply","turn":1,"text":"b"}\n'
TWO = '{"type":"user","turn":2,"text":"c"}\n{"type":"reply","turn":2,"text":"d"}\n'
NEW = '{"type":"user","turn":1,"text":"x"}\n'


def test_the_lines_of_a_turn_are_found_wherever_they_stand() -> None:
    first, second = ONE.splitlines(keepends=True)
    assert lines_of(FILE, first + TWO + second, 1) == ONE
    assert splice_turn(FILE, first + TWO + second, 1, NEW, DRAFT) == NEW + TWO


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_the_rest_keeps_its_bytes(begin: str, newline: str) -> None:
    text = begin + (ONE + "\n" + TWO).replace("\n", newline)
    assert splice_turn(FILE, text, 1, NEW, DRAFT) == begin + (NEW + "\n" + TWO).replace("\n", newline)
    assert splice_turn(FILE, text.rstrip("\r\n"), 2, TWO, DRAFT) == text.rstrip("\r\n")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", r"turn-1\.jsonl:1: nobody says anything"),
        (ONE + "{\n", r"turn-1\.jsonl:3: "),
        (ONE + '{"type":"user","turn":3,"text":"x"}\n', r"turn-1\.jsonl: these are not the lines of one turn"),
        (NEW.replace("1", "3"), r"turn-1\.jsonl:1: the turn must keep its number, 1"),
        ('{"type":"user","turn":0,"text":"x"}\n' + ONE, r"not the lines of one turn"),
        ('{"type":"header","format":"capsule-transcript","version":1}\n' + ONE, r"not the lines of one turn"),
        (NEW.replace("1", "2"), r"there is a turn 2 already"),
    ],
)
def test_what_is_not_just_that_turn_is_refused(lines: str, words: str) -> None:
    with pytest.raises(TranscriptError, match=words):
        splice_turn(FILE, ONE + TWO, 1, lines, DRAFT)
