"""One turn at a time in a session, whoever has the file open."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
from pathlib import Path

import pytest

from cpsl.store import turnlocks
from cpsl.store.store import Store
from cpsl.store.turnlocks import TurnLocks


@pytest.fixture(params=["two of one process", "one with itself", "in memory"])
def pair(request: pytest.FixtureRequest, path: Path) -> tuple[TurnLocks, TurnLocks]:
    if request.param == "in memory":
        locks = TurnLocks(None)
        return locks, locks
    first = TurnLocks(str(path))
    return first, TurnLocks(str(path)) if request.param == "two of one process" else first


def test_a_session_has_one_turn_and_others_have_theirs(pair: tuple[TurnLocks, TurnLocks]) -> None:
    first, second = pair
    assert first.take("s")
    assert not second.take("s")
    assert second.take("other")
    assert (first.held("s"), second.held("s"), first.held("none")) == (True, True, False)
    first.release("s")
    assert (first.held("s"), second.held("s"), second.held("other")) == (False, False, True)
    assert second.take("s")


async def test_whoever_waits_is_next(pair: tuple[TurnLocks, TurnLocks]) -> None:
    first, second = pair
    assert first.take("s")
    waiting = asyncio.ensure_future(second.wait("s"))
    while not second._next:
        await asyncio.sleep(0)
    first.release("s")
    # It may not have looked yet, and nobody pushes in.
    assert not first.take("s")
    await waiting
    assert not first.take("s")
    second.release("s")
    assert first.take("s")


async def test_a_wait_that_is_given_up_leaves_nothing(pair: tuple[TurnLocks, TurnLocks]) -> None:
    first, second = pair
    assert first.take("s")
    waiting = asyncio.ensure_future(second.wait("s"))
    while not second._next:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    first.release("s")
    assert first.take("s")


def test_closing_gives_everything_back(path: Path) -> None:
    first, second = TurnLocks(str(path)), TurnLocks(str(path))
    assert first.take("s")
    first.close()
    assert second.take("s")


def test_a_lock_file_that_was_deleted_is_made_anew(path: Path) -> None:
    first, second = TurnLocks(str(path)), TurnLocks(str(path))
    assert first.take("s")
    assert not second.take("s")
    first.release("s")
    path.with_name(path.name + "-lock").unlink()
    assert second.take("s")
    assert not first.take("s")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_where_files_cannot_be_locked_one_warning_says_so(
    path: Path, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    with caplog.at_level(logging.WARNING):
        store = Store(path)
        assert store.locks.take("s")
        store.locks.release("s")
        assert store.locks.take("s")
        assert store.locks.held("elsewhere"), "nobody knows, so nothing is called unfinished"
        store.close()
    (warning,) = caplog.messages
    assert warning == (
        f"{path}-lock cannot be locked (No locks available): "
        "two chats in one session may overwrite each other's changes."
    )


def test_a_system_without_such_locks_goes_on_without(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnlocks, "_SET", None)
    locks = TurnLocks(str(path))
    assert locks.take("s")
    assert locks.held("elsewhere")
    assert not path.with_name(path.name + "-lock").exists()
