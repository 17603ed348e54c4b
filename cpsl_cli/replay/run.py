"""Replaying one file, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

from cpsl.errors import AppLoadError, CapsuleError
from cpsl.http.cassette import Mode, ReplayedNetwork, is_offline_by_default
from cpsl.render.failure import describe, full_traceback, places
from cpsl.render.safe import visible
from cpsl.runtime.loader import back_in, split_entry
from cpsl.testing.entry import entry_of
from cpsl.testing.player import PlayedTurn, Player
from cpsl.transcript.comparison.difference import Comparison
from cpsl.transcript.document import Transcript
from cpsl.transcript.line_types import EndLine, read_as
from cpsl.transcript.read import read_transcript
from cpsl.transcript.result import TurnResult
from cpsl_cli.chat.guard import Guard
from cpsl_cli.chat.loop import run_to_end
from cpsl_cli.discover import default_app
from cpsl_cli.errors import DONE, FAILED, INTERRUPTED, TIMED_OUT, UsageError
from cpsl_cli.options.replay_options import ReplayOptions
from cpsl_cli.replay.results import FileResult
from cpsl_cli.streams import say


class Played(NamedTuple):
    """A file's result, with what an update of the file needs.

    ``entry`` is the app that was played, ``at`` the time its last turn stood at, in seconds since the epoch,
    ``mode`` what became of HTTP requests.
    """

    result: FileResult
    transcript: Transcript | None
    comparisons: dict[int, Comparison]
    entry: str = ""
    at: float = 0.0
    mode: Mode = "off"


class FilePlayer:
    """Plays files, one after the other; a person's Ctrl-C ends the one in progress and keeps its turns.

    :param on_stuck: given what there is of a file whose handler does not stop, before the process is ended by force.
    """

    def __init__(self, options: ReplayOptions, on_stuck: Callable[[FileResult], object] | None = None) -> None:
        self._options = options
        self._on_stuck = on_stuck or _tell
        self._entry, self._at = "", 0.0
        # Until a file has a loop of its own.
        self._idle_loop = asyncio.new_event_loop()
        self._guard = Guard(self._idle_loop, options.timeout)
        self._guard.install()

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._guard.interrupted

    def leave(self, code: int) -> int:
        """The exit code, for a normal end; where a handler was left running, the end itself."""
        return self._guard.leave(code)

    def release(self) -> None:
        """Give Ctrl-C back: nothing more is played."""
        self._guard.release()
        self._idle_loop.close()

    def play(self, path: Path, *, keep: Path | None = None) -> Played:
        """Play the file. A file or an app that cannot be had is the result's problem, not an exception.

        :param keep: a new file for what the turns have stored, before the app's leaving hooks run.
        """
        comparisons: dict[int, Comparison] = {}
        turns: list[TurnResult] = []
        transcript: Transcript | None = None
        self._entry, self._at = "", 0.0
        mode: Mode = "off"
        try:
            transcript = read_transcript(path)
            network = _network(self._options, transcript)
            mode = network.mode
            loop = asyncio.new_event_loop()
            stuck = partial(self._stuck, transcript, turns)
            with self._guard.attending(loop, stuck), back_in(), network.on():
                run_to_end(loop, self._turns(transcript, turns, comparisons, keep), self._guard.forsake)
        except (CapsuleError, UsageError) as error:
            code = error.exit_code if isinstance(error, CapsuleError) else error.code
            result = FileResult(path, tuple(turns), _total(transcript), code, self._told(error))
        else:
            note = "\n".join(filter(None, (*network.refused, network.told)))
            result = FileResult(path, tuple(turns), _total(transcript), self._code(turns), note=note)
        return Played(result, transcript, comparisons, self._entry, self._at, mode)

    async def _turns(
        self,
        transcript: Transcript,
        turns: list[TurnResult],
        comparisons: dict[int, Comparison],
        keep: Path | None,
    ) -> None:
        self._entry = self._options.app or _named_app(transcript) or _only_app(transcript)
        async with Player(transcript, self._entry, watch=self._guard.turn) as player:
            async for played in player.turns(self._options.until):
                if self.interrupted and not played.matches:
                    break  # the person has stopped it, so it says nothing about the app
                comparisons[played.turn.number] = played.comparison
                turns.append(_result(played))
                if self.interrupted or (self._options.fail_fast and not played.matches):
                    break
            self._at = player.now
            if keep:
                player.copy_store(keep)

    def _stuck(self, transcript: Transcript, turns: list[TurnResult]) -> None:
        turn = transcript.turns[min(len(turns), len(transcript.turns) - 1)]
        place = visible(f"{transcript.path}:{turn.user.number}")
        problem = f"{place}: that was turn {turn.number}; nothing more was played."
        self._on_stuck(FileResult(transcript.path, tuple(turns), _total(transcript), TIMED_OUT, problem))

    def _code(self, turns: list[TurnResult]) -> int:
        if self.interrupted:
            return INTERRUPTED
        if any(_timed_out(turn) for turn in turns):
            return TIMED_OUT
        return DONE if all(turn.matches for turn in turns) else FAILED

    def _told(self, error: CapsuleError | UsageError) -> str:
        cause = error.__cause__
        if cause is None or not (self._options.traceback or places(cause)):
            return visible(str(error))
        return visible(str(error)) + "\n" + (full_traceback(cause) if self._options.traceback else describe(cause))


def _tell(result: FileResult) -> None:
    say(f"capsule: {result.problem}\n")


def _network(options: ReplayOptions, transcript: Transcript) -> ReplayedNetwork:
    """On a build server there is none, unless somebody has said what becomes of HTTP requests."""
    offline = is_offline_by_default() and options.http is None if options.offline is None else options.offline
    asked_for = cast("Mode | None", options.http)
    return ReplayedNetwork(transcript.path, promised=transcript.with_http, asked_for=asked_for, offline=offline)


def _named_app(transcript: Transcript) -> str | None:
    entry = entry_of(transcript)
    source = split_entry(entry)[0] if entry else ""
    if source.endswith(".py") and not Path(source).is_file():
        where = "neither beside it nor in a folder above it, nor here"
        raise AppLoadError(f"{transcript.path}: its header names {source}, which is {where}; name the app with --app.")
    return entry


def _only_app(transcript: Transcript) -> str:
    try:
        return default_app(Path.cwd(), ask=False)
    except UsageError:
        raise UsageError(f"{transcript.path}: has no header that names its app; name it with --app.") from None


def _total(transcript: Transcript | None) -> int:
    return len(transcript.turns) if transcript else 0


def _result(played: PlayedTurn) -> TurnResult:
    failure = describe(played.error) if played.error and not played.matches else ""
    return TurnResult(played.turn, played.sent, played.actual, played.comparison.differences, failure)


def _timed_out(turn: TurnResult) -> bool:
    """Whether the turn ran past the time limit today, and did not in the file."""
    return not turn.matches and any(
        record["type"] == "end" and read_as(EndLine, record)["status"] == "timeout" for record in turn.actual
    )
