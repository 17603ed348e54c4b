"""Measuring what a turn does inside, when somebody watches. When nobody does, it costs a look at a flag."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from cpsl.runtime.handler import Handler
from cpsl.runtime.turn_output import TurnOutput
from cpsl.store.stored_values import DataChange

_UNWATCHED: AbstractContextManager[Any] = nullcontext()


@contextmanager
def trace_block(output: TurnOutput, type: str, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Trace the block, with its duration; it may add fields. What it raises is named and goes on."""
    began = output.ticks()
    try:
        yield fields
    except BaseException as error:
        fields["error"] = error.__class__.__name__
        raise
    finally:
        output.trace(type, fields, began, output.ticks() - began)


def trace_write(output: TurnOutput | None, type: str, **fields: Any) -> AbstractContextManager[Any]:
    """The block writes something in the turn of that output; None outside turns."""
    return trace_block(output, type, fields) if output and output.watched else _UNWATCHED


def trace_commit(output: TurnOutput, change: DataChange | None) -> AbstractContextManager[Any]:
    """The block stores a change of ``session.data``: its keys, not what they hold."""
    if not (change and output.watched):
        return _UNWATCHED
    return trace_block(output, "data", {"set": list(change.set), "unset": list(change.unset)})


async def trace_call(output: TurnOutput, handles: str, handler: Handler, *args: Any) -> Any:
    """Call a handler and return what it returns.

    It is traced when it begins, since some never return, and again when it is over.
    """
    if not output.watched:
        return await handler(*args)
    file, line = handler.location
    fields = {"handles": handles, "function": handler.name, "file": file, "line": line}
    began = output.ticks()
    output.trace("handler", fields, began)
    try:
        return await handler(*args)
    except BaseException as error:
        fields = {**fields, "error": error.__class__.__name__}
        raise
    finally:
        output.trace("handler", fields, began, output.ticks() - began)
