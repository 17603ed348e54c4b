"""``breakpoint()`` in a handler: the debugger gets a normal terminal, the chat comes back after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pdb import Pdb
from types import FrameType, TracebackType

from prompt_toolkit.application import in_terminal
from prompt_toolkit.input.vt100 import cooked_mode

from cpsl_cli.repl.display import Display
from cpsl_cli.repl.tty import Terminal


class Debugger:
    """Takes the terminal from the prompt while the debugger asks, on the handler's own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, display: Display) -> None:
        self._loop = loop
        self._display = display
        self._give_back: Callable[[], None] = lambda: None

    def stop_at(self, frame: FrameType) -> None:
        """Debug from that frame on, the one that called ``breakpoint()``."""
        _ChatPdb(self, self._display.terminal).set_trace(frame)

    def enter(self) -> None:
        """Wait until the prompt is off the screen; from then on the terminal is as it was before the chat."""
        given: Future[None] = Future()
        asyncio.run_coroutine_threadsafe(self._lend(given), self._loop)
        given.result()

    def leave(self) -> None:
        """Bring the prompt back, the draft in it."""
        self._loop.call_soon_threadsafe(self._give_back)

    async def _lend(self, given: Future[None]) -> None:
        returned = asyncio.Event()
        self._give_back = returned.set
        async with self._display.screen.lent, in_terminal():
            # What was said before stands above.
            self._display.drain()
            self._display.screen.flush()
            # Between two prompts there is none to take off the screen, and the terminal still does not echo.
            with self._display.terminal.lent(), cooked_mode(0):
                given.set_result(None)
                await returned.wait()


class _ChatPdb(Pdb):
    """The standard debugger, which has the terminal only while it waits for a command."""

    def __init__(self, debugger: Debugger, terminal: Terminal) -> None:
        # Its own readline would fight for the terminal's state with the prompt's.
        super().__init__(stdin=open(0, encoding="utf-8", closefd=False), stdout=terminal.file)  # noqa: SIM115
        self._debugger = debugger

    def interaction(self, frame: FrameType | None, tb_or_exc: TracebackType | BaseException | None) -> None:  # type: ignore[override,unused-ignore]
        """Ask for commands on a terminal of our own."""
        self._debugger.enter()
        try:
            super().interaction(frame, tb_or_exc)  # type: ignore[arg-type,unused-ignore]
        finally:
            self._debugger.leave()
