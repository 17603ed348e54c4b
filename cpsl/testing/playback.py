"""A transcript played as far as somebody asks, with pauses in between: for tests that run one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from cpsl.errors import TimeHeldError
from cpsl.http.cassette import ReplayedNetwork
from cpsl.testing.player import PlayedTurn, Player
from cpsl.testing.pytest_loop import Loop
from cpsl.transcript.document import Transcript


class NotPlayedError(Exception):
    """A turn that cannot be played because of what an earlier one has told already."""


class _Stage(NamedTuple):
    loop: Loop
    player: Player
    turns: AsyncIterator[PlayedTurn]
    network: ReplayedNetwork

    @contextmanager
    def lit(self) -> Iterator[None]:
        """Within it the time, the chance and the network are the transcript's."""
        with self.network.on():
            self.player.resume()
            try:
                yield
            finally:
                self.player.pause()


class Playback:
    """The turns of a transcript, each played once, up to the last one that somebody wanted.

    Between two calls the process's own time and ``random`` run as always. Asked again after :meth:`close`, it
    begins anew and plays all that is left, so that tests in any order play a file twice at most. A cassette beside
    the transcript answers what the app asks over HTTP; without one, ``offline`` refuses all of it.
    """

    def __init__(self, transcript: Transcript, entry: str, *, offline: bool = False) -> None:
        self._transcript = transcript
        self._entry = entry
        self._offline = offline
        self._played: dict[int, PlayedTurn] = {}
        self._refused: dict[int, list[str]] = {}
        self._stage: _Stage | None = None
        self._openings = 0
        self._problem: Exception | None = None

    def prepare(self, number: int) -> None:
        """Load and boot the app, unless that turn needs neither.

        Raises ``AppLoadError``, ``BootError``, ``CassetteError`` or ``TranscriptError`` when it is tried, and
        :class:`NotPlayedError` from then on.
        """
        if number in self._played:
            return
        if self._problem:
            raise NotPlayedError(f"not played, for the reason given above ({type(self._problem).__name__}).")
        if self._stage is None:
            with self._remembered():
                self._open()

    def turn(self, number: int) -> PlayedTurn:
        """What the app did in that turn, after every turn before it. Raises as :meth:`prepare`."""
        self.prepare(number)
        if number not in self._played and self._stage:
            with self._remembered():
                self._play(self._stage, number if self._openings == 1 else self._transcript.turns[-1].number)
        return self._played[number]

    def refused(self, number: int) -> list[str]:
        """A sentence for each request of that turn which no cassette could answer."""
        return self._refused.get(number, [])

    @property
    def told(self) -> str:
        """A sentence about where the app has used the network so far, or nothing."""
        return self._stage.network.told if self._stage else ""

    def close(self) -> None:
        """Leave the conversations and shut the app down. Raises ``ShutdownError``; it is closed all the same."""
        stage, self._stage = self._stage, None
        if stage:
            try:
                with stage.network.on():
                    with suppress(TimeHeldError):
                        stage.player.resume()
                    stage.loop.run(stage.player.__aexit__(None, None, None))
            finally:
                stage.loop.close()

    def begin_anew(self) -> None:
        """Forget what was played: the next turn asked for plays the app again. Raises as :meth:`close`."""
        self._played.clear()
        self._refused.clear()
        self._problem = None
        self._openings = 0
        self.close()

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._problem = error
            raise

    def _open(self) -> None:
        self._openings += 1
        transcript = self._transcript
        network = ReplayedNetwork(transcript.path, promised=transcript.with_http, offline=self._offline)
        loop = Loop()
        try:
            with network.on():
                player = Player(self._transcript, self._entry)
                loop.run(player.__aenter__())
        except BaseException:
            loop.close()
            raise
        player.pause()
        self._stage = _Stage(loop, player, player.turns(), network)

    def _play(self, stage: _Stage, last: int) -> None:
        number = None
        with stage.lit():
            while number != last:
                refused = len(stage.network.refused)
                played = stage.loop.run(_next(stage.turns))
                _let_ctrl_c_through(played)
                number = played.turn.number
                self._played.setdefault(number, played)
                self._refused.setdefault(number, stage.network.refused[refused:])


async def _next(turns: AsyncIterator[PlayedTurn]) -> PlayedTurn:
    return await turns.__anext__()


def _let_ctrl_c_through(played: PlayedTurn) -> None:
    """A turn keeps whatever its handler raises, also a Ctrl-C that arrived while the handler was busy."""
    if isinstance(played.error, KeyboardInterrupt) and not played.matches:
        raise KeyboardInterrupt
