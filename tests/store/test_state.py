"""``session.data`` in the store: merged by top-level key, and undone exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.errors import TurnGoneError
from cpsl.runtime.session_data import DataState
from cpsl.store.conversations import Conversations
from cpsl.store.journal import entries
from cpsl.store.state import apply_before_image
from cpsl.store.store import Store
from cpsl.store.stored_values import DataChange, HistoryEntry, OpenTurn, StoredData
from tests.store.conftest import AT, key


class Writer:
    """Somebody who has read the data and changes it, as a turn does."""

    def __init__(self, store: Store, turn: OpenTurn) -> None:
        self.talks = store.conversations
        self.turn = turn
        self.state = DataState(self.talks.data("s1"))

    @property
    def data(self) -> dict[str, Any]:
        return self.state.data

    def commit(self) -> None:
        change = self.state.change()
        if change:
            self.state.committed(change, self.talks.commit(self.turn, change))


@pytest.fixture
def opened(talks: Conversations) -> OpenTurn:
    return talks.begin(key(), HistoryEntry("user", "q", AT))


def stored(store: Store) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(store.conversations.data("s1").text)
    return content


def started(store: Store, turn: OpenTurn, data: dict[str, Any]) -> None:
    writer = Writer(store, turn)
    writer.data.update(data)
    writer.commit()


def test_two_writers_of_different_keys_keep_both(store: Store, opened: OpenTurn) -> None:
    one, other = Writer(store, opened), Writer(store, opened)
    one.data["a"] = 1
    other.data["b"] = 2
    one.commit()
    other.commit()
    assert stored(store) == {"a": 1, "b": 2}


def test_of_two_writers_of_one_key_the_last_wins(store: Store, opened: OpenTurn) -> None:
    one, other = Writer(store, opened), Writer(store, opened)
    one.data["a"], other.data["a"] = {"x": 1}, {"y": 2}
    one.commit()
    other.commit()
    assert stored(store) == {"a": {"y": 2}}


def test_a_deletion_is_merged_too(store: Store, opened: OpenTurn) -> None:
    started(store, opened, {"a": 1, "b": 2, "c": 3})
    one, other = Writer(store, opened), Writer(store, opened)
    del one.data["a"]
    other.data["b"] = 20
    one.commit()
    other.commit()
    assert stored(store) == {"b": 20, "c": 3}


def test_what_both_deleted_is_gone(store: Store, opened: OpenTurn) -> None:
    started(store, opened, {"a": 1, "b": 2})
    one, other = Writer(store, opened), Writer(store, opened)
    del one.data["a"]
    del other.data["a"]
    one.commit()
    other.commit()
    assert stored(store) == {"b": 2}


def test_a_writer_whose_keys_were_merged_does_not_overwrite_the_other_later(store: Store, opened: OpenTurn) -> None:
    one, other = Writer(store, opened), Writer(store, opened)
    one.data["a"] = 1
    one.commit()
    other.data["b"] = 2
    other.commit()
    other.data["b"] = 3
    other.commit()
    one.data["a"] = 4
    one.commit()
    assert stored(store) == {"a": 4, "b": 3}


def test_an_unchanged_writer_changes_nothing(store: Store, opened: OpenTurn) -> None:
    started(store, opened, {"a": (1, 2)})
    revision = store.conversations.data("s1").revision
    writer = Writer(store, opened)
    assert writer.state.change() is None
    writer.data["a"] = [1, 2]
    writer.commit()
    assert store.conversations.data("s1").revision == revision


def test_python_objects_stay_in_the_turn_and_are_stored_once(store: Store, opened: OpenTurn) -> None:
    writer = Writer(store, opened)
    writer.data["a"] = (1, {2})
    writer.commit()
    revision = store.conversations.data("s1").revision
    writer.commit()
    assert writer.data["a"] == (1, {2})
    assert stored(store) == {"a": [1, [2]]}
    assert store.conversations.data("s1").revision == revision


def test_a_change_of_one_small_key_journals_only_that_key(store: Store, opened: OpenTurn) -> None:
    started(store, opened, {"large": "x" * 100_000, "small": 1})
    writer = Writer(store, opened)
    writer.data["small"] = 2
    writer.commit()
    newest = next(iter(entries(store.database.connection, opened.id)))
    assert newest.before == {"set": {"small": 1}, "unset": []}


def undone(store: Store, turn: OpenTurn, count: int) -> str:
    """The data's text after the newest ``count`` journal entries of the turn are taken back."""
    data = stored(store)
    for image in list(entries(store.database.connection, turn.id))[:count]:
        assert (image.kind, image.key) == ("session.data", "s1")
        data = apply_before_image(data, image.before)
    return json.dumps(data)


