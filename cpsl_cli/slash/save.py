"""``/save``: what was said so far as a transcript."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cpsl.model.redaction import redact
from cpsl.render.safe import visible_line
from cpsl.runtime.loader import back_in
from cpsl.wording import counted
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.destination import TRANSCRIPT, check_destination, check_file_name, check_place
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.registry import CommandResult, Commands

_FORCE = ("-f", "--force")


def save_commands(commands: Commands) -> None:
    """Add the command of this file."""

    @commands.command(
        "save",
        usage="FILE [--force]",
        meaning="a transcript for capsule replay; --force replaces",
        example="/save talk.jsonl",
    )
    async def save(context: ChatContext, arguments: list[str]) -> CommandResult:
        path, replace = _asked(arguments)
        with back_in(context.folder):
            check_file_name(path, "/save")
            if path.exists() and not replace:
                raise UsageError(f"/save: {path} exists already; /save {path} --force replaces it")
            return CommandResult(status=visible_line(_saved(context, path)))


def _asked(arguments: list[str]) -> tuple[Path, bool]:
    """The file, and whether an existing one is replaced."""
    names = [argument for argument in arguments if argument not in _FORCE]
    strange = next((name for name in names if name.startswith("-")), None)
    if strange:
        raise UsageError(f"/save: {strange!r} is not understood here; the only option is --force")
    if len(names) != 1 or not names[0]:
        raise UsageError("/save needs the name of one file, as in /save talk.jsonl")
    return Path(names[0]).expanduser(), len(names) < len(arguments)


def _saved(context: ChatContext, path: Path) -> str:
    from cpsl.transcript.record import copy_attachment
    from cpsl.transcript.stored_transcript import stored_transcript
    from cpsl.wholefile import write_whole

    check_place(path, "/save")
    check_destination(path, TRANSCRIPT, "/save", in_use=context.in_use, force=True)
    runtime = context.runtime
    transcript = stored_transcript(
        runtime.world.store,
        context.talk.key,
        app=context.loaded.seen_from(path.parent),
        name=runtime.app.name,
        keep=partial(copy_attachment, folder=path.parent),
    )
    if transcript is None:
        raise UsageError("/save: nothing was said yet")
    try:
        write_whole(path, redact(transcript.text))
    except OSError as error:
        raise UsageError(f"/save: {path} cannot be written ({error.strerror})") from None
    turns = counted(transcript.turns, "turn")
    return "; ".join((f"saved {turns} in {path}", *transcript.notes))
