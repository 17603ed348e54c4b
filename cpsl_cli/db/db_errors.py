"""What a query command refuses: the sentence ends it with exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cpsl.errors import CapsuleError
from cpsl.wording import nearest


class QueryError(CapsuleError):
    """A collection, session, filter, document or file that cannot be used."""


@contextmanager
def refusing(what: str = "") -> Iterator[None]:
    """Inside, a ``ValueError`` or ``TypeError`` about what a person typed is a refusal; ``what`` goes before it."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise QueryError(what + str(error)) from None


class UnknownCollection(QueryError):
    """There is no collection of that name; the nearest of ``names`` is proposed, else all of them."""

    def __init__(self, name: str, names: list[str]) -> None:
        self.name = name
        self.near = nearest(name, names)
        if self.near:
            hint = f"Did you mean {self.near}?"
        elif names:
            hint = f"There are: {', '.join(names)}."
        else:
            hint = "There are none yet; the app makes them when it runs."
        super().__init__(f"there is no collection {name!r}. {hint}")
