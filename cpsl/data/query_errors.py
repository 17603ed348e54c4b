"""Errors of the query layer: each is a sentence that names the caller's own word."""

from collections.abc import Iterable

from cpsl.wording import nearest


class FilterError(ValueError):
    """A filter, lookup or sort that has no meaning (behaviour.md §13.3): unknown operator, wrong operand."""


class UpdateError(ValueError):
    """An update that is malformed, or that does not fit the document it is applied to (behaviour.md §13.3)."""


class ScopeError(ValueError):
    """A filter, document or update that names another identity than the active one (behaviour.md §13.4 LOCAL)."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for a `kind` called `name` that is not among `known`, with the nearest of them."""
    names = sorted(known)
    near = nearest(name, names)
    hint = f" (did you mean {near!r}?)" if near else ""
    return f"unknown {kind} {name!r}{hint}; known: {', '.join(names)}"
