"""Which lines of a turn vary between several replays of it, and what they might expect instead."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cpsl.model.codec import dumps, is_matcher
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.comparison.json_comparison import equal_json
from cpsl.transcript.comparison.matchers import AUTO_ID, NEVER_COMPARED
from cpsl.transcript.document import RecordedTurn, TranscriptLine
from cpsl.transcript.recorded_lines import new_line, transcript_fields
from cpsl.transcript.variation.proposal import Names, propose_expectation, proposed_text

Record = dict[str, Any]


class Run(NamedTuple):
    """One replay of the turn: what the app did, and how that compares."""

    actual: Sequence[Record]
    comparison: Comparison


class Variation(NamedTuple):
    """What varies: the records of a type at one place in the turn, one from each run.

    ``line`` is the transcript's, None where it has none there. ``proposal`` are the fields of a line that all of
    them fulfil; None where the runs have not even as many records of the type.
    """

    type: str
    line: TranscriptLine | None
    records: tuple[tuple[Record, ...], ...]
    proposal: Record | None

    @property
    def text(self) -> str:
        """The proposed line."""
        return dumps(self.proposal)


def variations(turn: RecordedTurn, runs: Sequence[Run], names: Names) -> list[Variation]:
    """What varies and is not provided for: a matcher or placeholder that all runs fulfil lets its line vary."""
    found: list[Variation] = []
    for type_ in dict.fromkeys(record["type"] for run in runs for record in run.actual):
        if not any(difference.type == type_ for run in runs for difference in run.comparison.differences):
            continue
        records = [[record for record in run.actual if record["type"] == type_] for run in runs]
        if len({len(of_run) for of_run in records}) > 1:
            found.append(Variation(type_, None, tuple(map(tuple, records)), None))
            continue
        for index, versions in enumerate(zip(*records, strict=True)):
            if _varies(versions) and not _provided_for(type_, versions, runs):
                line = _line_of(turn, type_, index, versions[0], runs[0])
                proposal = _proposal(turn, line, versions, names)
                found.append(Variation(type_, line, tuple((version,) for version in versions), proposal))
    return found


def _varies(versions: Sequence[Record]) -> bool:
    first, *others = map(_compared, versions)
    return not all(equal_json(first, other) for other in others)


def _compared(record: Mapping[str, Any]) -> Record:
    fields = {name: value for name, value in record.items() if name not in NEVER_COMPARED}
    if _has_own_id(record.get("block")):
        fields["block"] = {**fields["block"], "id": ""}
    return fields


def _has_own_id(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("id"), str) and bool(AUTO_ID.match(block["id"]))


def _provided_for(type_: str, versions: Sequence[Record], runs: Sequence[Run]) -> bool:
    """Whether each run matches there; of data the net change of the whole turn is compared."""
    for version, run in zip(versions, runs, strict=True):
        for difference in run.comparison.differences:
            if difference.actual is version or (type_ == "data" and difference.type == "data"):
                return False
    return True


def _line_of(turn: RecordedTurn, type_: str, index: int, record: Record, run: Run) -> TranscriptLine | None:
    if type_ == "data":
        lines = turn.of_type("data")
        return lines[index] if index < len(lines) else None
    return next((pair.expected for pair in run.comparison.pairs if pair.actual is record), None)


def _proposal(turn: RecordedTurn, line: TranscriptLine | None, versions: Sequence[Record], names: Names) -> Record:
    """The line's own fields, or those of a new line, with the values of all versions."""
    fields: Record = dict(line.fields) if line else json.loads(new_line(versions[0], turn))
    for name in fields:
        if name in NEVER_COMPARED or not all(name in version for version in versions):
            continue
        values = [version[name] for version in versions]
        if all(equal_json(values[0], value) for value in values):
            fields[name] = transcript_fields({"type": versions[0]["type"], name: values[0]})[name]
        elif name == "text" and all(isinstance(value, str) for value in values):
            fields[name] = proposed_text(values, names)
        elif name == "set":
            fields[name] = _set(values, names)
        elif name == "unset":
            fields[name] = [key for key in values[0] if all(key in value for value in values)]
        elif name == "block":
            fields[name] = _block(fields[name], values, names)
        else:
            fields[name] = propose_expectation(values, names)
    return fields


def _set(values: Sequence[Record], names: Names) -> Record:
    """Key by key, as a key of ``session.data`` may be called "match"; keys that not every run sets are left out."""
    shared = [key for key in values[0] if all(key in value for value in values)]
    return {key: propose_expectation([value[key] for value in values], names, key) for key in shared}


def _block(expected: Any, values: Sequence[Any], names: Names) -> Any:
    """Only what the line expects of it, and an id that it got by itself as it stands there."""
    if is_matcher(expected):
        expected = values[0]
    wanted = {name: value for name, value in expected.items() if all(name in value for value in values)}
    versions = [{name: value[name] for name in wanted} for value in values]
    result = propose_expectation(versions, names)
    return {**result, "id": expected["id"]} if _has_own_id(expected) and not is_matcher(result) else result
