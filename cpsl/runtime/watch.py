"""Measuring what a turn does inside, when somebody watches. When nobody does, it costs a look at a flag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from cpsl.runtime.handler import Handler
from cpsl.runtime.outlet import Outlet
from cpsl.store.records import DataChange

if TYPE_CHECKING:
    from cpsl.runtime.current import Identity

_UNWATCHED: AbstractContextManager[Any] = nullcontext()


@contextmanager
def timed(outlet: Outlet, type: str, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Trace the block, with its duration; it may add fields. What it raises is named and goes on."""
    began = outlet.ticks()
    try:
        yield fields
    except BaseException as error:
        fields["error"] = error.__class__.__name__
        raise
    finally:
        outlet.trace(type, fields, began, outlet.ticks() - began)


def write(identity: Identity | None, type: str, **fields: Any) -> AbstractContextManager[Any]:
    """The block writes something of the identity's turn."""
    live = identity.live if identity else None
    return timed(live.outlet, type, fields) if live and live.outlet.watched else _UNWATCHED


def commit(outlet: Outlet, change: DataChange | None) -> AbstractContextManager[Any]:
    """The block stores a change of ``session.data``: its keys, not what they hold."""
    if not (change and outlet.watched):
        return _UNWATCHED
    return timed(outlet, "data", {"set": list(change.set), "unset": list(change.unset)})


async def call(outlet: Outlet, handles: str, handler: Handler, *args: Any) -> Any:
    """Call a handler and return what it returns.

    It is traced when it begins, since some never return, and again when it is over.
    """
    if not outlet.watched:
        return await handler(*args)
    file, line = handler.location
    place = {"handles": handles, "function": handler.name, "file": file, "line": line}
    began = outlet.ticks()
    outlet.trace("handler", place, began)
    try:
        return await handler(*args)
    except BaseException as error:
        place = {**place, "error": error.__class__.__name__}
        raise
    finally:
        outlet.trace("handler", place, began, outlet.ticks() - began)
