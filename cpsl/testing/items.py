"""What pytest collects of a transcript: a file, and an item for each turn."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cpsl.errors import CapsuleError
from cpsl.http.cassette import is_offline_by_default
from cpsl.testing.diff import Diff, refusal_text
from cpsl.testing.entry import entry_of
from cpsl.testing.playback import NotPlayedError, Playback
from cpsl.testing.player import PlayedTurn
from cpsl.testing.updates import TURN, note_of
from cpsl.transcript.document import RecordedTurn, Transcript
from cpsl.transcript.read import content_of, parse
from cpsl.transcript.update import has_new_errors

REFUSED = "not updated, because it fails today: mend the app, or add --capsule-accept-errors."


class TranscriptFile(pytest.File):
    """A transcript; its turns share one run of the app, as long as they run one after the other.

    :param offline: whether to play without any network; None is to do so on a build server.
    :ivar digest: tells whether the file is still the one that was collected.
    """

    playback: Playback
    digest: str

    def __init__(self, *, offline: bool | None, **more: Any) -> None:
        super().__init__(**more)
        self._offline = is_offline_by_default() if offline is None else offline

    def collect(self) -> Iterator[TurnItem]:
        """The turns. Raises ``CollectError`` with ``file:line: what`` for a file that cannot be replayed."""
        try:
            content = content_of(self.path)
            # Messages show the path from here, as those of capsule replay do.
            transcript = parse(Path(os.path.relpath(self.path)), content)._replace(path=self.path)
            entry = self._entry(transcript)
        except CapsuleError as error:
            raise self.CollectError(refusal_text(error)) from None
        self.digest = hashlib.sha256(content).hexdigest()
        self.playback = Playback(transcript, entry, offline=self._offline)
        for turn in transcript.turns:
            yield TurnItem.from_parent(self, name=f"turn {turn.number}", turn=turn)

    def teardown(self) -> None:
        """Shut the app down; a hook that raises is a failure in its own words."""
        if told := self.playback.told:
            self.warn(NetworkUsedWarning(told))
        with _failing():
            self.playback.close()

    def _entry(self, transcript: Transcript) -> str:
        asked: str | None = self.config.getoption("capsule_app")
        if asked:
            return _from(self.config.invocation_params.dir, asked)
        named = entry_of(transcript)
        if named:
            return named
        fallback: str = self.config.getini("capsule_app")
        if fallback:
            return _from(self.config.rootpath, fallback)
        where = f"{os.path.relpath(self.path)}:1"
        raise CapsuleError(f"{where}: no header names the app; set capsule_app in the ini, or give --capsule-app.")


class NetworkUsedWarning(pytest.PytestWarning):
    """An app has used the network in the replay of a transcript that says nothing of it."""


class TurnItem(pytest.Item):
    """One turn of a transcript; playing it plays every turn before it as well."""

    def __init__(self, *, turn: RecordedTurn, **more: Any) -> None:
        super().__init__(**more)
        self._turn = turn
        self._has_run = False
        if self.config.pluginmanager.hasplugin("xdist"):
            # With --dist loadgroup a file is played by one worker only; the other modes need not be told.
            self.add_marker(pytest.mark.xdist_group(name=self._file.nodeid))

    @property
    def _file(self) -> TranscriptFile:
        assert isinstance(self.parent, TranscriptFile), "turns belong to transcripts"
        return self.parent

    def setup(self) -> None:
        """Load and boot the app; where that cannot be done, it is a failure in its own words."""
        with _failing():
            if self._has_run:
                # Somebody (pytest-rerunfailures) wants to see whether it does the same once more.
                self._file.playback.begin_anew()
            self._has_run = True
            self._file.playback.prepare(self._turn.number)

    def runtest(self) -> None:
        """Play. Raises ``TurnDiffersError``; with ``--capsule-update`` only for a turn that must not be accepted."""
        playback = self._file.playback
        if TURN in self.stash:
            del self.stash[TURN]
        played = playback.turn(self._turn.number)
        if played.matches:
            return
        notes = playback.refused(self._turn.number)
        if not self.config.getoption("capsule_update"):
            raise TurnDiffersError(played, notes)
        refused = has_new_errors(played.comparison) and not self.config.getoption("capsule_accept_errors")
        self.stash[TURN] = note_of(self._file.path, self._file.digest, played, refused=refused)
        if refused:
            raise TurnDiffersError(played, [*notes, REFUSED])

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Where the person's message stands, and what the failure is headed with."""
        return self.path, self._turn.user.number - 1, f"{self._file.name}: {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, or the user's own lines; a traceback only for what is an error of ours."""
        error = excinfo.value
        if isinstance(error, TurnDiffersError):
            return Diff(os.path.relpath(self.path), error.played, error.notes)
        if isinstance(error, (CapsuleError, NotPlayedError)):
            return refusal_text(error)
        return super().repr_failure(excinfo, style)


class TurnDiffersError(Exception):
    """The app does something else than the transcript says; ``notes`` are sentences about why, and what follows."""

    def __init__(self, played: PlayedTurn, notes: list[str]) -> None:
        super().__init__(f"turn {played.turn.number} differs")
        self.played = played
        self.notes = notes


@contextmanager
def _failing() -> Iterator[None]:
    """Outside of the call, pytest asks no item how to show what was raised."""
    try:
        yield
    except (CapsuleError, NotPlayedError) as error:
        raise pytest.fail.Exception(refusal_text(error), pytrace=False) from None


def _from(folder: Path, entry: str) -> str:
    """The entry point, with a file's path made one from anywhere; a module stays as it is."""
    return str(folder / entry) if (folder / entry.partition(":")[0]).is_file() else entry
