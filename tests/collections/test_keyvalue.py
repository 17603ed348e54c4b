"""behaviour.md §16: the key-value store."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import cpsl
from tests.collections.conftest import Running

SCOPES = ("session", "user", "owner", "app")


async def test_app_values_are_everybodys(run: Running, app: cpsl.App) -> None:
    await run(lambda s: app.set("motd", {"text": "hi", "tags": ("a",)}), "ann")
    assert await run(lambda s: app.get("motd"), "bob") == {"text": "hi", "tags": ["a"]}
    assert await app.get("motd") == {"text": "hi", "tags": ["a"]}, "no identity is needed"
    await app.delete("motd")
    assert await app.get("motd", "gone") == "gone"


@pytest.mark.parametrize("scope", SCOPES)
async def test_set_replaces_and_delete_forgets(run: Running, scope: str) -> None:
    async def work(session: cpsl.Session) -> list[Any]:
        seen = [await session.get("k", "none", scope=scope)]
        for value in (1, [2], None):
            await session.set("k", value, scope=scope)
            seen.append(await session.get("k", "none", scope=scope))
        await session.delete("k", scope=scope)
        await session.delete("k", scope=scope)
        return [*seen, await session.get("k", scope=scope)]

    assert await run(work) == ["none", 1, [2], None, None]


async def test_the_scope_is_the_session_unless_said(run: Running) -> None:
    await run(lambda s: s.set("k", 1), session="one")
    assert await run(lambda s: s.get("k"), session="one") == 1
    assert await run(lambda s: s.get("k"), session="two") is None


async def test_each_scope_is_a_namespace_of_its_own(run: Running) -> None:
    async def write(session: cpsl.Session) -> None:
        for scope in SCOPES:
            await session.set("k", scope, scope=scope)

    async def read(session: cpsl.Session) -> list[Any]:
        return [await session.get("k", scope=scope) for scope in SCOPES]

    await run(write, "ann", org="acme")
    assert await run(read, "ann", org="acme") == list(SCOPES)
    assert await run(read, "bob", org="acme") == [None, None, "owner", "app"]
    assert await run(read, "eve") == [None, None, None, "app"]
    assert await run(lambda s: s.get("k", scope="user"), "org:acme") is None, "a person named like an owner is none"


async def test_an_unknown_scope_is_refused(run: Running) -> None:
    for work in (
        lambda s: s.get("k", scope="team"),
        lambda s: s.set("k", 1, scope="team"),
        lambda s: s.delete("k", scope="team"),
    ):
        with pytest.raises(ValueError, match="the scope of a key is one of session, user, owner, app, not 'team'"):
            await run(work)


@pytest.mark.parametrize(
    ("key", "value", "error", "words"),
    [
        ("k", {1, 2}, TypeError, "value is a set, which JSON cannot hold"),
        ("k", {"at": datetime(2030, 1, 1, tzinfo=timezone.utc)}, TypeError, "'at' is a datetime"),
        ("k", float("inf"), ValueError, "value is inf"),
        ("k", "\ud800", ValueError, "lone surrogate"),
        (3, 1, TypeError, "a key is a text, not 3"),
    ],
)
async def test_what_json_cannot_hold_is_refused(
    run: Running, key: Any, value: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await run(lambda s: s.set(key, value))
    assert await run(lambda s: s.get("k", "nothing")) == "nothing"


async def test_values_are_there_after_a_restart(app: cpsl.App, tmp_path: Path) -> None:
    first = Running(app, tmp_path / "app.db")
    await first(lambda s: s.set("k", {"ä": [1.5, True]}, scope="user"))
    await first.close()
    second = Running(app, tmp_path / "app.db")
    assert await second(lambda s: s.get("k", scope="user")) == {"ä": [1.5, True]}
    await second.close()


@pytest.mark.parametrize(
    ("key", "error"),
    [(5, TypeError), (None, TypeError), (b"k", TypeError), ("\ud800", ValueError), ("a\0b", ValueError)],
)
@pytest.mark.parametrize("call", ["get", "set", "delete"])
async def test_each_call_refuses_a_key_that_can_have_no_value(
    run: Running, call: str, key: Any, error: type[Exception]
) -> None:
    rest = (1,) if call == "set" else ()
    with pytest.raises(error, match=r"key"):
        await run(lambda s: getattr(s, call)(key, *rest))
    assert await run(lambda s: s.get("ż", "none")) == "none"
