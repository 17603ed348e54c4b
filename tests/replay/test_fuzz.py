"""Transcripts with anything wrong in them: a sentence with the line, a documented exit code, never a traceback."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cpsl_cli.console import Look
from cpsl_cli.errors import DONE, FAILED, NOT_LOADED, TIMED_OUT, USAGE
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.results import FileResult
from cpsl_cli.replay.run import FilePlayer
from cpsl_cli.replay.text import TextReport
from cpsl_cli.replay.update import brought_up_to_date

APP = """\
import cpsl

app = cpsl.App("probe", image=cpsl.Image())


@app.message()
async def on_message(session, message):
    session.data["said"] = [*session.data.get("said", []), message.text]
    if message.text == "boom":
        raise ValueError("no way")
    if message.text == "ask":
        sure = await session.prompt_approval("Sure?")
        await session.notify(f"sure: {sure}")
    names = [item.name for item in message.attachments or ()]
    await session.reply(f"{len(session.data['said'])} {message.text} {names}")
"""
AT = "2030-01-31T09:05:00.000Z"
VALID = [
    {"type": "header", "format": "capsule-transcript", "version": 1, "app": "app.py:app", "name": "probe",
     "session": "main", "user": {"id": "ann", "email": None, "org_id": None}, "channel": "chat", "at": AT, "seed": 7},
    {"type": "user", "turn": 0, "at": AT, "text": "old"},
    {"type": "reply", "turn": 0, "at": AT, "text": "older"},
    {"type": "data", "turn": 0, "at": AT, "set": {"said": ["old"]}, "unset": []},
    {"type": "values", "turn": 0, "table": "kv", "rows": []},
    {"type": "user", "turn": 1, "at": AT, "text": "hi",
     "attachments": [{"name": "a.txt", "path": "attachments/a.txt"}]},
    {"type": "reply", "turn": 1, "at": AT, "text": "2 hi ['a.txt']", "streamed": False},
    {"type": "data", "turn": 1, "at": AT, "set": {"said": ["old", "hi"]}, "unset": []},
    {"type": "end", "turn": 1, "at": AT, "status": "ok"},
    {"type": "user", "turn": 2, "at": AT, "text": "ask", "connected": {"crm": ["key"]}},
    {"type": "prompt", "turn": 2, "at": AT, "kind": "approval", "message": "Sure?"},
    {"type": "answer", "turn": 2, "at": AT, "value": True},
    {"type": "notify", "turn": 2, "at": AT, "text": "sure: {{what}}"},
    {"type": "reply", "turn": 2, "at": AT, "text": {"match": "regex", "value": "^\\d ask"}},
    {"type": "user", "turn": 3, "at": AT, "text": "boom"},
    {"type": "error", "turn": 3, "at": AT, "error": "ValueError", "message": {"match": "contains", "value": "way"}},
]  # fmt: skip
STRANGE: list[Any] = [
    None, True, -1, 0, 10**30, 1e308, -1e-300, 2**63, "", " ", "\x00", "\ud800", "\u202e\x1b[31m", "é" * 300, "..",
    "/etc/passwd", "{{a}}{{b}}{{a}}", "0001-01-01", "9999-12-31T23:59:59.999999+00:00", "2030-02-30", [], {}, [[]],
    {"": None}, [None], {"match": "regex", "value": "("}, {"match": "any"}, {"match": "glob", "value": "[{{x}}"},
    {"match": "json", "value": {"a": 1}}, [{"path": "../app.py"}], [{"path": "attachments/a.txt", "name": "../x"}],
    {"id": "\x00"}, "user", "header", "os:path", "x.py",
]  # fmt: skip

RUBBISH = [
    b"", b"\xff\xfe", b"<<<<<<< HEAD", b"=======", b"[" * 500, b'{"type":' * 200, b"1" * 5000, b"NaN", b"\r", b"\x00",
]  # fmt: skip

Mutation = Callable[[random.Random, list[bytes]], None]


def _at_random(chance: random.Random, lines: list[bytes]) -> int:
    return chance.randrange(len(lines))


def drop(chance: random.Random, lines: list[bytes]) -> None:
    del lines[_at_random(chance, lines)]


def double(chance: random.Random, lines: list[bytes]) -> None:
    lines.insert(_at_random(chance, lines), lines[_at_random(chance, lines)])


def swap(chance: random.Random, lines: list[bytes]) -> None:
    one, other = _at_random(chance, lines), _at_random(chance, lines)
    lines[one], lines[other] = lines[other], lines[one]


def cut(chance: random.Random, lines: list[bytes]) -> None:
    at = _at_random(chance, lines)
    lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]


def spoil(chance: random.Random, lines: list[bytes]) -> None:
    at = _at_random(chance, lines)
    line = bytearray(lines[at])
    for _ in range(chance.randint(1, 3)):
        if line:
            line[chance.randrange(len(line))] = chance.randrange(256)
    lines[at] = bytes(line)


def put_in(chance: random.Random, lines: list[bytes]) -> None:
    lines.insert(_at_random(chance, lines), chance.choice(RUBBISH))


def change(chance: random.Random, lines: list[bytes]) -> None:
    at = _at_random(chance, lines)
    try:
        fields = json.loads(lines[at])
    except (ValueError, RecursionError):
        return
    if isinstance(fields, dict) and fields:
        name = chance.choice(list(fields))
        if chance.random() < 0.2:
            del fields[name]
        else:
            fields[chance.choice([name, name, name, "turn", "at", "strange"])] = chance.choice(STRANGE)
        lines[at] = json.dumps(fields).encode()


MUTATIONS: list[Mutation] = [drop, double, swap, cut, spoil, put_in, change, change, change, change]


def mutated(seed: int) -> bytes:
    chance = random.Random(seed)
    lines = [json.dumps(record).encode() for record in VALID]
    for _ in range(chance.choice([1, 1, 2, 4])):
        if lines:
            chance.choice(MUTATIONS)(chance, lines)
    return chance.choice([b"", b"", b"\xef\xbb\xbf"]) + chance.choice([b"\n", b"\r\n"]).join(lines)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes, bool], FileResult]]:
    """Replays a content, and reports and perhaps accepts what came of it."""
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(APP, encoding="utf-8")
    Path("attachments").mkdir()
    Path("attachments/a.txt").write_text("a", encoding="utf-8")
    player = FilePlayer(ReplayOptions([], timeout=5))
    file = Path("t.jsonl")

    def played(content: bytes, update: bool = False) -> FileResult:
        file.write_bytes(content)
        options = ReplayOptions([], update=update, accept_errors=update)
        result = brought_up_to_date(player.play(file), options)
        report = TextReport(str.encode, str.encode, Look(color=False, unicode=False))
        report.file(result, alone=True)
        return result

    yield played
    player.release()


def test_the_valid_one_matches(play: Callable[..., FileResult]) -> None:
    content = b"".join(json.dumps(record).encode() + b"\n" for record in VALID)
    result = play(content)
    assert (result.code, result.matched, result.problem) == (DONE, 3, "")


SENTENCE = re.compile(r"t\.jsonl:\d+: \S")
CODES = (DONE, FAILED, USAGE, NOT_LOADED, TIMED_OUT)


@pytest.mark.parametrize("part", range(2))
def test_whatever_is_wrong_is_told_in_a_sentence(play: Callable[..., FileResult], part: int) -> None:
    for seed in range(part, 480, 2):
        content = mutated(seed)
        result = play(content, seed % 3 == 0)
        assert result.code in CODES, seed
        if result.code == USAGE:
            told = result.problem or result.note
            assert SENTENCE.match(told), (seed, told)
