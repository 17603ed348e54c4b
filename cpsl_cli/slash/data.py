"""``/data``, ``/set``, ``/settings``, ``/db``: what an app computes and what it stores, as this person sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cpsl.model.codec import dumps
from cpsl.render.failure import describe
from cpsl.runtime.current import Identity, active
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import CommandFailed, UsageError
from cpsl_cli.slash.registry import CommandResult, Commands, known_argument

if TYPE_CHECKING:
    from cpsl.runtime.collections.access import Access
    from cpsl.runtime.settings import SettingDeclaration

_SHOWN = 20
_NOT_RECORDED = "note: what this call has stored is not in the recording: a replay will not have it"


def data_commands(commands: Commands) -> None:
    """Add the commands of this file."""
    _data(commands)
    _settings(commands)
    _db(commands)


def _data(commands: Commands) -> None:
    @commands.command(
        "data", usage="DATA [KEY=VALUE]…", meaning="call a data handler", example="/data lead_metrics status=new"
    )
    async def data(context: ChatContext, arguments: list[str]) -> CommandResult:
        known = context.runtime.app.registry.data
        name = known_argument(arguments, known, "data handler")
        parameters = dict(_pair(argument, "/data NAME key=value") for argument in arguments[1:])
        before = _writes(context)
        try:
            with the_apps_code():
                result = await context.runtime.data(
                    name, context.user, parameters, authenticated=context.person.signed_in, key=context.talk.key
                )
        except CommandFailed as failed:
            if _is_unseen(context, before):
                raise CommandFailed(f"{failed}\n{_NOT_RECORDED}") from failed
            raise
        return CommandResult(dumps(result), status=_NOT_RECORDED if _is_unseen(context, before) else "")


def _writes(context: ChatContext) -> tuple[int, ...]:
    """What differs once anything has been stored, also over another connection."""
    database = context.runtime.world.store.database
    return (database.connection.total_changes, *(database.row("PRAGMA data_version") or ()))


def _is_unseen(context: ChatContext, before: tuple[int, ...]) -> bool:
    """Whether something has been stored since, and a recording runs, which does not take that in."""
    return _is_recorded(context) and _writes(context) != before


def _is_recorded(context: ChatContext) -> bool:
    from cpsl.transcript.record import Recorder

    return any(isinstance(sink, Recorder) for sink in context.runtime.world.sinks)


def _settings(commands: Commands) -> None:
    @commands.command("set", usage="SETTING=VALUE", meaning="change a setting", example="/set currency=EUR")
    async def set_(context: ChatContext, arguments: list[str]) -> CommandResult:
        if len(arguments) != 1:
            raise UsageError("/set needs one key=value, as in /set currency=EUR")
        key, text = _pair(arguments[0], "/set key=value")
        declared = context.runtime.app.registry.settings
        name = known_argument([key], declared, "setting")
        try:
            value = declared[name].typed(text)
        except ValueError as error:
            raise UsageError(f"/set: {error}") from None
        await context.runtime.choose(context.talk.key, name, value)
        return CommandResult(status=f"{name} = {dumps(value)}")

    @commands.command("settings", usage="[--json]", meaning="the settings and their values", example="/settings")
    async def settings(context: ChatContext, arguments: list[str]) -> CommandResult:
        declared = context.runtime.app.registry.settings
        with _acting(context):
            values = await context.runtime.app.settings.get_all()
        if arguments == ["--json"]:
            return CommandResult(dumps(values))
        if arguments:
            raise UsageError(f"{arguments[0]!r} is not understood here; the only option is --json")
        lines = (f"{name} = {dumps(value)}  ({_about(declared[name])})" for name, value in values.items())
        return CommandResult("\n".join(lines) or "the app declares no settings")


def _db(commands: Commands) -> None:
    @commands.command(
        "db", usage="[COLLECTION [FILTER]…]", meaning="records that you can see", example="/db leads status=new"
    )
    async def db(context: ChatContext, arguments: list[str]) -> CommandResult:
        known = _visible_collections(context)
        if not arguments:
            lines = [f"{name}  {await access.count()}" for name, access in known.items()]
            return CommandResult("\n".join(lines) or "no collections yet")
        name = known_argument(arguments, known, "collection")
        rows = await _find(known[name], arguments[1:], _SHOWN + 1)
        more = f"more than {_SHOWN}: capsule db find {name} shows all" if len(rows) > _SHOWN else ""
        return CommandResult("\n".join(map(dumps, rows[:_SHOWN])), status=more or ("" if rows else "nothing found"))


def _pair(text: str, form: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UsageError(f"{text!r} is no key=value; write {form}")
    return key, value


@contextmanager
def _acting(context: ChatContext) -> Iterator[None]:
    """Settings are those of the person who is talking."""
    token = active.set(Identity.of(context.user, context.talk.key.id, environment=context.runtime.environment))
    try:
        yield
    finally:
        active.reset(token)


def _about(setting: SettingDeclaration) -> str:
    options = f", one of {', '.join(map(str, setting.options))}" if setting.options else ""
    return f"{setting.scope} {setting.type.__name__}{options}, default {json.dumps(setting.default, default=str)}"


def _visible_collections(context: ChatContext) -> dict[str, Access]:
    """Every collection there is, declared or not, by name, confined to the person."""
    # These bring the query compiler, which few chats need.
    from cpsl.data.scope import scope_name
    from cpsl.runtime.collections.access import Access
    from cpsl.runtime.collections.ref import scope_of

    environment = context.runtime.environment
    identity = Identity.of(context.user, context.talk.key.id, environment=environment)
    found: dict[str, Access] = {}
    for name in environment.store.declarations.names():
        declared = environment.store.declarations.undeclared(name, None)
        scope = scope_of(identity, scope_name(declared.scope_column), name)
        found[name] = Access(environment, declared, scope)
    return found


async def _find(access: Access, terms: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """The first rows that a typed filter matches, without the alias of their id. Raises ``UsageError``."""
    from cpsl.data.id_alias import hide_id
    from cpsl.data.shortform import read_terms

    try:
        rows = await access.find(read_terms(terms), limit)
    except (ValueError, TypeError) as error:
        raise UsageError(f"/db: {error}") from None
    records = [dict(row) for row in rows]
    for record in records:
        hide_id(record, record["_id"])
    return records


@contextmanager
def the_apps_code(before: str = "") -> Iterator[None]:
    """Whatever is raised within, even ``SystemExit``, becomes a ``CommandFailed`` that tells the user's lines."""
    try:
        yield
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise CommandFailed(before + _told(error)) from error


def _told(error: BaseException) -> str:
    from cpsl.runtime.data_handlers import DataFailure

    if isinstance(error, DataFailure):
        return f"refused with {error.status}: {dumps(error.body)}"
    return describe(error)
