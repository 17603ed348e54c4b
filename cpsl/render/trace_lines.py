"""A step of a trace as one line for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpsl.model.codec import dumps
from cpsl.render.failure import short_path
from cpsl.render.safe import visible_line
from cpsl.textwidth import cut
from cpsl.wording import counted

Record = dict[str, Any]

_LONGEST = 300


def trace_line(record: Record) -> str:
    """``     0.3 ms  leads.find({"status":"new"}) -> 3 rows, 1.2 ms``: when, what, how long it took."""
    if record["type"] == "more":
        return f"{'':12}  and {counted(record['steps'], 'step')} more"
    raised = f" raised {record['error']}" if "error" in record and record["type"] != "error" else ""
    took = f", {record['took_ms']:.1f} ms" if "took_ms" in record else ""
    return f"{record['ms']:9.1f} ms  {visible_line(_TEXTS[record['type']](record) + raised)}{took}"


def _user(record: Record) -> str:
    files = f", {counted(record['attachments'], 'attachment')}" if "attachments" in record else ""
    return f"message: {counted(record['characters'], 'character')}{files}"


def _handler(record: Record) -> str:
    what = "handler" if record["handles"] == "message" else record["handles"]
    return f"{what} {record['function']} {short_path(record['file'])}:{record['line']}"


def _find(record: Record) -> str:
    rest = _rest(record, "limit", "skip", "sort")
    return f"{record['collection']}.find({_json(record['filter'])}{rest}){_found(record, 'rows', 'row')}"


def _update(record: Record) -> str:
    rest = ", upsert" if record.get("upsert") else ""
    result = f" -> {record['matched']} matched, {record['modified']} modified" if "matched" in record else ""
    return f"{record['collection']}.update({_json(record['filter'])}, {_json(record.get('update', {}))}{rest}){result}"


def _count(record: Record) -> str:
    found = f" -> {record['count']:,}" if "count" in record else ""
    return f"{record['collection']}.count({_json(record['filter'])}){found}"


def _delete(record: Record) -> str:
    found = f" -> {record['deleted']:,} deleted" if "deleted" in record else ""
    return f"{record['collection']}.delete({_json(record['filter'])}{_rest(record, 'limit')}){found}"


def _insert(record: Record) -> str:
    return f"{record['collection']}.insert(){_found(record, 'inserted', 'row')}"


def _data(record: Record) -> str:
    parts = [f"{word} {', '.join(record[word])}" for word in ("set", "unset") if record[word]]
    return f"session.data: {'; '.join(parts)}"


def _prompt(record: Record) -> str:
    answer = f" -> {dumps(record['answer'])}" if "answer" in record else ""
    return f"asked {record['kind']}: {record['message']}{answer}"


def _stream(record: Record) -> str:
    number = f" {record['stream']}" if record["stream"] > 1 else ""
    return f"stream{number}: {counted(record['chunks'], 'chunk')}, {counted(record['characters'], 'character')}"


_TEXTS: dict[str, Callable[[Record], str]] = {
    "user": _user,
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
    "notify": lambda record: (
        f"notify: {' '.join((record['text'], *([record['detail']] if 'detail' in record else [])))}"
    ),
    "stream": _stream,
    "reply": lambda record: f"reply: {counted(record['characters'], 'character')}",
    "block": lambda record: f"block {record['block']}",
    "prompt": _prompt,
    "event": lambda record: f"event {record['event']} {_json(record['payload'])}",
    "error": lambda record: f"error {record['error']}: {record['message']}",
    "end": lambda record: f"end: {record['status']}",
}


def _found(record: Record, name: str, noun: str) -> str:
    return f" -> {counted(record[name], noun)}" if name in record else ""


def _rest(record: Record, *names: str) -> str:
    return "".join(f", {name}={_json(record[name])}" for name in names if name in record)


def _json(value: Any) -> str:
    return cut(dumps(value), _LONGEST)
