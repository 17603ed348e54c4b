"""A transcript that somebody else wrote: it reads no file but its own, and runs no app but the project's."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cpsl
from cpsl.http.cassette import PlayingCassette
from cpsl.http.cassette_errors import CassetteError
from cpsl.testing import Simulator
from cpsl.testing.entry import entry_of
from cpsl.testing.player import PlayedTurn, Player
from cpsl.transcript.document import Transcript
from cpsl.transcript.read import TranscriptError, parse, read_transcript
from cpsl.transcript.record import copy_attachment

HEADER = {"type": "header", "format": "capsule-transcript", "version": 1}


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The transcript's folder, with files in it and beside it, and links."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "a.txt").write_text("a", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "own-link.txt").symlink_to(folder / "a.txt")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


def transcript(folder: Path, *records: dict[str, Any]) -> Transcript:
    return parse(folder / "t.jsonl", b"".join(json.dumps(record).encode() + b"\n" for record in records))


@pytest.fixture
def reading(app: cpsl.App) -> cpsl.App:
    """An app that tells the content of what it is sent, or asks for."""

    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        for item in message.attachments or ():
            await session.reply(item.name + " " + Path(await item.download("copy")).read_text())
        if message.text == "ask":
            file = await session.prompt_file()
            await session.reply(file.name + " " + Path(await file.download("copy")).read_text())

    return app


async def played(app: cpsl.App, said: Transcript) -> list[PlayedTurn]:
    async with Player(said, app) as player:
        return [turn async for turn in player.turns()]


OUTSIDE = [
    "/etc/passwd",
    "~/secret.txt",
    "../secret.txt",
    "link.txt",
    "out/secret.txt",
    "out/talks/../secret.txt",
    "loop",
    "a\0b",
]


@pytest.mark.parametrize("path", OUTSIDE)
async def test_an_attachment_from_elsewhere_is_refused(inside: Path, reading: cpsl.App, path: str) -> None:
    said = transcript(inside, {"type": "user", "text": "hi", "attachments": [path]})
    with pytest.raises(TranscriptError, match=r"t\.jsonl:1: .* lies outside of the transcript's folder"):
        await played(reading, said)


@pytest.mark.parametrize("path", [path for path in OUTSIDE if path not in ("loop", "a\0b")])
async def test_an_answer_from_elsewhere_is_refused(inside: Path, reading: cpsl.App, path: str) -> None:
    said = transcript(inside, {"type": "user", "text": "ask"}, {"type": "answer", "value": path})
    with pytest.raises(TranscriptError, match=r"t\.jsonl:2: .* lies outside of the transcript's folder"):
        await played(reading, said)


async def test_an_answer_that_is_nowhere_stays_missing(inside: Path, reading: cpsl.App) -> None:
    for path in ("/no/such/file", "a\0b", "loop"):
        said = transcript(inside, {"type": "user", "text": "ask"}, {"type": "answer", "value": path})
        (turn,) = await played(reading, said)
        assert isinstance(turn.error, FileNotFoundError | OSError)
        assert str(turn.error).startswith("Cannot attach ")


async def test_files_of_the_folder_are_read(inside: Path, reading: cpsl.App) -> None:
    for path in ("a.txt", "own-link.txt", str(inside / "a.txt")):
        said = transcript(
            inside,
            {"type": "user", "text": "ask", "attachments": [{"path": path, "name": "b.txt"}]},
            {"type": "answer", "value": path},
        )
        (turn,) = await played(reading, said)
        assert [record["text"] for record in turn.actual if record["type"] == "reply"] == [
            "b.txt a",
            f"{Path(path).name} a",
        ]


@pytest.mark.parametrize(
    ("path", "problem"),
    [("pipe", "it is no ordinary file"), (".", "it is a folder, not a file"), ("none.txt", "it does not exist")],
)
async def test_what_is_no_file_is_told(inside: Path, reading: cpsl.App, path: str, problem: str) -> None:
    said = transcript(inside, {"type": "user", "text": "hi", "attachments": [path]})
    with pytest.raises(TranscriptError, match=rf"t\.jsonl:1: Cannot attach '.*': {problem}\.$"):
        await played(reading, said)


async def test_a_huge_file_is_not_read(inside: Path, reading: cpsl.App) -> None:
    with (inside / "huge").open("wb") as file:
        file.truncate(1 << 42)
    item = {"path": "huge", "sha256": "0" * 64}
    for known, problem in ((item, "is larger than a gibibyte"), ({**item, "size": 7}, "is larger than a gibibyte")):
        with pytest.raises(TranscriptError, match=problem):
            await played(reading, transcript(inside, {"type": "user", "text": "hi", "attachments": [known]}))
    (inside / "t.jsonl").symlink_to(inside / "huge")
    with pytest.raises(TranscriptError, match=r"t\.jsonl: is larger than 64 MiB"):
        read_transcript(inside / "t.jsonl")


def test_a_pipe_or_a_device_is_no_transcript_and_no_cassette(inside: Path) -> None:
    for path in (inside / "pipe", Path("/dev/zero"), inside):
        with pytest.raises(TranscriptError, match="is no ordinary file; a transcript has to be one"):
            read_transcript(path)
        with pytest.raises(CassetteError, match="is no ordinary file; a cassette has to be one"):
            PlayingCassette(path)


def test_a_cassette_with_an_address_that_is_none_is_named(inside: Path) -> None:
    request = '{method: GET, uri: "http://[::1", headers: {}, body: null}'
    response = '{status: {code: 200, message: OK}, headers: {}, body: {string: ""}}'
    tape = inside / "t.http.yaml"
    tape.write_text(f"interactions: [{{request: {request}, response: {response}}}]\nversion: 1\n", encoding="utf-8")
    with pytest.raises(CassetteError, match=r"t\.http\.yaml:1: .*'http://\[::1' is no address"):
        PlayingCassette(tape)


NAMES = ["", ".", "..", "../settings.py", "/etc/passwd", "a/b", "a\\b", "a\0b", "x" * 256, "é" * 128, 7, None]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_files_name(inside: Path, name: Any) -> None:
    with pytest.raises(TranscriptError, match=r"t\.jsonl:1: 'attachments': .*file's name"):
        transcript(inside, {"type": "user", "text": "hi", "attachments": [{"path": "a.txt", "name": name}]})


@pytest.mark.parametrize("name", [name for name in NAMES if isinstance(name, str)])
async def test_an_attachment_of_a_test_has_a_files_name_too(app: cpsl.App, name: str) -> None:
    async with Simulator(app) as sim:
        with pytest.raises(ValueError, match="file's name"):
            await sim.chat().send("hi", attachments=[cpsl.Attachment(name, "text/plain", "file:///dev/null")])


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "", "~nobody-of-that-name/x", "a\\b"])
async def test_a_path_that_can_be_none_is_told(app: cpsl.App, inside: Path, path: str) -> None:
    (inside / "a\\b").write_text("", encoding="utf-8")
    async with Simulator(app) as sim:
        with pytest.raises(OSError, match=r"^Cannot attach '.*': .+\.$"):
            await sim.chat().send("hi", attachments=[path])


def entry(folder: Path, app: str) -> str | None:
    return entry_of(transcript(folder, {**HEADER, "app": app}, {"type": "user", "text": "hi"}))


@pytest.mark.parametrize(
    "app",
    ["/etc/x.py", "../evil.py", "../evil.py:app", "evil.py", "link.py:app", "antigravity:app", "os:app", "time:app",
     "xml.dom:app", "pytest:app", "nowhere:app", "package.module:app", "__main__:app"],
)  # fmt: skip
def test_an_app_from_elsewhere_is_refused(inside: Path, monkeypatch: pytest.MonkeyPatch, app: str) -> None:
    (inside / "pyproject.toml").touch()
    (inside.parent / "evil.py").touch()
    (inside / "link.py").symlink_to(inside.parent / "evil.py")
    (inside / "package").mkdir()
    (inside / "package" / "__init__.py").touch()
    (inside / "package" / "module.py").symlink_to(inside.parent / "evil.py")
    monkeypatch.setitem(sys.modules, "nowhere", ModuleType("nowhere"))
    named = app if app != "/etc/x.py" else str(inside.parent / "evil.py")
    with pytest.raises(TranscriptError, match=r"t\.jsonl:1: its header names the app .*, which is not in this project"):
        entry(inside, named)


def test_an_app_of_the_project_is_found(inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").touch()
    (tmp_path / "src" / "__init__.py").touch()
    assert entry(inside, "src/app.py:app") == str(tmp_path / "src" / "app.py") + ":app"
    assert entry(inside, "../src/app.py") == str(inside / "../src/app.py")
    assert entry(inside, "no/such.py") == "no/such.py"
    monkeypatch.chdir(tmp_path)
    assert entry(inside, "src.app:app") == "src.app:app"
    assert entry(inside, "src.nothing:app") == "src.nothing:app"


def test_the_working_folders_project_counts_as_well(
    inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inside / "pyproject.toml").touch()
    other = tmp_path / "other"
    (other / "deep").mkdir(parents=True)
    (other / "pyproject.toml").touch()
    (other / "app.py").touch()
    monkeypatch.chdir(other)
    assert entry(inside, "app.py:app") == str(other / "app.py") + ":app"


async def test_a_pattern_that_takes_too_long_is_given_up_with_its_line(app: cpsl.App, tmp_path: Path) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await session.reply("a" * 60 + "!")
        session.data["x"] = "a" * 60 + "!"

    slow = {"match": "regex", "value": "^(a|aa)+$"}
    for line in ({"type": "reply", "text": slow}, {"type": "data", "set": {"x": slow}}):
        with pytest.raises(TranscriptError, match=r"t\.jsonl:2: the pattern '\^\(a\|aa\)\+\$' was given up") as caught:
            await played(app, transcript(tmp_path, {"type": "user", "text": "hi"}, line))
        assert caught.value.exit_code == 2


def test_git_leaves_the_copies_of_files_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\r\n")
    assert (tmp_path / copy_attachment(tmp_path / "a.txt", tmp_path)).read_bytes() == b"a\r\n"
    attributes = tmp_path / "attachments" / ".gitattributes"
    assert attributes.read_text() == "* -text\n"
    attributes.write_text("own\n")
    (tmp_path / "b.txt").write_bytes(b"b")
    copy_attachment(tmp_path / "b.txt", tmp_path)
    assert attributes.read_text() == "own\n"
