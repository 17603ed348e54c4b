"""A step of a trace as one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cpsl.render.trace_lines import trace_line

SURE = {"kind": "approval", "message": "Sure?"}


def line(type: str, **fields: Any) -> str:
    """The line of a step after 1.26 milliseconds, without the time."""
    when, _, text = trace_line({"type": type, "turn": 1, "ms": 1.26, **fields}).partition(" ms  ")
    assert when == "      1.3"
    return text


@pytest.mark.parametrize(
    ("text", "type", "fields"),
    [
        ("message: 1 character", "user", {"characters": 1}),
        ("message: 1,234 characters, 2 attachments", "user", {"characters": 1234, "attachments": 2}),
        ('o.find({"a":1}) -> 1 row, 0.2 ms', "find", {"filter": {"a": 1}, "rows": 1, "took_ms": 0.16}),
        (
            'o.find({}, limit=5, sort={"n":-1}) -> 0 rows',
            "find",
            {"filter": {}, "limit": 5, "sort": {"n": -1}, "rows": 0},
        ),
        ("o.count({}) -> 7", "count", {"filter": {}, "count": 7}),
        ("o.insert() -> 2 rows", "insert", {"inserted": 2}),
        (
            'o.update({"a":1}, {"$inc":{"n":1}}, upsert) -> 1 matched, 0 modified',
            "update",
            {"filter": {"a": 1}, "update": {"$inc": {"n": 1}}, "upsert": True, "matched": 1, "modified": 0},
        ),
        ('o.delete({"a":1}, limit=1) -> 1 deleted', "delete", {"filter": {"a": 1}, "limit": 1, "deleted": 1}),
        ("o.set_columns()", "columns", {}),
        ("o.find({}) raised FilterError, 0.1 ms", "find", {"filter": {}, "error": "FilterError", "took_ms": 0.1}),
        ("kv.set(cursor, scope=user)", "kv", {"call": "set", "key": "cursor", "scope": "user"}),
        ("settings.set(currency)", "setting", {"scope": "app", "key": "currency"}),
        ("session.data: set a, b; unset c", "data", {"set": ["a", "b"], "unset": ["c"]}),
        ("session.data: unset c", "data", {"set": [], "unset": ["c"]}),
        ("notify: Thinking hard", "notify", {"text": "Thinking", "detail": "hard"}),
        ("notify: Thinking", "notify", {"text": "Thinking"}),
        ("stream: 1 chunk, 2 characters", "stream", {"stream": 1, "chunks": 1, "characters": 2}),
        (
            "stream 2: 9 chunks, 20 characters, 8.0 ms",
            "stream",
            {"stream": 2, "chunks": 9, "characters": 20, "took_ms": 8},
        ),
        ("reply: 0 characters", "reply", {"characters": 0}),
        ("block task_card", "block", {"block": "task_card", "id": "b"}),
        ("asked approval: Sure? -> true, 2.0 ms", "prompt", {**SURE, "answer": True, "took_ms": 2}),
        ("asked approval: Sure?", "prompt", SURE),
        ('event moved {"to":1}', "event", {"event": "moved", "payload": {"to": 1}}),
        ("error ValueError: no way", "error", {"error": "ValueError", "message": "no way"}),
        ("end: timeout", "end", {"status": "timeout"}),
    ],
)
def test_a_step_is_one_line(text: str, type: str, fields: dict[str, Any]) -> None:
    assert line(type, collection="o", **fields) == text


def test_a_handler_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    place = {"function": "run", "file": str(tmp_path / "app.py"), "line": 7}
    assert line("handler", handles="message", took_ms=2.0, **place) == "handler run app.py:7, 2.0 ms"
    assert line("handler", handles="enter", error="KeyError", **place) == "enter run app.py:7 raised KeyError"


def test_what_was_left_out_is_counted() -> None:
    assert trace_line({"type": "more", "turn": 1, "steps": 3}).strip() == "and 3 steps more"


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("notify", {"text": "a\n\x1b[2J"}),
        ("find", {"filter": {"a\u202e": "\x1b[2J\x9b"}, "rows": 1}),
        ("kv", {"call": "set", "key": "\x1b", "scope": "app"}),
        ("data", {"set": ["\x1b"], "unset": []}),
        ("block", {"block": "\x07", "id": ""}),
        ("error", {"error": "E", "message": "\r\x1b"}),
    ],
)
def test_no_text_can_drive_the_terminal_or_break_the_line(type: str, fields: dict[str, Any]) -> None:
    assert line(type, collection="o\x1b", **fields).isprintable()


def test_a_long_filter_is_cut() -> None:
    assert len(line("find", collection="o", filter={"a": ["x" * 100] * 20}, rows=0)) < 400
