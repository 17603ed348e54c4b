"""Which files an output may replace: none that is loaded, open or read, and a stranger's only with --force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cpsl.transcript.outfile import OutFile
from cpsl_cli.destination import JUNIT, TRACE, TRANSCRIPT, FilesInUse, OutputKind, check_destination
from cpsl_cli.errors import UsageError
from tests.conftest import Folder, finish

HEADER = '{"type":"header","format":"capsule-transcript","version":1,"app":"app.py:app"}\n'
SPOKEN = '{"type":"user","text":"hi"}\n{"type":"reply","text":"got hi"}\n'
TRACED = '{"type":"user","turn":1,"ms":0.0}\n'
CONTENTS: dict[str, tuple[str | bytes, OutputKind | None]] = {
    "a recording": (HEADER + SPOKEN, TRANSCRIPT),
    "one that was cut": (HEADER + '{"type":"us', TRANSCRIPT),
    "one written by hand": (SPOKEN, TRANSCRIPT),
    "a trace": (TRACED, TRACE),
    "a report": ('<?xml version="1.0"?>\n<testsuites name="x"/>', JUNIT),
    "a suite": ("<testsuite/>", JUNIT),
    "a page": ("<!DOCTYPE html><testsuites-of-mine/>", None),
    "a script": ('{"text": "hi"}\n', None),
    "a talk of another program": ('{"type":"user","message":{"role":"user"}}\n', None),
    "a map": ('{"type":"FeatureCollection","features":[]}', None),
    "notes": ("buy milk\n", None),
    "binary": (b"SQLite format 3\0\xff", None),
    "a list": ("[1]", None),
    "deep": ("[" * 5000, None),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("kind", [TRANSCRIPT, TRACE, JUNIT], ids=lambda kind: kind.noun)
def test_what_is_no_such_thing_needs_force(tmp_path: Path, name: str, kind: OutputKind) -> None:
    content, its = CONTENTS[name]
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if its is kind:
        check_destination(path, kind, "--out", in_use=FilesInUse())
    else:
        with pytest.raises(UsageError, match=rf"^--out: .* exists and is no {kind.noun}; --force replaces it\.$"):
            check_destination(path, kind, "--out", in_use=FilesInUse())
    check_destination(path, kind, "--out", in_use=FilesInUse(), force=True)


def test_an_empty_file_a_missing_one_and_a_device_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for path in (tmp_path / "empty", tmp_path / "missing", Path("/dev/null")):
        check_destination(path, TRANSCRIPT, "--out", in_use=FilesInUse())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("chat", "app.py", "--record", "a.jsonl"),
            2,
            "--record: a.jsonl cannot be opened (Too many levels of symbolic links)",
        ),
        (
            ("chat", "app.py", "--trace", "a.jsonl"),
            2,
            "--trace: a.jsonl cannot be opened (Too many levels of symbolic links)",
        ),
        (
            ("chat", "app.py", "--record", "t.jsonl", "--http", "record"),
            2,
            "--http: t.http.yaml cannot be opened (Too many levels of symbolic links)",
        ),
        (
            ("chat", "app.py", "--record", "folder/t.jsonl"),
            2,
            "--record: folder/t.jsonl cannot be opened (Too many levels of symbolic links)",
        ),
        (
            ("replay", "--app", "app.py", "ok.jsonl", "--junit", "a.jsonl"),
            2,
            "--junit: a.jsonl cannot be opened (Too many levels of symbolic links)",
        ),
        (("replay", "a.jsonl"), 2, "a.jsonl: there is no such file"),
        (("chat", "loop.py"), 3, "loop.py: there is no such file"),
    ],
)
def test_links_that_lead_round_in_a_circle_are_told_of(
    folder: Folder, arguments: tuple[str, ...], code: int, said: str
) -> None:
    for name in ("a.jsonl", "t.http.yaml", "folder", "loop.py"):
        (folder.path / f"other-{name}").symlink_to(name)
        (folder.path / name).symlink_to(f"other-{name}")
    folder.app()
    folder.write("ok.jsonl", SPOKEN)
    run = folder.capsule(*arguments, stdin="hi\n")
    assert (run.code, run.stdout) == (code, b"")
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert all((folder.path / name).is_symlink() for name in ("a.jsonl", "t.http.yaml", "folder", "loop.py"))


@pytest.mark.parametrize("way", ["plain", "link", "hard link", "dots"])
def test_what_is_in_use_is_refused_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    known = tmp_path / "known.jsonl"
    known.write_text(SPOKEN, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("known.jsonl")
    (tmp_path / "hard").hardlink_to(known)
    monkeypatch.chdir(tmp_path / "sub")
    in_use = FilesInUse()
    in_use.add(known, "the script that is read")
    named = {
        "plain": known,
        "link": Path("../link"),
        "hard link": Path("../hard"),
        "dots": Path("../sub/../known.jsonl"),
    }
    with pytest.raises(UsageError, match="is the script that is read; name another file"):
        check_destination(Path(named[way]), TRANSCRIPT, "--out", in_use=in_use, force=True)


def test_a_file_that_does_not_exist_yet_can_be_in_use(tmp_path: Path) -> None:
    in_use = FilesInUse()
    in_use.add_store(str(tmp_path / "shop.db"))
    for name in ("shop.db", "shop.db-wal", "shop.db-shm", "shop.db-journal"):
        with pytest.raises(UsageError, match="is the open store"):
            check_destination(tmp_path / name, TRANSCRIPT, "--out", in_use=in_use, force=True)
    check_destination(tmp_path / "other.db", TRANSCRIPT, "--out", in_use=in_use)


def test_modules_sources_and_the_projects_own_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sibling.py").write_text("x = 1\n", encoding="utf-8")
    for path, words in {
        tmp_path / "sibling.py": "is Python source",
        Path(os.__file__): "a module that is loaded",
        tmp_path / ".capsule" / "new.db": "a file in .capsule/",
        tmp_path / ".capsule" / "config.toml": "a file in .capsule/",
    }.items():
        with pytest.raises(UsageError, match=words):
            check_destination(path, TRANSCRIPT, "--out", in_use=FilesInUse(), force=True)


def test_a_file_that_is_being_recorded_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    first = OutFile(path, "--record")
    first.write([HEADER.strip()])
    with pytest.raises(UsageError, match="is being recorded by another chat"):
        check_destination(path, TRANSCRIPT, "/save", in_use=FilesInUse(), force=True)
    first.close()
    check_destination(path, TRANSCRIPT, "/save", in_use=FilesInUse())


REFUSED = {
    ("--record", "app.py"): "the app's source",
    ("--trace", "app.py"): "the app's source",
    ("--record", "helper.py"): "a module that is loaded",
    ("--record", "link.jsonl"): "the app's source",
    ("--record", ".capsule/probe.db"): "a file in .capsule/",
    ("--record", ".capsule/config.toml", "--force"): "a file in .capsule/",
    ("--record", "hard.jsonl", "--force"): "the open store",
    ("--record", "notes.txt"): "exists and is no transcript; --force replaces it",
    ("--input", "in.jsonl", "--record", "in.jsonl", "--force"): "the script that is read",
    ("--input", "in.jsonl", "--trace", "./in.jsonl", "--force"): "the script that is read",
    ("--record", "t.jsonl", "--trace", "./t.jsonl"): "what --record writes",
    ("--record", "t.jsonl", "--trace", "t.http.yaml"): "the cassette",
    ("--record", ""): "--record needs the name of a file; . is a folder.",
    ("--trace", ""): "--trace needs the name of a file; . is a folder.",
    ("--record", "loop.jsonl"): "loop.jsonl cannot be opened (Too many levels of symbolic links)",
    ("--trace", "loop.jsonl"): "loop.jsonl cannot be opened (Too many levels of symbolic links)",
    ("--record", "long" * 99): "cannot be opened (File name too long)",
    ("--trace", "long" * 99): "cannot be opened (File name too long)",
}


def test_a_chat_that_would_replace_what_it_uses_does_not_begin(folder: Folder) -> None:
    folder.app(
        "import helper\n" + "@app.message()\nasync def on_message(session, message):\n    await session.reply('x')\n"
    )
    folder.write("helper.py", "")
    folder.write("notes.txt", "buy milk\n")
    folder.write("in.jsonl", '{"text": "hi"}\n')
    folder.write(".capsule/config.toml", "")
    assert folder.chat("-m", "hi").code == 0
    (folder.path / "link.jsonl").symlink_to("app.py")
    (folder.path / "hard.jsonl").hardlink_to(folder.path / ".capsule" / "probe.db")
    (folder.path / "loop.jsonl").symlink_to("loop.jsonl")
    before = folder.contents()
    for arguments, words in REFUSED.items():
        run = folder.chat(*arguments, stdin="hi\n")
        assert (run.code, run.stdout) == (2, b""), arguments
        assert words in run.stderr, run.stderr
        assert run.stderr.count("\n") == 1
        after = folder.contents()
        assert {name: after[name] for name in before if "__pycache__" not in name} == {
            name: content for name, content in before.items() if "__pycache__" not in name
        }, arguments
    assert folder.chat("-m", "hi", "--record", "notes.txt", "--force").code == 0
    assert (folder.path / "notes.txt").read_text(encoding="utf-8").startswith('{"type":"header"')


def test_a_stream_that_the_shell_has_made_is_no_recording(folder: Folder) -> None:
    folder.app()
    file = folder.write("talk.jsonl", SPOKEN)
    with file.open("rb") as stdin:
        run = finish(folder.start("chat", "app.py", "--record", "talk.jsonl", stdin=stdin))
    assert (run.code, "talk.jsonl is stdin of this command" in run.stderr) == (2, True)
    with file.open("ab") as stdout:
        run = finish(folder.start("replay", "talk.jsonl", "--md", stdout=stdout))
    assert (run.code, "talk.jsonl is stdout of this command" in run.stderr) == (2, True)
    assert file.read_text(encoding="utf-8") == SPOKEN


def test_a_report_replaces_neither_the_app_nor_a_transcript(folder: Folder) -> None:
    folder.app()
    folder.write("t.jsonl", HEADER + SPOKEN)
    (folder.path / "hard.xml").hardlink_to(folder.path / "app.py")
    before = {name: content for name, content in folder.contents().items() if name != "__pycache__"}
    for arguments, words in {
        ("--junit", "app.py"): "is Python source",
        ("--junit", "t.jsonl", "--force"): "a transcript that is replayed",
        ("--junit", "hard.xml"): "exists and is no JUnit report",
        ("--junit", "hard.xml", "--force"): "a module that is loaded",
    }.items():
        run = folder.capsule("replay", "t.jsonl", *arguments)
        assert (run.code, words in run.stderr) == (2, True), run.stderr
    after = folder.contents()
    assert {name: after[name] for name in before} == before


def test_save_leaves_what_the_chat_uses(folder: Folder) -> None:
    folder.app()
    run = folder.chat("--record", "t.jsonl", stdin="hi\n/save app.py --force\n/save t.jsonl --force\n/save s.jsonl\n")
    assert "/save: app.py is the app's source" in run.stderr
    assert "/save: t.jsonl is what --record writes" in run.stderr
    assert (folder.path / "s.jsonl").stat().st_mode & 0o777 == 0o600
    assert (folder.path / "t.jsonl").stat().st_mode & 0o777 == 0o600


def test_names_that_are_none_are_one_sentence_everywhere(folder: Folder) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    await session.reply('x')\n")
    folder.write("t.jsonl", HEADER + SPOKEN)
    (folder.path / "loop.jsonl").symlink_to("loop.jsonl")
    long = "long" * 99
    assert folder.chat("-m", "hi").code == 0
    for arguments in (("replay", long), ("inspect", long), ("db", "export", long), ("chat", long, "-m", "hi")):
        run = folder.capsule(*arguments)
        assert run.code == 2
        assert run.stderr.endswith("…: this name is too long for a file.\n"), run.stderr
        assert len(run.stderr.splitlines()) == 1
    for name in (long, "loop.jsonl"):
        run = folder.capsule("replay", "t.jsonl", "--junit", name)
        assert (run.code, len(run.stderr.splitlines())) == (2, 1), run.stderr
        run = folder.chat(stdin=f"hi\n/save {name}\n")
        assert "cannot be opened" in run.stderr
        assert run.replies == ["x"]


def test_a_pipe_that_nobody_reads_holds_nothing_up(folder: Folder) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    await session.reply('x')\n")
    folder.write("t.jsonl", HEADER + SPOKEN.replace("got hi", "x"))
    os.mkfifo(folder.path / "pipe")
    for option in ("--record", "--trace"):
        run = folder.chat(option, "pipe", stdin="hi\n")
        assert (run.replies, run.code) == (["x"], 2)
        assert "pipe: cannot be written any further (nobody reads it)." in run.stderr
    run = folder.capsule("replay", "t.jsonl", "--junit", "pipe")
    assert run.stderr == "capsule: --junit: pipe cannot be written (nobody reads it).\n"
    run = folder.chat(stdin="hi\n/save pipe --force\n")
    assert "/save: pipe cannot be written (nobody reads it)" in run.stderr


def test_a_pipe_that_is_read_gets_a_recording_and_a_report(folder: Folder) -> None:
    folder.app("@app.message()\nasync def on_message(session, message):\n    await session.reply('x')\n")
    folder.write("t.jsonl", HEADER + SPOKEN.replace("got hi", "x"))
    os.mkfifo(folder.path / "pipe")
    reader = os.open(folder.path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert folder.chat("--record", "pipe", stdin="hi\n").code == 0
        assert os.read(reader, 1 << 16).count(b"\n") == 4
        assert folder.capsule("replay", "t.jsonl", "--junit", "pipe").code == 0
        assert os.read(reader, 1 << 16).startswith(b"<?xml")
    finally:
        os.close(reader)
