"""A Player that cannot begin leaves nothing behind."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

import cpsl
from cpsl.errors import CapsuleError
from cpsl.store.store import Store
from cpsl.testing.player import Player
from cpsl.testing.simulator import Simulator
from cpsl.transcript.read import TranscriptError, parse

SAID = b'{"type":"user","text":"hi","at":"2030-01-01"}\n'
SETTING = b'{"type":"setting","turn":0,"name":"mode","value":1}\n'
LOST = b'{"type":"collection","turn":0,"declaration":{},"documents":[]}\n'.replace(b"{}", b'{"name":"notes"}')


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """The stores that have been closed."""
    stores: list[Store] = []
    close = Store.close

    def noted(store: Store) -> None:
        stores.append(store)
        close(store)

    monkeypatch.setattr(Store, "close", noted)
    return stores


async def test_what_cannot_be_stored(app: cpsl.App, closed: list[Store]) -> None:
    player = Player(parse(Path("t.jsonl"), LOST + SAID), app)
    with pytest.raises(TranscriptError, match=r"t\.jsonl:1: the declaration of the collection cannot be read"):
        await player.__aenter__()
    assert closed


async def test_a_setting_that_cannot_be_chosen(
    app: cpsl.App, closed: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*arguments: object) -> None:
        raise CapsuleError("no")

    monkeypatch.setattr(Simulator, "choose", refuse)
    player = Player(parse(Path("t.jsonl"), SETTING + SAID), app)
    before = time.time()
    with pytest.raises(CapsuleError, match="no"):
        await player.__aenter__()
    assert closed
    assert before <= time.time() < before + 3600


async def test_a_stopped_turn_that_shows_less_today_is_stopped_all_the_same(
    app: cpsl.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.message()
    async def message(session: cpsl.Session, message: cpsl.Message) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("cpsl.testing.interruption.LONGEST", 0.0)
    shown = b'{"type":"reply","text":"working"}\n{"type":"end","status":"interrupted"}\n'
    async with Player(parse(Path("t.jsonl"), SAID + shown), app) as player:
        played = [turn async for turn in player.turns()]
    assert [difference.wanted for difference in played[0].comparison.differences] == ["working"]
