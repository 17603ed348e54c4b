"""A recorded turn against the same turn of today's app."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cpsl.errors import CapsuleError
from cpsl.model.codec import is_matcher
from cpsl.patterns import PatternTimeout
from cpsl.transcript.comparison.align import AlignedPair, align_items
from cpsl.transcript.comparison.captures import Captures, escape_text, names
from cpsl.transcript.comparison.commits import Commits
from cpsl.transcript.comparison.difference import Comparison, Difference, Pair, difference
from cpsl.transcript.comparison.json_comparison import Checked, Mismatch, compare_json
from cpsl.transcript.comparison.matchers import AUTO_ID, NEVER_COMPARED
from cpsl.transcript.document import RecordedTurn, TranscriptLine
from cpsl.transcript.line_kinds import INPUTS, NOUNS
from cpsl.transcript.line_types import EndLine, read_as

# Both are less than two gaps, so that a changed record is one difference; related texts are paired first.
_RELATED, _UNRELATED = 5, 7


class SlowPatternError(CapsuleError):
    """A pattern that was given up; ``line`` is the number of its line."""

    exit_code = 2

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def compare(turn: RecordedTurn, actual: Sequence[dict[str, Any]], captures: Captures) -> Comparison:
    """Compare a turn with the wire records of its replay, in their order, also those after its end.

    Inputs, chunks, times and turn numbers are not compared, nor ids that blocks got by themselves, nor
    whether a reply was streamed; of a line only the fields it has. A turn recorded to its end is compared as
    a whole. One without an end is only by the kinds of lines it has, by replies, and by whatever says that
    the app failed. Raises :class:`SlowPatternError` for a line whose pattern takes too long.
    """
    lines, records = _in_order(turn, actual)
    pairs: list[Pair] = []
    differences: list[Difference] = []
    for step in _steps(lines, records, captures):
        line = None if step.expected is None else lines[step.expected]
        got = None if step.actual is None else records[step.actual]
        with _naming(line):
            result = _pair(line, got, captures)
        captures = result.captures
        pairs.append(Pair(line, got, result.accepted if result.mismatches else None))
        differences += (difference(mismatch, line, got) for mismatch in result.mismatches)
    if turn.complete or turn.of_type("data"):
        with _naming(next(iter(turn.of_type("data")), None)):
            commits = Commits(turn, actual, captures)
        captures = commits.captures
        differences += commits.differences()
        pairs = commits.among(pairs)
    return Comparison(tuple(differences), tuple(pairs), captures)


def counts(turn: RecordedTurn, actual: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each kind of record that there are not as many of: "expected 2 replies, got 3"."""
    lines, records = _in_order(turn, actual)
    wanted = Counter(line.type for line in lines)
    got = Counter(record["type"] for record in records)
    return [
        f"expected {_counted(wanted[type_], type_)}, got {got[type_]}"
        for type_ in dict.fromkeys([*wanted, *got])
        if wanted[type_] != got[type_]
    ]


def _counted(count: int, type_: str) -> str:
    one, many = NOUNS.get(type_, (type_, type_))
    return f"{count or 'no'} {one if count == 1 else many}"


@contextmanager
def _naming(line: TranscriptLine | None) -> Iterator[None]:
    """Of a pattern that takes too long, say where it stands."""
    try:
        yield
    except PatternTimeout as error:
        raise SlowPatternError(line.number if line else 0, str(error)) from None


def _in_order(
    turn: RecordedTurn, actual: Sequence[dict[str, Any]]
) -> tuple[list[TranscriptLine], list[dict[str, Any]]]:
    """What is compared one by one, on both sides; data is compared as one net change.

    Ends come last: whether a coroutine that the handler left running speaks before or after the end is a matter of
    microseconds, and of how fast a cassette answers it.
    """
    lines = [line for line in turn.lines if line.type not in INPUTS and line.type != "data"]
    records = [record for record in actual if record["type"] not in INPUTS and record["type"] != "data"]
    if not turn.complete:
        kinds = {line.type for line in lines} | {"reply", "error"}
        # An error shows by itself; nothing but its end tells of a turn that was broken off.
        records = [record for record in records if record["type"] in kinds or _broken_off(record)]
    lines.sort(key=lambda line: line.type == "end")
    records.sort(key=lambda record: bool(record["type"] == "end"))
    return lines, records


def _broken_off(record: Mapping[str, Any]) -> bool:
    return record["type"] == "end" and read_as(EndLine, record)["status"] not in {"ok", "error"}


def _steps(lines: Sequence[TranscriptLine], records: Sequence[dict[str, Any]], captures: Captures) -> list[AlignedPair]:
    plain = [_plain_text(line) for line in lines]
    expected_words = [_words(line.fields) for line in lines]
    actual_words = [_words(record) for record in records]

    def cost(i: int, j: int) -> int | None:
        if lines[i].type != records[j]["type"]:
            return None
        # Most pairs that are tried are different texts, and this tells without a look at the rest.
        differs = plain[i] is not None and plain[i] != records[j].get("text")
        with _naming(lines[i]):
            if not differs and not _line(lines[i].fields, records[j], captures).mismatches:
                return 0
        return _UNRELATED if expected_words[i].isdisjoint(actual_words[j]) else _RELATED

    return align_items(len(lines), len(records), cost)


def _plain_text(line: TranscriptLine) -> str | None:
    text = line.fields.get("text")
    return text if isinstance(text, str) and not names(text) else None


def _words(fields: Mapping[str, Any]) -> set[str]:
    return set(re.findall(r"\w+", str(fields.get("text", ""))))


def _pair(line: TranscriptLine | None, got: dict[str, Any] | None, captures: Captures) -> Checked:
    if line is None:
        return Checked((Mismatch("extra", ("text",), None, _whole(got)),), captures, None)
    if got is None:
        return Checked((Mismatch("missing", ("text",), _whole(line.fields), None),), captures, None)
    return _line(line.fields, got, captures)


def _whole(fields: Mapping[str, Any] | None) -> Any:
    """What a whole record says: its text, or else its fields."""
    compared = {name: value for name, value in (fields or {}).items() if name not in NEVER_COMPARED}
    return compared.get("text", compared)


def _line(expected: Mapping[str, Any], actual: Mapping[str, Any], captures: Captures) -> Checked:
    """Compare the fields of a line that tell what the app did; ``accepted`` are all its fields."""
    mismatches: list[Mismatch] = []
    accepted = dict(expected)
    for name, wanted in expected.items():
        if name in NEVER_COMPARED:
            continue
        if name not in actual:
            mismatches.append(Mismatch("missing", (name,), wanted, None))
            del accepted[name]
            continue
        got = _envelope(wanted, actual[name]) if name == "block" else actual[name]
        result = compare_json(wanted, got, captures)
        captures = result.captures
        mismatches += (mismatch.under(name) for mismatch in result.mismatches)
        if result.mismatches:
            accepted[name] = escape_text(got) if name == "text" and got == "" else result.accepted
    return Checked(tuple(mismatches), captures, accepted)


def _envelope(wanted: Any, got: Any) -> Any:
    """The parts of a block that are expected; an id that it got by itself is any other such id."""
    if not isinstance(wanted, dict) or not isinstance(got, dict) or is_matcher(wanted):
        return got
    same = {name: value for name, value in got.items() if name in wanted}
    if all(isinstance(block.get("id"), str) and AUTO_ID.match(block["id"]) for block in (wanted, got)):
        same["id"] = wanted["id"]
    return same
