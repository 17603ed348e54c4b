"""Commands that only make sense on a terminal: how replies are drawn, the screen itself, and its clipboard.

The terminal is asked to put text there with the sequence OSC 52 (xterm's control sequences, "Manipulate Selection
Data"), which works through ssh as well. It carries base64 only, so no text of an app can end it early.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from cpsl.runtime.conversation import ERROR_PREFIX
from cpsl.runtime.turn_output import INTERRUPTED_MARK
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.files import readable_size
from cpsl_cli.slash.registry import CommandResult, Commands

# Many terminals drop a sequence of more than 100,000 base64 digits without a word.
MOST_BYTES = 100_000 // 4 * 3


class ReplyView:
    """How replies are drawn; ``raw`` shows them as they are, without Markdown."""

    def __init__(self, raw: bool) -> None:
        self.raw = raw


def terminal_commands(
    commands: Commands, view: ReplyView, clear: Callable[[], object], send: Callable[[str], object]
) -> None:
    """Add the commands of this file. Both functions are called on the runtime's thread.

    :param clear: empties the screen.
    :param send: hands the terminal a sequence.
    """

    @commands.command("raw", meaning="replies as they are, or as Markdown again", example="/raw")
    async def raw(context: ChatContext, arguments: list[str]) -> CommandResult:
        view.raw = not view.raw
        return CommandResult(status="replies as they are" if view.raw else "replies as Markdown")

    @commands.command("clear", meaning="empty the screen", example="/clear")
    async def clear_(context: ChatContext, arguments: list[str]) -> CommandResult:
        clear()
        return CommandResult()

    @commands.command(
        "copy", usage="[code]", meaning="the last reply, or its last code, to the clipboard", example="/copy code"
    )
    async def copy(context: ChatContext, arguments: list[str]) -> CommandResult:
        if arguments not in ([], ["code"]):
            raise UsageError(f"/copy copies the last reply, /copy code its last code block; not {arguments[0]!r}")
        text = last_code(context) if arguments else last_reply(context)
        send(osc52(text))
        size = readable_size(len(text.encode("utf-8", "replace")))
        return CommandResult(status=f"copied {size}, if the terminal lets programs write to the clipboard")


def osc52(text: str) -> str:
    """The sequence that puts the text on the clipboard. Raises ``UsageError`` for a text that is too long."""
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise UsageError(f"that is {len(data):,} bytes, and the clipboard of a terminal takes at most {MOST_BYTES:,}")
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def last_reply(context: ChatContext) -> str:
    """What the app said last in this session. Raises ``UsageError`` when it has said nothing yet."""
    entries = context.runtime.world.store.conversations.history(context.talk.key.id)
    for item in reversed(entries):
        if item.sender == "app" and not item.text.startswith(ERROR_PREFIX):
            return item.text.removesuffix(INTERRUPTED_MARK)
    raise UsageError("there is no reply to copy yet")


def last_code(context: ChatContext) -> str:
    """The last code block of that reply. Raises ``UsageError`` when there is none."""
    from cpsl.render.fences import code_blocks

    blocks = code_blocks(last_reply(context))
    if not blocks:
        raise UsageError("the last reply has no code block; /copy copies all of it")
    return blocks[-1]
