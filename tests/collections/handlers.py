"""Data handlers that ask for what is handed in, in every spelling.

Without ``from __future__ import annotations``: here an annotation is an object unless it is quoted.
"""

# ruff: noqa: F821, UP045
# mypy: allow-untyped-defs, allow-incomplete-defs

from typing import Any, Optional

import cpsl


def named(ctx):
    return ctx.user.id


def annotated(c: cpsl.RequestContext):
    return c.user.id


def quoted(c: "cpsl.RequestContext"):
    return c.user.id


def bare(c: "RequestContext"):  # type: ignore[name-defined]
    return c.user.id


def home(c: cpsl.HomeContext):
    return c.user.id


def optional(c: Optional[cpsl.RequestContext]):
    return c.user.id if c else ""


def union(c: cpsl.RequestContext | None, x: str = ""):
    return c.user.id if c else ""


def quoted_union(c: "cpsl.RequestContext | None", x: str = ""):
    return c.user.id if c else ""


def with_session(session):
    return session.user.id


def keyword(*, session: cpsl.Session):
    return session.user.id


def both(ctx, session: "cpsl.Session"):
    return session.user.id + ctx.user.id[:0]


def context_first(c: cpsl.RequestContext, q: str = "", *, session: Any = None):
    return session.user.id + c.user.id[:0]


async def asynchronous(ctx: "cpsl.RequestContext", session: cpsl.Session):
    return session.user.id


HANDLERS = [
    named,
    annotated,
    quoted,
    bare,
    home,
    optional,
    union,
    quoted_union,
    with_session,
    keyword,
    both,
    context_first,
    asynchronous,
]
