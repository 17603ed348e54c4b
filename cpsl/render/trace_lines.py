"""A step of a trace as one line for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpsl.render.event_views import short_json, step_words
from cpsl.render.failure import short_path
from cpsl.render.safe import visible_line
from cpsl.wording import counted

Record = dict[str, Any]


def trace_line(record: Record) -> str:
    """``     0.3 ms  leads.find({"status":"new"}) -> 3 rows, 1.2 ms``: when, what, how long it took."""
    if record["type"] == "more":
        return f"{'':12}  and {counted(record['steps'], 'step')} more"
    raised = f" raised {record['error']}" if "error" in record and record["type"] != "error" else ""
    took = f", {record['took_ms']:.1f} ms" if "took_ms" in record else ""
    return f"{record['ms']:9.1f} ms  {visible_line(_WORDS[record['type']](record) + raised)}{took}"


def _handler(record: Record) -> str:
    what = "handler" if record["handles"] == "message" else record["handles"]
    return f"{what} {record['function']} {short_path(record['file'])}:{record['line']}"


def _find(record: Record) -> str:
    rest = _rest(record, "limit", "skip", "sort")
    return f"{record['collection']}.find({short_json(record['filter'])}{rest}){_found(record, 'rows', 'row')}"


def _update(record: Record) -> str:
    rest = ", upsert" if record.get("upsert") else ""
    result = f" -> {record['matched']} matched, {record['modified']} modified" if "matched" in record else ""
    asked = f"{short_json(record['filter'])}, {short_json(record.get('update', {}))}{rest}"
    return f"{record['collection']}.update({asked}){result}"


def _count(record: Record) -> str:
    found = f" -> {record['count']:,}" if "count" in record else ""
    return f"{record['collection']}.count({short_json(record['filter'])}){found}"


def _delete(record: Record) -> str:
    found = f" -> {record['deleted']:,} deleted" if "deleted" in record else ""
    return f"{record['collection']}.delete({short_json(record['filter'])}{_rest(record, 'limit')}){found}"


def _insert(record: Record) -> str:
    return f"{record['collection']}.insert(){_found(record, 'inserted', 'row')}"


def _data(record: Record) -> str:
    parts = [f"{word} {', '.join(record[word])}" for word in ("set", "unset") if record[word]]
    return f"session.data: {'; '.join(parts)}"


_WORDS: dict[str, Callable[[Record], str]] = {
    **step_words(),
    "handler": _handler,
    "find": _find,
    "count": _count,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "columns": lambda record: f"{record['collection']}.set_columns()",
    "kv": lambda record: f"kv.{record['call']}({record['key']}, scope={record['scope']})",
    "setting": lambda record: f"settings.set({record['key']})",
    "data": _data,
}


def _found(record: Record, name: str, noun: str) -> str:
    return f" -> {counted(record[name], noun)}" if name in record else ""


def _rest(record: Record, *names: str) -> str:
    return "".join(f", {name}={short_json(record[name])}" for name in names if name in record)
