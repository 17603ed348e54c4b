"""What is said while something else has the terminal, such as the debugger, waits until it is given back."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import cast

from cpsl_cli.console import Look
from cpsl_cli.repl.screen import Screen
from cpsl_cli.repl.tty import Terminal


async def test_between_two_prompts_nothing_is_printed_into_what_has_the_terminal() -> None:
    file = io.StringIO()
    terminal = cast(Terminal, SimpleNamespace(file=file, window=SimpleNamespace(pending=False)))
    screen = Screen(terminal, Look(color=False, unicode=True), lambda: None)
    pump = asyncio.ensure_future(screen.pump())
    async with screen.lent:
        screen.line("said meanwhile")
        for _ in range(10):
            await asyncio.sleep(0)
        assert file.getvalue() == ""
    for _ in range(10):
        await asyncio.sleep(0)
    assert file.getvalue() == "said meanwhile\n"
    pump.cancel()
