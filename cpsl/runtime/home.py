"""What a new chat begins with: title, subtitle, suggestions (API.md §21)."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, NamedTuple

from cpsl.model.identity import UserInfo
from cpsl.runtime.app import App
from cpsl.runtime.current import Identity, active
from cpsl.runtime.requests import HomeContext

LIMIT_SECONDS = 10.0


class Suggestion(NamedTuple):
    """A suggestion as it can be shown: what it says, and what choosing it means."""

    label: str
    description: str
    target: str
    value: str


async def suggestions(app: App, user: UserInfo, *, signed_in: bool = True) -> list[Suggestion]:
    """The declared suggestions, then those that the app's function gives this person.

    Raises what the function raises, ``TimeoutError`` after 10 seconds, ``TypeError`` for something that is
    no suggestion.
    """
    home = app.registry.pages.home
    given = list(home.suggestions)
    if home.source:
        takes_context = bool(inspect.signature(home.source.function).parameters)
        connected = app.ground.connected.of(user.id) if app.ground else {}
        context = HomeContext(user=user, integrations=connected, authenticated=signed_in, db=app.db, app=app)
        token = active.set(Identity(user, ground=app.ground))
        try:
            found = await asyncio.wait_for(home.source(*((context,) if takes_context else ())), LIMIT_SECONDS)
        finally:
            active.reset(token)
        given += found if isinstance(found, (list, tuple)) else [found]
    return [_suggestion(item) for item in given if item is not None]


def _suggestion(item: Any) -> Suggestion:
    if isinstance(item, str):
        return Suggestion(item, "", "prompt", item)
    fields = item.to_dict() if hasattr(item, "to_dict") else item
    if not isinstance(fields, dict) or "label" not in fields:
        raise TypeError(f"a suggestion is a cpsl.Suggestion, a text or a dict with a label, not {item!r}")
    target = fields.get("target") or "prompt"
    value = fields.get("value") or fields.get(target) or fields["label"]
    return Suggestion(fields["label"], fields.get("description") or "", target, str(value))
