"""General slash commands: help, the time, sessions and people, what was said and what is stored."""

from __future__ import annotations

import json

from cpsl.clock import AdjustableClock, iso, minute, parse_iso
from cpsl.model.codec import dumps
from cpsl.model.identity import is_one_line
from cpsl.render.failure import full_traceback
from cpsl.render.safe import visible, visible_line
from cpsl.store.stored_values import SessionRecord
from cpsl.textwidth import cut
from cpsl.wording import counted
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.conditions import run_clock
from cpsl_cli.errors import UsageError
from cpsl_cli.people import check_id
from cpsl_cli.slash.registry import CommandResult, Commands, column_lines, flag

_SHOWN_HISTORY = 20
_WIDEST = 100


def general_commands(commands: Commands) -> None:
    """Add the commands of this file."""
    _general(commands)
    _sessions(commands)
    _stored(commands)


def _general(commands: Commands) -> None:
    @commands.command("help", usage="[NAME]", meaning="what can be typed here", example="/help state")
    async def help_(context: ChatContext, arguments: list[str]) -> CommandResult:
        if arguments:
            command = commands.find(arguments[0].lstrip("/"))
            return CommandResult(f"{command.synopsis}\n  {command.meaning}\n  example: {command.example}")
        explained = tuple((command.synopsis, command.meaning) for command in commands)
        return CommandResult(column_lines(explained), explained=explained)

    @commands.command("quit", meaning="leave the chat", example="/quit")
    async def quit_(context: ChatContext, arguments: list[str]) -> CommandResult:
        return CommandResult(quit=True)

    @commands.command(
        "clock", usage="[TIME|+36h|real]", meaning="the time; set it, move it, let it run", example="/clock 2030-01-31"
    )
    async def clock(context: ChatContext, arguments: list[str]) -> CommandResult:
        world_clock = context.runtime.world.clock
        if not isinstance(world_clock, AdjustableClock):
            raise UsageError("/clock: this chat's clock cannot be set")
        if not arguments:
            return CommandResult(_time(world_clock))
        await run_clock(world_clock, " ".join(arguments))
        return CommandResult(status=_time(world_clock))


def _sessions(commands: Commands) -> None:
    @commands.command("new", meaning="start a new session", example="/new")
    async def new(context: ChatContext, arguments: list[str]) -> CommandResult:
        await context.move()
        return CommandResult(status=f"session {context.talk.key.name}")

    @commands.command("session", usage="[SESSION]", meaning="open or make a session", example="/session main-2")
    async def session(context: ChatContext, arguments: list[str]) -> CommandResult:
        if not arguments:
            return CommandResult(f"{context.talk.key.name} ({context.talk.key.id})")
        if len(arguments) != 1 or not arguments[0].strip():
            raise UsageError("/session needs one name, as in /session main-2")
        if not is_one_line(arguments[0]):
            raise UsageError(f"/session: the name {arguments[0]!r} holds a control character")
        await context.move(arguments[0])
        return CommandResult(status=f"session {context.talk.key.name}")

    @commands.command("sessions", usage="[--json]", meaning="list everybody's sessions", example="/sessions")
    async def sessions(context: ChatContext, arguments: list[str]) -> CommandResult:
        conversations = context.runtime.world.store.conversations
        records, broken = conversations.all(), conversations.broken_off()
        if flag(arguments, "--json"):
            return CommandResult("\n".join(dumps(_session_fields(record, record.id in broken)) for record in records))
        here = context.talk.key.id
        rows = [_session_row(record, record.id in broken, here=record.id == here) for record in records]
        return CommandResult(column_lines(rows) or "no sessions yet")

    @commands.command("as", usage="USER", meaning="go on as another person", example="/as bob")
    async def as_(context: ChatContext, arguments: list[str]) -> CommandResult:
        if len(arguments) != 1 or not arguments[0].strip():
            raise UsageError("/as needs the id of one person, as in /as bob")
        check_id(arguments[0], "/as")
        context.become(arguments[0])
        return CommandResult(status=f"now {context.user.id}, session {context.talk.key.name}")


def _stored(commands: Commands) -> None:
    @commands.command("state", usage="[--json]", meaning="what session.data holds", example="/state --json")
    async def state(context: ChatContext, arguments: list[str]) -> CommandResult:
        data = context.runtime.world.store.conversations.data(context.talk.key.id).value()
        if flag(arguments, "--json"):
            return CommandResult(dumps(data))
        return CommandResult(visible(json.dumps(data, ensure_ascii=False, indent=2)))

    @commands.command("history", usage="[--json]", meaning="what was said in this session", example="/history")
    async def history(context: ChatContext, arguments: list[str]) -> CommandResult:
        entries = context.runtime.world.store.conversations.history(context.talk.key.id, limit=_SHOWN_HISTORY)
        if flag(arguments, "--json"):
            records = ({"at": iso(item.at), "sender": item.sender, "text": item.text} for item in entries)
            return CommandResult("\n".join(dumps(record) for record in records))
        shown = ((item.sender, visible_line(item.text.replace("\n", " / "))) for item in entries)
        lines = (f"{sender:>4}: {cut(text, _WIDEST)}" for sender, text in shown)
        return CommandResult("\n".join(lines) or "nothing said yet")

    @commands.command("traceback", meaning="all of the last error", example="/traceback")
    async def traceback(context: ChatContext, arguments: list[str]) -> CommandResult:
        failed = context.failures.event
        return (
            CommandResult(full_traceback(failed.exception))
            if failed and failed.exception
            else CommandResult("no error so far")
        )


def _session_row(record: SessionRecord, broken: bool, *, here: bool) -> tuple[str, ...]:
    turns, last = counted(record.turns, "turn"), f"{minute(parse_iso(record.last_at))} UTC" if record.last_at else ""
    marks = (*(["the last one unfinished"] if broken else []), *(["this one"] if here else []))
    return record.name, record.user.id, turns, last, record.title or "", ", ".join(marks)


def _session_fields(record: SessionRecord, broken: bool) -> dict[str, object]:
    return {**record._asdict(), "user": record.user.id, "unfinished": broken}


def _time(clock: AdjustableClock) -> str:
    return f"{iso(clock.now())}{' (stands still; /clock real ends it)' if clock.is_set else ''}"
