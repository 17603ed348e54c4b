"""What a new chat begins with: title, subtitle, suggestions (behaviour.md §21)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple, get_args

from cpsl.model.identity import UserInfo, copy_of_user
from cpsl.model.target import TargetKind
from cpsl.runtime.app import App
from cpsl.runtime.collections.dynamic import ScopedDb
from cpsl.runtime.current import Identity, active
from cpsl.runtime.data_handlers import HomeContext
from cpsl.runtime.handler import Handler
from cpsl.runtime.pages import Home

LIMIT_SECONDS = 10.0


class SuggestionLine(NamedTuple):
    """A suggestion as it can be shown: what it says, and what choosing it means."""

    label: str
    description: str
    target: str
    value: str


async def suggestions(app: App, user: UserInfo, *, signed_in: bool = True) -> list[SuggestionLine]:
    """The declared suggestions, then those that the app's function gives this person.

    What is declared with ``access="authenticated"`` is for who is signed in. Raises what the function raises,
    ``TimeoutError`` after 10 seconds, ``TypeError`` for something that is no suggestion.
    """
    home = app.registry.pages.home
    suggested = list(home.suggestions) if signed_in or home.access == "public" else []
    if home.source and (signed_in or home.source_access == "public"):
        suggested += await _kept(app, home, user, signed_in)
    return [_suggestion(item) for item in suggested if item is not None]


async def _kept(app: App, home: Home, user: UserInfo, signed_in: bool) -> Sequence[Any]:
    """What the function gave this caller less than its ``ttl`` ago, else what it gives now."""
    assert home.source
    environment = app.binding.environment()
    if not home.ttl or environment is None:
        return await _suggested(app, home.source, user, signed_in)
    caller, now = (user.id, signed_in), environment.clock.now()
    until, found = home.kept.get(caller, (now, ()))
    if not now < until <= now + home.ttl:
        found = await _suggested(app, home.source, user, signed_in)
        home.kept[caller] = now + home.ttl, found
    return found


async def _suggested(app: App, source: Handler, user: UserInfo, signed_in: bool) -> Sequence[Any]:
    """What the function gives; its context looks into the person's own records, as a data handler's does."""
    environment = app.binding.environment()
    identity = Identity.of(user, environment=environment)
    connected = environment.connected.of(user.id) if environment else {}
    db = ScopedDb(app.registry.collections, identity)
    context = HomeContext(user=copy_of_user(user), integrations=connected, authenticated=signed_in, db=db, app=app)
    owning = environment.background.owning() if environment else nullcontext()
    takes_context = bool(inspect.signature(source.function).parameters)
    token = active.set(identity)
    try:
        with owning:
            # Real seconds: whoever waits for the first screen is a person.
            found = await asyncio.wait_for(source(*((context,) if takes_context else ())), LIMIT_SECONDS)
    finally:
        active.reset(token)
    return found if isinstance(found, (list, tuple)) else [found]


def _suggestion(item: Any) -> SuggestionLine:
    if isinstance(item, str):
        return SuggestionLine(item, "", "prompt", item)
    fields = item.to_dict() if hasattr(item, "to_dict") else item
    if not isinstance(fields, dict) or "label" not in fields:
        raise TypeError(f"a suggestion is a cpsl.Suggestion, a text or a dict with a label, not {item!r}")
    target = fields.get("target") or next((kind for kind in get_args(TargetKind) if fields.get(kind)), "prompt")
    value = fields.get("value") or fields.get(target) or fields["label"]
    return SuggestionLine(fields["label"], fields.get("description") or "", target, str(value))
