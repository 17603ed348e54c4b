from __future__ import annotations

import pytest

from cpsl.store.conversations import Conversations
from cpsl.store.journal import BeforeImage, entries, remember
from cpsl.store.store import Store
from cpsl.store.stored_values import HistoryEntry
from tests.store.conftest import AT, key, turn


def test_entries_come_back_newest_first_and_by_turn(store: Store, talks: Conversations) -> None:
    first, second = (turn(talks, key()).stored for _ in range(2))
    connection = store.database.connection
    images = [BeforeImage("session.data", "s", {"set": {"ż": [1]}}), BeforeImage("session.title", "s", None)]
    for image in images:
        remember(connection, first, image)
    remember(connection, second, BeforeImage("other", "s", 1))
    assert list(entries(connection, first.id)) == images[::-1]
    assert list(entries(connection, 9)) == []


def test_an_entry_is_written_with_its_change_or_not_at_all(store: Store, talks: Conversations) -> None:
    done = turn(talks, key()).stored
    with pytest.raises(ValueError), store.database.transaction() as connection:
        remember(connection, done, BeforeImage("k", "s", 1))
        raise ValueError
    assert list(entries(store.database.connection, done.id)) == []


def test_the_former_title_is_remembered(store: Store, talks: Conversations) -> None:
    opened = talks.begin(key(), HistoryEntry("user", "q", AT))
    talks.set_title(opened.stored, "one")
    talks.set_title(opened.stored, "two")
    images = list(entries(store.database.connection, opened.id))
    assert [image.before for image in images] == [{"title": "one"}, {"title": None}]
    assert getattr(talks.latest("local"), "title", None) == "two"
