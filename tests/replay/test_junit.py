"""``capsule replay --junit``."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from cpsl.transcript.read import parse
from cpsl.transcript.result import TurnResult
from cpsl_cli.replay.junit import junit_xml
from cpsl_cli.replay.results import FileResult
from tests.conftest import Folder
from tests.replay.recorded import COUNTER, recorded


def suites(file: Path) -> list[Element]:
    return list(ElementTree.parse(file).getroot())


def test_each_turn_is_a_testcase_and_a_difference_is_a_failure_with_its_diff(folder: Folder) -> None:
    recorded(folder, "a\nb\n")
    folder.app(COUNTER.replace('["n"] = ', '["n"] = message.text == "b" and 7 or '))
    run = folder.capsule("replay", "t.jsonl", "--junit", "out.xml")
    assert run.code == 1
    (suite,) = suites(folder.path / "out.xml")
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors")} == {
        "name": "t.jsonl",
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    first, second = suite
    assert [case.get("name") for case in suite] == ["t.jsonl::turn 1", "t.jsonl::turn 2"]
    assert list(first) == []
    (failure,) = second
    assert failure.get("message") == "reply: expected 2 b, got 7 b"
    assert (failure.text or "").split("\n") == run.replies[:-1]
    assert "  + {+7+} b" in run.replies


def test_what_cannot_be_played_is_an_error_of_its_file(folder: Folder) -> None:
    recorded(folder, "a\n")
    folder.write("bad.jsonl", '{"type": "user"}\n')
    run = folder.capsule("replay", ".", "--junit", "out.xml")
    assert run.code == 2
    bad, good = suites(folder.path / "out.xml")
    assert (bad.get("errors"), good.get("errors")) == ("1", "0")
    (case,) = bad
    (error,) = case
    assert (case.get("name"), error.tag) == ("bad.jsonl", "error")
    assert error.text == "bad.jsonl:1: a line of type 'user' needs 'text'"
    root = ElementTree.parse(folder.path / "out.xml").getroot()
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["2", "0", "1"]


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "nul\x00", "\ufffe\uffff", "\ud800", "]]>&<\"'", "c1\x9b", "l\u2028s"])
def test_no_text_can_break_the_file(text: str) -> None:
    transcript = parse(Path("t\x1b.jsonl"), b'{"type":"user","text":"hi"}')
    (turn,) = transcript.turns
    result = FileResult(transcript.path, (TurnResult(turn, text, [], (), text),), 1, 1, text)
    root = ElementTree.fromstring(junit_xml([result]))
    (error,) = root.iter("error")
    assert error.text
    assert error.text.isprintable()
    assert error.text.isascii() or text.isprintable()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing/out.xml", "the folder of missing/out.xml does not exist"),
        (".", "is a folder"),
        ("", "name of a file"),
    ],
)
def test_a_bad_place_is_refused_before_anything_is_played(folder: Folder, place: str, words: str) -> None:
    recorded(folder, "a\n", COUNTER + '    open("played", "w").close()\n')
    (folder.path / "played").unlink()
    run = folder.capsule("replay", "t.jsonl", "--junit", place)
    assert (run.stdout, run.code) == (b"", 2)
    assert words in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (folder.path / "played").exists()


def test_the_file_is_replaced_and_nothing_is_left_beside_it(folder: Folder) -> None:
    recorded(folder, "a\n")
    folder.write("real.xml", "<testsuites/>")
    (folder.path / "out.xml").symlink_to("real.xml")
    (folder.path / "real.xml").chmod(0o640)
    assert folder.capsule("replay", "t.jsonl", "--junit", "out.xml").code == 0
    assert (folder.path / "out.xml").is_symlink()
    assert (folder.path / "real.xml").read_text().startswith("<?xml")
    assert (folder.path / "real.xml").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.path.glob(".*new*")] == []


def test_several_processes_report_into_one_file(folder: Folder) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        recorded(folder, "x\n", name=name)
    assert folder.capsule("replay", ".", "-j", "2", "--junit", "out.xml").code == 0
    assert [suite.get("name") for suite in suites(folder.path / "out.xml")] == ["a.jsonl", "b.jsonl", "c.jsonl"]
