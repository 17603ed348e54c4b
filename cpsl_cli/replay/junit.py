"""The report of a replay as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from cpsl.render.safe import visible, visible_line
from cpsl.transcript.report import PLAIN, turn_report
from cpsl.transcript.result import TurnResult
from cpsl.wholefile import write_whole
from cpsl_cli.destination import JUNIT, FilesInUse, check_destination, check_place
from cpsl_cli.errors import UsageError
from cpsl_cli.replay.results import FileResult

# XML 1.0 has no place for them, not even as references; nor has a terminal, and those are visible already.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


class JunitFile:
    """The file that ``--junit`` names. Making one raises ``UsageError`` where no file can be, or may be replaced.

    :param in_use: the files that are replayed, with what belongs to them.
    """

    def __init__(self, path: Path, in_use: FilesInUse, *, force: bool = False) -> None:
        self._path = path
        self._in_use = in_use
        self._force = force
        check_place(path, "--junit")
        self._check()

    def write(self, results: Sequence[FileResult]) -> None:
        """Write all results at once. Raises ``UsageError`` when that fails; an earlier file then stays."""
        self._check()  # the apps are loaded by now
        try:
            write_whole(self._path, junit_xml(results), mode=0o666)
        except OSError as error:
            raise UsageError(f"--junit: {self._path} cannot be written ({error.strerror}).") from None

    def _check(self) -> None:
        check_destination(self._path, JUNIT, "--junit", in_use=self._in_use, force=self._force)


def junit_xml(results: Sequence[FileResult]) -> str:
    """A ``testsuite`` for each transcript, a ``testcase`` for each turn that was played.

    A turn that differs is a ``failure`` with its differences as plain text; a transcript that could not be
    played, or not to its end, has a ``testcase`` of its own that is an ``error``.
    """
    root = Element("testsuites", name="capsule replay")
    for result in results:
        root.append(_suite(result))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(result: FileResult) -> Element:
    suite = Element(
        "testsuite",
        name=_attribute(str(result.path)),
        tests=str(len(result.turns) + bool(result.problem)),
        failures=str(len(result.differing)),
        errors=str(int(bool(result.problem))),
    )
    for turn in result.turns:
        case = SubElement(suite, "testcase", classname=_class(result), name=_attribute(turn_name(result.path, turn)))
        if not turn.matches:
            failure = SubElement(case, "failure", message=_attribute(turn.differences[0].sentence))
            failure.text = _text("\n".join(turn_report(str(result.path), turn, PLAIN)))
    if result.problem:
        case = SubElement(suite, "testcase", classname=_class(result), name=_attribute(result.path.name))
        error = SubElement(case, "error", message=_attribute(result.problem.partition("\n")[0]))
        error.text = _text(result.problem)
    return suite


def turn_name(path: Path, turn: TurnResult) -> str:
    """What a turn is called as a test: ``order.jsonl::turn 3``."""
    return f"{path.name}::turn {turn.turn.number}"


def _class(result: FileResult) -> str:
    return _attribute(str(result.path.with_suffix("")))


def _attribute(text: str) -> str:
    return _replaced(visible_line(text))


def _text(text: str) -> str:
    return _replaced(visible(text))


def _replaced(text: str) -> str:
    return _NO_CHARACTERS.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
