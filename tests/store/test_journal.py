from __future__ import annotations

import pytest

from cpsl.store.conversations import Conversations
from cpsl.store.journal import BeforeImage, entries, remember
from cpsl.store.records import Said
from cpsl.store.store import Store
from tests.store.conftest import AT, key


def test_entries_come_back_newest_first_and_by_turn(store: Store) -> None:
    connection = store.database.connection
    images = [BeforeImage("session.data", "s", {"set": {"ż": [1]}}), BeforeImage("session.title", "s", None)]
    for image in images:
        remember(connection, 7, image)
    remember(connection, 8, BeforeImage("other", "s", 1))
    assert list(entries(connection, 7)) == images[::-1]
    assert list(entries(connection, 9)) == []


def test_an_entry_is_written_with_its_change_or_not_at_all(store: Store) -> None:
    with pytest.raises(ValueError), store.database.transaction() as connection:
        remember(connection, 1, BeforeImage("k", "s", 1))
        raise ValueError
    assert list(entries(store.database.connection, 1)) == []


def test_the_former_title_is_remembered(store: Store, talks: Conversations) -> None:
    opened = talks.begin(key(), Said("user", "q", AT))
    talks.set_title(opened, "one")
    talks.set_title(opened, "two")
    images = list(entries(store.database.connection, opened.id))
    assert [image.before for image in images] == [{"title": "one"}, {"title": None}]
    assert getattr(talks.latest("local"), "title", None) == "two"
