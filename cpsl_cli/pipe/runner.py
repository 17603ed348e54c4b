"""Plays a script: one item after the other, and an exit code at the end (architecture.md#the-command-line)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cpsl.errors import CapsuleError
from cpsl.render.safe import visible
from cpsl.runtime.attachments import attach
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.guard import Guard
from cpsl_cli.errors import DONE, FAILED, TIMED_OUT, USAGE, UsageError, report, worst
from cpsl_cli.pipe.script import Item, Script
from cpsl_cli.slash.registry import Commands, is_command, message_text
from cpsl_cli.streams import Product, say

_CODES = {"ok": DONE, "error": FAILED, "interrupted": FAILED, "timeout": TIMED_OUT}


class Runner:
    """Sends what a script says and runs its commands.

    :param json_output: stdout carries events only, so what commands have to show goes to stderr.
    :param fail_fast: stop at the first turn or line that fails.
    :param show_diff: after each turn, tell on stderr what it changed.
    :param base: the folder that paths of attachments are relative to.
    """

    def __init__(
        self,
        context: ChatContext,
        commands: Commands,
        guard: Guard,
        product: Product,
        *,
        json_output: bool,
        fail_fast: bool,
        base: Path,
        show_diff: bool = False,
    ) -> None:
        self._show_diff = show_diff
        self._context = context
        self._commands = commands
        self._guard = guard
        self._product = product
        self._write = say if json_output else product.write
        self._fail_fast = fail_fast
        self._base = base
        self._over = False

    async def play(self, items: Script) -> int:
        """Play the script to its end, to ``/quit``, to a signal, or to the first failure if that ends it."""
        code = DONE
        try:
            async for item in items:
                ended = await self._one(item)
                if self._product.closed or self._guard.ended:
                    break
                code = worst(code, ended)
                if self._over or (self._fail_fast and code != DONE):
                    break
        except asyncio.CancelledError:
            code = worst(code, FAILED)
        return self._guard.ended or code

    async def _one(self, item: Item) -> int:
        try:
            if item.problem:
                raise UsageError(item.problem)
            with self._context.lent_to(item.user, item.session):
                if is_command(item.text) and not item.literal:
                    return await self._command(item)
                return await self._say(item)
        except asyncio.CancelledError:
            if self._guard.ended:
                raise
            return FAILED  # an app that cancels all tasks there are; the script goes on
        except CapsuleError as error:
            return report(error)
        except (UsageError, OSError) as error:
            say(visible(f"{item.where}: {error}") + "\n")
            return getattr(error, "code", USAGE)

    async def _say(self, item: Item) -> int:
        files = [attach(self._base / path, self._context.folder) for path in item.attach]
        text = item.text if item.literal else message_text(item.text)
        with self._guard.turn(self._context.talk):
            outcome = await self._context.send(text, files)
        if self._show_diff:
            answer = await self._commands.run("/diff", self._context)
            say(visible(answer.output) + "\n")
        return _CODES[outcome.status]

    async def _command(self, item: Item) -> int:
        answer = await self._commands.run(item.text, self._context)
        if answer.output:
            self._write(visible(answer.output) + "\n")
        if answer.status:
            say(visible(answer.status) + "\n")
        self._over = answer.quit
        return await self._say(item._replace(text=answer.say, literal=True)) if answer.say else DONE