def test_undoing_puts_a_key_that_moved_back_in_its_place(store: Store, opened: OpenTurn) -> None:
    started(store, opened, {"a": 1, "b": 2})
    writer = Writer(store, opened)
    writer.data["a"] = writer.data.pop("a")
    writer.commit()
    assert list(stored(store)) == ["b", "a"]
    assert undone(store, opened, 1) == '{"a": 1, "b": 2}'


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from(["a", "b", "c", "żółć", ""])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), keys, values),
        st.tuples(st.just("delete"), keys, st.none()),
        st.tuples(st.just("move"), keys, st.none()),
        st.tuples(st.just("clear"), keys, values),
    ),
    max_size=4,
)


def apply(data: dict[str, Any], step: tuple[str, str, Any]) -> None:
    kind, name, value = step
    if kind == "clear":
        data.clear()
    if kind in ("set", "clear"):
        data[name] = value
    elif kind == "delete":
        data.pop(name, None)
    elif name in data:
        data[name] = data.pop(name)


@given(st.dictionaries(keys, values, max_size=4), st.lists(steps, max_size=5))
def test_undoing_any_sequence_of_changes_restores_the_same_text(
    before: dict[str, Any], commits: list[list[tuple[str, str, Any]]]
) -> None:
    store = Store()
    opened = store.conversations.begin(key(), HistoryEntry("user", "q", AT))
    started(store, opened, before)
    texts, written = [], 0
    writer = Writer(store, opened)
    for commit in commits:
        texts.append(json.dumps(stored(store)))
        for step in commit:
            apply(writer.data, step)
        revision = store.conversations.data("s1").revision
        writer.commit()
        changed = store.conversations.data("s1").revision != revision
        written += changed
        assert stored(store) == json.loads(json.dumps(writer.data))
        if not changed:
            assert json.dumps(stored(store)) == texts.pop()
    for count in range(1, written + 1):
        assert undone(store, opened, count) == texts[-count]
    store.close()


@given(st.dictionaries(keys, values, max_size=4), steps, steps)
def test_undoing_a_merged_change_leaves_what_the_other_writer_stored(
    before: dict[str, Any], theirs: list[tuple[str, str, Any]], ours: list[tuple[str, str, Any]]
) -> None:
    store = Store()
    opened = store.conversations.begin(key(), HistoryEntry("user", "q", AT))
    started(store, opened, before)
    mine, other = Writer(store, opened), Writer(store, opened)
    for step in theirs:
        apply(other.data, step)
    for step in ours:
        apply(mine.data, step)
    other.commit()
    after_theirs = json.dumps(stored(store))
    changed = mine.state.change() is not None
    mine.commit()
    assert undone(store, opened, int(changed)) == after_theirs
    store.close()


def test_a_reverse_image_needs_no_order_when_keys_were_only_added(store: Store, opened: OpenTurn) -> None:
    change = DataChange(StoredData(), '{"a":1}', {"a": 1}, (), ("a",))
    store.conversations.commit(opened, change)
    assert next(entries(store.database.connection, opened.id)).before == {"set": {}, "unset": ["a"]}


def test_a_reset_in_the_middle_of_a_turn_leaves_nothing_to_change(store: Store) -> None:
    turn = store.conversations.begin(key(), HistoryEntry("user", "hi", AT))
    store.database.connection.execute("DELETE FROM _capsule_sessions")
    change = DataChange(StoredData(), '{"a":1}', {"a": 1}, (), ("a",))
    with pytest.raises(TurnGoneError):
        store.conversations.commit(turn, change)
    assert store.conversations.data(turn.key.id) == StoredData()
