"""One turn at a time in a session, whoever has the file open."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpsl.store import slotlocks, turnlocks
from cpsl.store.store import Store
from cpsl.store.turnlocks import TurnLocks


@pytest.fixture(
    params=["two of one process", "one with itself", "in memory", "two without byte locks", "one without byte locks"]
)
def pair(
    request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[TurnLocks, TurnLocks]]:
    if request.param.endswith("without byte locks"):
        monkeypatch.setattr(turnlocks, "_SET", None)
        monkeypatch.setattr(turnlocks, "_GET", None)
    first = TurnLocks(None if request.param == "in memory" else str(path))
    second = TurnLocks(str(path)) if request.param.startswith("two") else first
    yield first, second
    first.close()
    second.close()


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


@pytest.fixture
def without_byte_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnlocks, "_SET", None)
    monkeypatch.setattr(turnlocks, "_GET", None)
    monkeypatch.setattr(slotlocks, "SLOTS", 1)


@pytest.mark.usefixtures("without_byte_locks")
def test_sessions_of_one_slot_do_not_wait_for_their_own_process_but_for_others(path: Path) -> None:
    first, second = TurnLocks(str(path)), TurnLocks(str(path))
    assert first.take("a")
    assert first.take("b")
    assert (first.held("a"), first.held("b"), first.held("c")) == (True, True, False)
    assert not second.take("c")
    first.release("a")
    assert not second.take("c"), "b's turn goes on"
    first.release("b")
    assert second.take("c")
    second.close()
    assert first.take("a")
    first.close()


@pytest.mark.usefixtures("without_byte_locks")
async def test_two_sessions_of_one_slot_wait_side_by_side(path: Path) -> None:
    first, second = TurnLocks(str(path)), TurnLocks(str(path))
    assert second.take("a")
    waiting = [asyncio.ensure_future(first.wait(name)) for name in ("b", "c")]
    while len(first._next) < 2:
        await asyncio.sleep(0)
    second.release("a")
    await asyncio.gather(*waiting)
    assert not second.take("a")
    first.close()
    assert second.take("a")
    second.close()


@pytest.mark.usefixtures("without_byte_locks")
def test_the_files_of_the_slots_are_private_and_made_again(path: Path) -> None:
    locks, folder = TurnLocks(str(path)), Path(f"{path}-locks")
    assert locks.take("s")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    locks.release("s")
    shutil.rmtree(folder)
    other = TurnLocks(str(path))
    assert locks.take("s")
    assert not other.take("s")
    locks.close()
    other.close()


@pytest.mark.usefixtures("without_byte_locks")
def test_slots_that_cannot_be_locked_are_told_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Path(f"{path}-locks").write_text("no folder")
    locks = TurnLocks(str(path))
    assert locks.take("s")
    assert locks.take("t")
    assert locks.held("elsewhere"), "nobody knows, so nothing is called unfinished"
    (warning,) = caplog.messages
    assert "cannot be locked (Not a directory): two chats in one session may overwrite" in warning
