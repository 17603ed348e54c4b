"""behaviour.md §17: settings."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import cpsl
from cpsl.testing import Simulator
from tests.collections.conftest import Running


@pytest.fixture
def declared(app: cpsl.App) -> cpsl.App:
    app.setting("currency", scope="owner", type=str, default="EUR", options=["EUR", "USD"], label="Currency")
    app.setting("dark", scope="user", type=bool, default=False)
    app.setting("limit", type=int, default=10)
    app.setting("rate", type=float)
    return app


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scope": "session"}, "the scope of setting 'x' is one of app, owner, user, not 'session'"),
        ({"scope": "team"}, "not 'team'"),
        ({"type": list}, "the type of setting 'x' is one of bool, str, int, float, not 'list'"),
        ({"type": "str"}, "not 'str'"),
    ],
)
def test_a_bad_declaration_is_refused(app: cpsl.App, options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        app.setting("x", **options)


def test_a_name_is_declared_once(declared: cpsl.App) -> None:
    with pytest.raises(ValueError, match="setting 'limit' is declared twice"):
        declared.setting("limit")


async def test_a_setting_has_its_default_until_it_is_set(run: Running, declared: cpsl.App) -> None:
    settings = declared.settings
    assert [await run.call(settings.get, key) for key in ("currency", "dark", "limit", "rate")] == [
        "EUR",
        False,
        10,
        None,
    ]
    assert await run(lambda s: settings.get("undeclared")) is None
    await run(lambda s: settings.set("limit", 3))
    await run(lambda s: settings.set("limit", 4))
    assert await run(lambda s: settings.get("limit")) == 4


async def test_a_setting_belongs_to_its_scope(run: Running, declared: cpsl.App) -> None:
    async def write(session: cpsl.Session) -> None:
        await declared.settings.set("currency", "USD")
        await declared.settings.set("dark", True)
        await declared.settings.set("limit", 99)

    read = ["currency", "dark", "limit"]
    await run(write, "ann", org="acme")
    everything = {"currency": "USD", "dark": True, "limit": 99}
    assert await run(lambda s: declared.settings.get_all(read), "ann", org="acme") == everything
    assert await run(lambda s: declared.settings.get_all(read), "bob", org="acme") == {**everything, "dark": False}
    assert await run(lambda s: declared.settings.get_all(read), "eve") == {
        "currency": "EUR",
        "dark": False,
        "limit": 99,
    }


@pytest.mark.parametrize("keys", [None, []])
async def test_get_all_of_nothing_is_everything_declared(run: Running, declared: cpsl.App, keys: Any) -> None:
    everything = await run(lambda s: declared.settings.get_all(keys))
    assert everything == {"currency": "EUR", "dark": False, "limit": 10, "rate": None}
    assert await run(lambda s: declared.settings.get_all(["limit", "nope"])) == {"limit": 10, "nope": None}


async def test_python_values_are_stored_as_they_are(run: Running, declared: cpsl.App) -> None:
    for value in ("many", 5, None, {"a": [1]}):
        await run.call(declared.settings.set, "limit", value)
        assert await run(lambda s: declared.settings.get("limit")) == value
    with pytest.raises(TypeError, match="value is a set"):
        await run(lambda s: declared.settings.set("limit", {1}))


async def test_outside_handlers_nobodys_value_is_used(declared: cpsl.App) -> None:
    async with Simulator(declared):
        assert await declared.settings.get("dark") is False
        await declared.settings.set("dark", True)
        assert await declared.settings.get("dark") is True


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("currency", "USD", "USD"),
        ("dark", "Yes", True),
        ("dark", "off", False),
        ("limit", "7", 7),
        ("rate", "1.5", 1.5),
        ("rate", "2", 2.0),
    ],
)
def test_what_a_person_types_gets_the_declared_type(declared: cpsl.App, name: str, text: str, value: Any) -> None:
    typed = declared.registry.settings[name].typed(text)
    assert (typed, type(typed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("currency", "GBP", "currency is one of EUR, USD, not 'GBP'"),
        ("dark", "maybe", "dark is of type bool, which 'maybe' is not"),
        ("limit", "1.5", "limit is of type int, which '1.5' is not"),
        ("rate", "nan", "rate is of type float, which 'nan' is not"),
        ("rate", "fast", "rate is of type float, which 'fast' is not"),
    ],
)
def test_what_a_person_types_is_checked(declared: cpsl.App, name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        declared.registry.settings[name].typed(text)


async def test_boot_has_settings_of_the_app_only_and_what_it_starts_has_those_of_nobody(declared: cpsl.App) -> None:
    seen: list[Any] = []

    @declared.boot()
    async def boot() -> None:
        seen.append(await declared.settings.get("limit"))
        for name in ("dark", "currency"):
            with pytest.raises(RuntimeError, match=f"setting '{name}' has .* scope, and no .* is active in boot"):
                await declared.settings.get(name)

        async def poll() -> None:
            await over.wait()
            seen.append(await declared.settings.get("dark"))

        poller.append(asyncio.create_task(poll()))

    over = asyncio.Event()
    poller: list[asyncio.Task[None]] = []
    async with Simulator(declared):
        over.set()
        await poller[0]
    assert seen == [10, False]
