"""Pieces of SQL with their parameters, joined so that neither is ever separated from the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fragment:
    """SQL text and the parameters of its question marks, in order."""

    sql: str
    params: tuple[Any, ...] = ()


TRUE = Fragment("1")
FALSE = Fragment("0")
"""The two constants; they are recognised by identity."""


def joined(template: str, *parts: Fragment) -> Fragment:
    """Return `template` with each `{}` replaced by a part, parameters in the same order.

    Templates are constants of this package; no text from outside may stand in one.
    """
    return Fragment(
        template.format(*(part.sql for part in parts)),
        tuple(value for part in parts for value in part.params),
    )


def all_of(parts: Iterable[Fragment]) -> Fragment:
    """Return the conjunction, without the parts that are always true."""
    kept = [part for part in parts if part is not TRUE]
    return FALSE if any(part is FALSE for part in kept) else _chain(kept, " AND ", TRUE)


def any_of(parts: Iterable[Fragment]) -> Fragment:
    """Return the disjunction, without the parts that are never true and without repetitions."""
    kept: list[Fragment] = []
    for part in parts:
        if part is not FALSE and part not in kept:
            kept.append(part)
    return TRUE if any(part is TRUE for part in kept) else _chain(kept, " OR ", FALSE)


def never_null(part: Fragment) -> Fragment:
    """Return the negation that is true where `part` is null, as `NOT` is not."""
    if part is TRUE or part is FALSE:
        return FALSE if part is TRUE else TRUE
    return joined("({}) IS NOT TRUE", part)


def _chain(parts: list[Fragment], sign: str, none: Fragment) -> Fragment:
    if len(parts) < 2:
        return parts[0] if parts else none
    return Fragment(
        "(" + sign.join(part.sql for part in parts) + ")",
        tuple(value for part in parts for value in part.params),
    )
