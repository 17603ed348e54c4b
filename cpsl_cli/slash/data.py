"""``/data``, ``/set``, ``/settings``, ``/db``: what an app computes and what it stores, as this person sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cpsl.model.codec import dumps
from cpsl.runtime.current import Identity, active
from cpsl_cli.chat.seat import Seat
from cpsl_cli.errors import CommandFailed, UsageError
from cpsl_cli.slash.appcode import the_apps_code
from cpsl_cli.slash.arguments import named
from cpsl_cli.slash.registry import Answer, Commands

if TYPE_CHECKING:
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
    async def data(seat: Seat, arguments: list[str]) -> Answer:
        known = seat.runtime.app.registry.data
        name = named(arguments, known, "data handler")
        parameters = dict(_pair(argument, "/data NAME key=value") for argument in arguments[1:])
        before = _writes(seat)
        try:
            with the_apps_code():
                result = await seat.runtime.data(
                    name, seat.user, parameters, authenticated=seat.person.signed_in, key=seat.talk.key
                )
        except CommandFailed as failed:
            if _is_unseen(seat, before):
                raise CommandFailed(f"{failed}\n{_NOT_RECORDED}") from failed
            raise
        return Answer(dumps(result), status=_NOT_RECORDED if _is_unseen(seat, before) else "")


def _writes(seat: Seat) -> tuple[int, ...]:
    """What differs once anything has been stored, also over another connection."""
    database = seat.runtime.world.store.database
    return (database.connection.total_changes, *(database.row("PRAGMA data_version") or ()))


def _is_unseen(seat: Seat, before: tuple[int, ...]) -> bool:
    """Whether something has been stored since, and a recording runs, which does not take that in."""
    return _is_recorded(seat) and _writes(seat) != before


def _is_recorded(seat: Seat) -> bool:
    from cpsl.transcript.record import Recorder

    return any(isinstance(sink, Recorder) for sink in seat.runtime.world.sinks)


def _settings(commands: Commands) -> None:
    @commands.command("set", usage="SETTING=VALUE", meaning="change a setting", example="/set currency=EUR")
    async def set_(seat: Seat, arguments: list[str]) -> Answer:
        if len(arguments) != 1:
            raise UsageError("/set needs one key=value, as in /set currency=EUR")
        key, text = _pair(arguments[0], "/set key=value")
        declared = seat.runtime.app.registry.settings
        name = named([key], declared, "setting")
        try:
            value = declared[name].typed(text)
        except ValueError as error:
            raise UsageError(f"/set: {error}") from None
        await seat.runtime.choose(seat.talk.key, name, value)
        return Answer(status=f"{name} = {dumps(value)}")

    @commands.command("settings", usage="[--json]", meaning="the settings and their values", example="/settings")
    async def settings(seat: Seat, arguments: list[str]) -> Answer:
        declared = seat.runtime.app.registry.settings
        with _acting(seat):
            values = await seat.runtime.app.settings.get_all()
        if arguments == ["--json"]:
            return Answer(dumps(values))
        if arguments:
            raise UsageError(f"{arguments[0]!r} is not understood here; the only option is --json")
        lines = (f"{name} = {dumps(value)}  ({_about(declared[name])})" for name, value in values.items())
        return Answer("\n".join(lines) or "the app declares no settings")


def _db(commands: Commands) -> None:
    @commands.command(
        "db", usage="[COLLECTION [FILTER]…]", meaning="records that you can see", example="/db leads status=new"
    )
    async def db(seat: Seat, arguments: list[str]) -> Answer:
        from cpsl_cli.slash.records import collections, find

        known = collections(seat)
        if not arguments:
            lines = [f"{name}  {await access.count()}" for name, access in known.items()]
            return Answer("\n".join(lines) or "no collections yet")
        name = named(arguments, known, "collection")
        rows = await find(known[name], arguments[1:], _SHOWN + 1)
        more = f"more than {_SHOWN}: capsule db find {name} shows all" if len(rows) > _SHOWN else ""
        return Answer("\n".join(map(dumps, rows[:_SHOWN])), status=more or ("" if rows else "nothing found"))


def _pair(text: str, form: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UsageError(f"{text!r} is no key=value; write {form}")
    return key, value


@contextmanager
def _acting(seat: Seat) -> Iterator[None]:
    """Settings are those of the person in the seat."""
    token = active.set(Identity.of(seat.user, seat.talk.key.id, ground=seat.runtime.app.ground))
    try:
        yield
    finally:
        active.reset(token)


def _about(setting: SettingDeclaration) -> str:
    options = f", one of {', '.join(map(str, setting.options))}" if setting.options else ""
    return f"{setting.scope} {setting.type.__name__}{options}, default {json.dumps(setting.default, default=str)}"
