"""``--capsule-update``: what today's apps do becomes what is expected.

Turns run in any process, a file is written in one: each turn's report carries what accepting it takes to the
process that pytest was started in, and that one writes every file once, after the last turn.
"""

from __future__ import annotations

import base64
import hashlib
import pickle
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest

from cpsl.errors import CapsuleError
from cpsl.wording import counted

if TYPE_CHECKING:
    from cpsl.testing.player import PlayedTurn
    from cpsl.transcript.comparison.difference import Comparison


class TurnNote(TypedDict):
    """A turn that differs, as it travels with its report: texts and numbers only.

    ``digest`` is the SHA-256 of the file that it was compared with, ``refused`` says that it must not be
    accepted, ``comparison`` is pickled, in Base64.
    """

    file: str
    digest: str
    turn: int
    refused: bool
    comparison: str


TURN = pytest.StashKey[TurnNote]()
"""Where an item keeps the note until its report is made."""

_ATTRIBUTE = "capsule_turn"


def note_of(path: Path, digest: str, played: PlayedTurn, *, refused: bool) -> TurnNote:
    """The note about a turn that differs."""
    comparison = base64.b64encode(pickle.dumps(played.comparison)).decode("ascii")
    return TurnNote(file=str(path), digest=digest, turn=played.turn.number, refused=refused, comparison=comparison)


class Notes:
    """The plugin that lets a turn's report carry its note. Lives wherever turns run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the note that the item has left on its report."""
        report = yield
        if report.when == "call" and TURN in item.stash:
            setattr(report, _ATTRIBUTE, item.stash[TURN])
        return report


class Updates:
    """The plugin that writes the files. Lives where pytest was started, never in a worker of xdist."""

    def __init__(self) -> None:
        self._files: dict[str, dict[int, TurnNote]] = {}
        self._told: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take up what a turn's report carries; a repeated turn counts as it was the last time."""
        note: TurnNote | None = getattr(report, _ATTRIBUTE, None)
        if note and report.when == "call":
            self._files.setdefault(note["file"], {})[note["turn"]] = note

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write; a run that was broken off writes nothing."""
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            self._told += [f"{_shown(file, session)}: not updated: the run was broken off." for file in self._files]
            return
        for file, notes in sorted(self._files.items()):
            problem = _written(Path(file), notes)
            done = f"updated {counted(len(notes), 'turn')}."
            self._told.append(f"{_shown(file, session)}: {problem or done}")
            if problem and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what became of each file."""
        if self._told:
            terminalreporter.section("transcripts")
        for line in self._told:
            terminalreporter.line(line)


def _shown(file: str, session: pytest.Session) -> str:
    root = session.config.rootpath
    return Path(file).relative_to(root).as_posix() if Path(file).is_relative_to(root) else file


def _written(path: Path, notes: dict[int, TurnNote]) -> str:
    """Update a file; why it was not, or ``""``."""
    from cpsl.transcript.read import parse  # noqa: PLC0415 - loads the runtime, which few runs of pytest need
    from cpsl.transcript.update import save, updated_text  # noqa: PLC0415

    refused = [str(number) for number in sorted(notes) if notes[number]["refused"]]
    if refused:
        turns = f"turn{'' if len(refused) == 1 else 's'} {', '.join(refused)}"
        return f"not updated: {turns} must not be accepted; mend the app, or add --capsule-accept-errors."
    try:
        content = path.read_bytes()
        if any(note["digest"] != hashlib.sha256(content).hexdigest() for note in notes.values()):
            return "not updated: it changed while it was played; run it again."
        comparisons = {number: _comparison(note) for number, note in notes.items()}
        save(path, updated_text(parse(path, content), comparisons, content.decode("utf-8")))
    except CapsuleError as error:
        return f"not updated: {error}"
    except OSError as error:
        return f"not updated: {error.strerror or error}."
    return ""


def _comparison(note: TurnNote) -> Comparison:
    # Pickled by ourselves, in another process of the same run.
    comparison: Comparison = pickle.loads(base64.b64decode(note["comparison"]))
    return comparison
