"""Data handlers: named JSON sources, called with text parameters (behaviour.md §18)."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cpsl.model.identity import UserInfo
from cpsl.runtime.handler import Handler

_CONTEXTS = ("RequestContext", "HomeContext")
_REMOVED = ("version_id", "session_id")


class RequestContext:
    """Who asks, for a handler that is called outside a conversation."""

    __slots__ = ("authenticated", "integrations", "request", "user")

    def __init__(
        self, user: UserInfo, integrations: dict[str, Any], authenticated: bool = False, request: Any = None
    ) -> None:
        self.user = user
        self.integrations = integrations
        self.authenticated = authenticated
        self.request = request


class HomeContext(RequestContext):
    """A request's context that can also look into the app's collections (behaviour.md §18)."""

    __slots__ = ("app", "db")

    def __init__(
        self,
        *,
        user: UserInfo,
        integrations: dict[str, Any],
        authenticated: bool = False,
        request: Any = None,
        db: Any = None,
        app: Any = None,
    ) -> None:
        super().__init__(user, integrations, authenticated, request)
        self.db = db
        self.app = app


class DataFailure(Exception):
    """A data handler did not answer; ``status`` is what its route would give, ``body`` the JSON."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"error": text}


class DataHandler:
    """A registered data handler; what it wants injected is found out once."""

    def __init__(self, name: str, function: Any, access: str) -> None:
        self.name = name
        self.access = access
        self.handler = Handler(function)
        self._wants = wants(function)

    @property
    def wants_session(self) -> bool:
        """Whether it is given the person's session."""
        return self._wants.session

    async def answer(self, context: RequestContext, session: Any, parameters: Mapping[str, str]) -> Any:
        """Call the handler; returns what it returns, after checking that JSON can hold it.

        Raises ``DataFailure`` 401 without sign-in where that is needed, and whatever the handler raises
        (``TypeError`` for unknown or missing parameters and for a result that is no JSON).
        """
        if self.access == "authenticated" and not context.authenticated:
            raise DataFailure(401, "authentication_required")
        positional = (context,) if self._wants.context else ()
        keywords = {name: value for name, value in parameters.items() if name not in _REMOVED}
        if self._wants.session:
            keywords["session"] = session
        result = await self.handler.with_keywords(*positional, **keywords)
        json.dumps(result)
        return result


class Wants(NamedTuple):
    """What a handler's signature asks for."""

    context: bool
    session: bool


def wants(function: Any) -> Wants:
    """A first parameter named ``ctx`` or annotated as a context; one named or annotated as the session."""
    parameters = list(inspect.signature(function).parameters.values())
    first = parameters[0] if parameters else None
    context = first is not None and (first.name == "ctx" or _annotated(first, _CONTEXTS))
    session = any(each.name == "session" or _annotated(each, ("Session",)) for each in parameters)
    return Wants(context, session)


def _annotated(parameter: inspect.Parameter, names: tuple[str, ...]) -> bool:
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return False
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return not set(names).isdisjoint(re.findall(r"\w+", text))
