"""What a query command refuses: the sentence ends it with exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cpsl.errors import CapsuleError


class QueryError(CapsuleError):
    """A collection, session, filter, document or file that cannot be used."""


@contextmanager
def refusing(what: str = "") -> Iterator[None]:
    """Inside, a ``ValueError`` or ``TypeError`` about what a person typed is a refusal; ``what`` goes before it."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise QueryError(what + str(error)) from None
