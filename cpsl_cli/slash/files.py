"""``/attach``: files that the next message carries."""

from __future__ import annotations

from collections.abc import Iterable

from cpsl.model.attachment import Attachment
from cpsl.render.safe import visible_line
from cpsl.runtime.attachments import attach
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.slash.registry import CommandResult, Commands


def file_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command(
        "attach",
        usage="[FILE]… [--clear]",
        meaning="send files with the next message; --clear: none",
        example="/attach a.png",
    )
    async def attach_(context: ChatContext, arguments: list[str]) -> CommandResult:
        if arguments == ["--clear"]:
            context.attached.clear()
            return CommandResult(status="nothing is attached")
        context.attached.extend([attach(path, context.folder) for path in arguments])
        names = ", ".join(chips(context.attached))
        return CommandResult(status=f"with the next message: {names}" if names else "nothing is attached")


def chips(files: Iterable[Attachment]) -> list[str]:
    """Each file in few words: ``photo.png 12 kB``."""
    return [f"{visible_line(item.name)} {readable_size(item.size)}" for item in files]


def readable_size(size: int) -> str:
    """Bytes for people: ``950 B``, ``12 kB``, ``3.4 MB``."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
