"""Ends a turn that has to end: Ctrl-C, ``--timeout``, a reader that went away, somebody who ends the program.

In a pipe the app shares our thread, so a handler that blocks it (``time.sleep``, a synchronous HTTP
client) also blocks the event loop. Signals reach the main thread all the same. A stop goes in stages,
each after a short grace: cancel the task; if the loop does not answer, raise inside the handler's own
frame; leave a handler that swallows either to itself; and, for one stuck in C code, end the process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from cpsl.errors import TurnStopped
from cpsl.model.events import TurnStatus
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.turn import RunningTurn
from cpsl_cli.errors import INTERRUPTED, TIMED_OUT
from cpsl_cli.streams import let_through, say

GRACE = 0.3
# A handler that has seen its cancellation may have something to put in order.
_CLEANING = 2.0
_LAST_GRACE = 3.0
# Who ends a program politely does not wait for long; the exit hook has five seconds of its own.
_ENDING_SECONDS = 9.0
_SIGNALLED = 128

# What ends a chat from outside, in order: the terminal is closed, or somebody asks politely.
ENDINGS = (signal.SIGHUP, signal.SIGTERM)
# What a chat listens to, and what each does to a program that says nothing about it.
_USUAL: dict[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGALRM: signal.SIG_DFL,
    **dict.fromkeys(ENDINGS, signal.SIG_DFL),
}
_UNDIVIDED = ("cpsl.store.", "cpsl.runtime.door", "cpsl.http.cassette_file")


class Guard:
    """Watches one turn at a time. Belongs to the main thread of a scripted chat.

    ``ended`` is the exit code of the signal that ends the chat, 0 before one has come.

    :param timeout: real seconds that a turn may take, whatever the world's clock shows; None for as long as it takes.
    :param on_end: called before the process is ended by force.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeout: float | None, on_end: Callable[[], object] = lambda: None
    ) -> None:
        self._loop = loop
        self._timeout = timeout
        self._talk: Conversation | None = None
        self._status: TurnStatus | None = None
        self._answered = False
        self._deadline: float | None = None
        self.ended = 0
        self._forsaken = False
        self._left: set[asyncio.Task[Any]] = set()
        self._wake: tuple[int, int] | None = None
        self._on_idle: Callable[[], object] = lambda: None
        self._on_end = on_end

    @contextmanager
    def attending(self, loop: asyncio.AbstractEventLoop, on_end: Callable[[], object]) -> Iterator[None]:
        """Meanwhile watch turns on that loop, which has not run yet, and call that before an end by force."""
        before = self._loop, self._on_end
        self._loop, self._on_end = loop, on_end
        self._wake_by_signals(loop)
        try:
            yield
        finally:
            self._loop, self._on_end = before

    def _wake_by_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._wake:
            loop.add_reader(self._wake[0], self._woken)

    @contextmanager
    def when_idle(self, stop: Callable[[], object]) -> Iterator[None]:
        """Meanwhile a signal that comes between turns calls ``stop``, on the loop."""
        before, self._on_idle = self._on_idle, stop
        try:
            yield
        finally:
            self._on_idle = before

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or another signal is ending this."""
        return self.ended != 0

    def install(self, endings: Sequence[signal.Signals] = ()) -> None:
        """Take over Ctrl-C, the alarm, and those other signals that nobody has told us to ignore (``nohup``)."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        for number in endings:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_ending)
        signal.signal(signal.SIGALRM, self._on_alarm)
        # A handler runs when the main thread is back from the system. It does not come back for a signal that another
        # thread gets, or that comes just before it begins to wait: the loop has to be woken.
        self._wake = os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        self._wake_by_signals(self._loop)
        if self._timeout:
            threading.Thread(target=self._watch, daemon=True).start()

    def release(self) -> None:
        """Give Ctrl-C and the alarm back; no loop runs any more."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        for end in self._wake or ():
            os.close(end)
        self._wake = None

    def _woken(self) -> None:
        with suppress(OSError):
            os.read(self._wake[0] if self._wake else -1, 4096)

    @contextmanager
    def turn(self, talk: Conversation) -> Iterator[None]:
        """Watch a turn of that conversation."""
        self._talk, self._status = talk, None
        if self._timeout:
            self._arm(self._timeout)
            self._deadline = time.monotonic() + self._timeout + _LAST_GRACE
        try:
            yield
        finally:
            self._arm(0)
            self._talk = self._deadline = None

    def stop(self, status: TurnStatus) -> None:
        """Begin to stop the turn in progress, if there is one."""
        if self._talk and not self._status:
            self._status, self._answered = status, False
            self._loop.call_soon_threadsafe(self._cancel)
            self._arm(GRACE)

    def _cancel(self) -> None:
        self._answered = True
        self._arm(_CLEANING)
        if self._talk and self._status:
            self._talk.stop(self._status)

    def _on_interrupt(self, signum: int, frame: FrameType | None) -> None:
        self._end(INTERRUPTED)

    def _on_ending(self, signum: int, frame: FrameType | None) -> None:
        if not self.ended:
            threading.Thread(target=self._end_after, args=(_SIGNALLED + signum,), daemon=True).start()
        self._end(_SIGNALLED + signum)

    def _end(self, code: int) -> None:
        """The first time in order, the second time at once."""
        if self.ended:
            self._end_process(code)
        self.ended = code
        if self._talk:
            self.stop("interrupted")
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_idle)

    def _on_alarm(self, signum: int, frame: FrameType | None) -> None:
        if not self._talk:
            return
        if not self._status:
            self.stop("timeout")
        elif self._answered:
            self._forsaken = True
            self._loop.call_soon_threadsafe(self._talk.abandon)
        elif in_handler(frame):
            self._arm(GRACE)
            self._talk.stop(self._status)
            raise TurnStopped
        else:
            self._arm(GRACE)

    def forsake(self, tasks: set[asyncio.Task[Any]]) -> None:
        """Tasks that swallow their cancellation: kept, since Python would try to end them once more, for ever."""
        self._left |= tasks

    def leave(self, code: int) -> int:
        """The exit code, for a normal end; where a handler or a task was left running, the end itself."""
        if self._forsaken or self._left:
            # It may sit in a thread that interpreter shutdown would wait for.
            self._on_end()
            let_through()
            os._exit(code)
        return code

    def _watch(self) -> None:
        while True:
            time.sleep(GRACE)
            deadline = self._deadline
            if deadline and time.monotonic() > deadline:
                self._end_process(TIMED_OUT)

    def _end_after(self, code: int) -> None:
        time.sleep(_ENDING_SECONDS)
        self._end_process(code)

    def _end_process(self, code: int) -> None:
        if self._talk:
            word = "timed out" if code == TIMED_OUT else "was interrupted"
            say(f"the turn {word} and does not stop; giving up.\n")
        self._on_end()
        let_through()
        os._exit(code)

    @staticmethod
    def _arm(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def in_handler(frame: FrameType | None) -> bool:
    """Whether the handler's own code runs, not a transaction or a delivery that it has asked for."""
    while frame:
        if frame.f_code is RunningTurn._guarded.__code__:
            return True
        if frame.f_globals.get("__name__", "").startswith(_UNDIVIDED):
            return False
        frame = frame.f_back
    return False


class _HeldBack(threading.local):
    """Signals that wait while a thread forks: Python would drop those that a child gets before it has begun."""

    mask: set[int] | None = None


_held_back = _HeldBack()


def _hold_back() -> None:
    _held_back.mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, _USUAL))


def _let_come() -> None:
    before, _held_back.mask = _held_back.mask, None
    if before is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _listen_as_usual() -> None:
    """A forked process is no chat: a signal ends it, and what it is sent is nothing to its parent's loop."""
    signal.set_wakeup_fd(-1)
    for number, usual in _USUAL.items():
        if _is_of_a_chat(signal.getsignal(number)):
            signal.signal(number, usual)
    _let_come()


def _is_of_a_chat(handler: object) -> bool:
    # A loop that was given a handler leaves one of its own with the system.
    return str(getattr(handler, "__module__", "")).partition(".")[0] in (__package__.partition(".")[0], "asyncio")


os.register_at_fork(before=_hold_back, after_in_parent=_let_come, after_in_child=_listen_as_usual)
