from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cpsl.errors import TurnGoneError
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store import dump
from cpsl.store.conversations import Conversations
from cpsl.store.database import Database
from cpsl.store.store import Store
from cpsl.store.stored_values import DataChange, HistoryEntry, OtherSession, StoredData, TurnEnd, TurnKey
from cpsl.store.values import ValueOwner
from tests.conftest import finish
from tests.store.conftest import AT, key, turn


def texts(talks: Conversations, session_id: str = "s1", **options: Any) -> list[str]:
    return [said.text for said in talks.history(session_id, **options)]


def test_nothing_is_stored_before_the_first_turn(talks: Conversations) -> None:
    assert talks.latest("local") is None
    assert talks.named("local", "main") is None
    assert talks.data("s1") == StoredData("{}", 0)
    assert talks.history("s1") == []
    assert talks.all() == []


def test_a_first_turn_makes_the_session(talks: Conversations) -> None:
    place = SessionKey("s1", "main", UserInfo("ann", "ann@x.test", "acme"))
    opened = talks.begin(place, HistoryEntry("user", "hi", AT))
    assert (opened.number, opened.key, opened.state) == (1, place, StoredData("{}", 0))
    record = talks.named("ann", "main")
    assert record
    assert record.key == place
    assert record.created_at == record.last_at == "2026-01-31T09:05:00.250Z"


def test_turns_are_numbered_by_session(talks: Conversations) -> None:
    assert [turn(talks, key()).number for _ in range(3)] == [1, 2, 3]
    assert turn(talks, key("s2", "main-2")).number == 1


def test_free_names_count_from_the_first(talks: Conversations) -> None:
    assert talks.free_name("local") == "main"
    turn(talks, key("s1", "main"))
    assert talks.free_name("local") == "main-2"
    turn(talks, key("s3", "main-3"))
    assert talks.free_name("local") == "main-2"
    turn(talks, key("s2", "main-2"))
    assert talks.free_name("local") == "main-4"


def test_names_belong_to_one_person(talks: Conversations) -> None:
    turn(talks, key("s1", "main", "ann"))
    turn(talks, key("s2", "main", "bob"))
    assert talks.free_name("cid") == "main"
    ann, bob = talks.named("ann", "main"), talks.named("bob", "main")
    assert ann
    assert bob
    assert (ann.id, bob.id) == ("s1", "s2")


def test_the_latest_session_is_the_one_with_the_last_activity(talks: Conversations) -> None:
    turn(talks, key("s1", "main"), at=AT)
    turn(talks, key("s2", "main-2"), at=AT + 1)
    turn(talks, key("s3", "main", "bob"), at=AT + 5)
    assert getattr(talks.latest("local"), "id", None) == "s2"
    turn(talks, key("s1", "main"), at=AT + 2)
    assert getattr(talks.latest("local"), "id", None) == "s1"
    assert [(record.id, record.turns) for record in talks.all()] == [("s1", 2), ("s3", 1), ("s2", 1)]


def test_of_sessions_of_the_same_moment_the_one_with_the_last_turn_is_the_latest(talks: Conversations) -> None:
    for session_id, name in (("s1", "main"), ("s2", "main-2"), ("s1", "main")):
        turn(talks, key(session_id, name))
        assert getattr(talks.latest("local"), "id", None) == session_id
        assert talks.all()[0].id == session_id


def test_a_name_that_was_taken_meanwhile_is_another_session_to_wait_for(talks: Conversations) -> None:
    turn(talks, key("theirs"))
    with pytest.raises(OtherSession) as other:
        talks.begin(key("mine"), HistoryEntry("user", "hi", AT))
    assert (other.value.key.id, other.value.key.name, talks.turns("theirs")) == ("theirs", "main", 1)


def test_the_latest_session_is_the_one_used_last_when_the_clock_was_set_back(talks: Conversations) -> None:
    turn(talks, key("s1", "main"), at=AT)
    turn(talks, key("s2", "main-2"), at=AT - 3600)
    assert getattr(talks.latest("local"), "id", None) == "s2"
    assert [record.id for record in talks.all()] == ["s2", "s1"]


def test_a_fresh_session_takes_the_next_free_name_instead(talks: Conversations) -> None:
    turn(talks, key("theirs"))
    opened = talks.begin(key("mine"), HistoryEntry("user", "hi", AT), fresh=True)
    assert (opened.key.id, opened.key.name, opened.number) == ("mine", "main-2", 1)


def test_the_history_holds_what_user_and_app_said_with_their_times(talks: Conversations) -> None:
    opened = talks.begin(key(), HistoryEntry("user", "q", AT, '[{"name": "a"}]'))
    said = [HistoryEntry("app", "r1", AT + 1), HistoryEntry("block", "{}", AT + 1.5), HistoryEntry("app", "r2", AT + 2)]
    talks.finish(opened, said, None, TurnEnd("ok", None, AT + 3))
    assert talks.history("s1") == [
        HistoryEntry("user", "q", AT, '[{"name": "a"}]'),
        HistoryEntry("app", "r1", AT + 1),
        HistoryEntry("app", "r2", AT + 2),
    ]


def test_the_history_is_limited_to_its_end_and_can_stop_before_a_message(talks: Conversations) -> None:
    for number in range(30):
        turn(talks, key(), f"r{number}")
    assert len(texts(talks)) == 50
    assert texts(talks)[-2:] == ["q", "r29"]
    assert texts(talks, limit=3) == ["r28", "q", "r29"]
    opened = talks.begin(key(), HistoryEntry("user", "now", AT))
    assert texts(talks, limit=2, before=opened.number) == ["q", "r29"]
    assert texts(talks, limit=1) == ["now"]


@pytest.mark.parametrize("text", ["", "\x00", "a\x00b", "żółć 🎉", "x" * 1_000_000, "l1\r\nl2\n"])
def test_any_text_is_kept_as_it_is(talks: Conversations, text: str) -> None:
    turn(talks, key(), text)
    assert texts(talks)[-1] == text


def test_lone_surrogates_do_not_break_a_turn(talks: Conversations) -> None:
    opened = talks.begin(key(), HistoryEntry("user", "\ud800", AT))
    talks.finish(opened, [HistoryEntry("app", "\udfff", AT)], None, TurnEnd("error", "ValueError: \ud800", AT))
    talks.set_title(opened.stored, "\ud800")
    assert texts(talks) == ["\ufffd", "\ufffd"]


def test_how_a_turn_ended_is_stored(store: Store, talks: Conversations) -> None:
    opened = talks.begin(key(), HistoryEntry("user", "q", AT))
    assert store.database.row("SELECT status, ended_at FROM _capsule_turns") == ("running", None)
    talks.finish(opened, [], None, TurnEnd("error", "ValueError: bad", AT + 1))
    row = store.database.row("SELECT status, error, ended_at FROM _capsule_turns")
    assert row == ("error", "ValueError: bad", "2026-01-31T09:05:01.250Z")


def test_what_is_said_after_the_end_is_history(talks: Conversations) -> None:
    opened = turn(talks, key(), "r")
    talks.add(opened.stored, HistoryEntry("app", 'late \x00 \ud800 "ż"', AT))
    assert texts(talks) == ["q", "r", 'late \x00 \ufffd "ż"']
    assert talks.turns("s1") == 1


def test_a_turn_that_somebody_runs_is_no_leftover(path: Path, talks: Conversations, store: Store) -> None:
    theirs = Store(path)
    for owner in (theirs, store):
        assert owner.locks.take("s1")
        talks.begin(key(), HistoryEntry("user", "q", AT))
        assert (talks.close_unfinished("s1"), talks.broken_off()) == ([], set())
        owner.locks.release("s1")
    theirs.close()
    assert [left.number for left in talks.close_unfinished("s1")] == [1, 2]


def test_a_turn_whose_process_is_gone_is_listed_once(talks: Conversations, store: Store) -> None:
    turn(talks, key(), "r")
    # Whoever has that number by now, it is not the process of the turn: ours has it, for one.
    talks.begin(key(), HistoryEntry("user", "broken", AT))
    assert talks.broken_off() == {"s1"}
    assert [(left.number, left.text) for left in talks.close_unfinished("s1")] == [(2, "broken")]
    assert talks.close_unfinished("s1") == []
    assert talks.broken_off() == {"s1"}
    assert texts(talks) == ["q", "r", "broken"]
    turn(talks, key(), "on")
    assert talks.broken_off() == set()


def test_a_turn_that_was_reset_while_it_ran_writes_over_no_other(store: Store, talks: Conversations) -> None:
    opened = talks.begin(key("s1"), HistoryEntry("user", "private question", AT))
    with store.database.transaction() as connection:
        dump.clear(connection)
    theirs = talks.begin(key("s2", user="bob"), HistoryEntry("user", "q", AT))
    change = DataChange(StoredData(), '{"a":1}', {"a": 1}, (), ("a",))
    answer = [HistoryEntry("app", "private answer", AT)]
    for late in (
        lambda: talks.finish(opened, answer, None, TurnEnd("ok", None, AT)),
        lambda: talks.finish(opened, answer, change, TurnEnd("ok", None, AT)),
        lambda: talks.commit(opened, change),
        lambda: talks.add(opened.stored, answer[0]),
        lambda: talks.set_title(opened.stored, "private"),
        lambda: store.kv.set(ValueOwner("app", ""), "k", 1, opened.stored),
        lambda: store.settings.set(ValueOwner("app", ""), "k", 1, opened.stored),
        lambda: store.kv.delete(ValueOwner("app", ""), "k", opened.stored),
        lambda: store.columns.set("c", None, "[]", opened.stored),
    ):
        with pytest.raises(TurnGoneError, match="was reset or filled by an import"):
            late()
    talks.finish(theirs, [HistoryEntry("app", "for bob", AT)], None, TurnEnd("ok", None, AT))
    assert (texts(talks, "s1"), texts(talks, "s2")) == ([], ["q", "for bob"])
    assert (store.kv.all(), store.settings.all(), store.columns.get("c", None)) == ([], [], None)
    assert store.database.row("SELECT count(*) FROM _capsule_journal") == (0,)


def test_the_number_of_a_turn_is_never_given_again(store: Store, talks: Conversations) -> None:
    first = turn(talks, key("s1"))
    with store.database.transaction() as connection:
        dump.clear(connection)
    again = turn(talks, key("s1"))
    assert (first.number, again.number) == (1, 1)
    assert again.id > first.id
    with pytest.raises(TurnGoneError):
        talks.add(first.stored, HistoryEntry("app", "late", AT))
    assert texts(talks, "s1") == ["q"]


def test_an_imported_turn_of_the_same_number_is_not_written_over(store: Store, talks: Conversations) -> None:
    opened = talks.begin(key("s1"), HistoryEntry("user", "q", AT))
    end = TurnEnd("ok", None, AT)
    for session, status in (("other", "running"), ("s1", "ok")):
        with store.database.transaction() as connection:
            row = (session, status, opened.id)
            connection.execute("UPDATE _capsule_turns SET session_id = ?, status = ? WHERE id = ?", row)
        with pytest.raises(TurnGoneError):
            talks.finish(opened, [HistoryEntry("app", "private", AT)], None, end)
    with store.database.transaction() as connection:
        connection.execute("UPDATE _capsule_turns SET session_id = 'other'")
    with pytest.raises(TurnGoneError):
        store.kv.set(ValueOwner("app", ""), "k", 1, TurnKey(opened.id, "s1"))
    assert texts(talks, "other") == ["q"]


def test_the_file_reads_well_with_plain_sqlite(path: Path, talks: Conversations) -> None:
    turn(talks, key(), "r")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sender, text, at FROM _capsule_history ORDER BY turn, position").fetchall()
    connection.close()
    assert rows == [("user", "q", "2026-01-31T09:05:00.250Z"), ("app", "r", "2026-01-31T09:05:00.250Z")]


FIRST_TURN = """\
import sys
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.store.stored_values import OtherSession, HistoryEntry, TurnEnd
from cpsl.store.store import Store
path, own, fresh = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
store = Store(path)
place = SessionKey(own, "main", UserInfo("local"))
for number in range(20):
    try:
        opened = store.conversations.begin(place, HistoryEntry("user", own, 0.0), fresh=fresh == "fresh" and not number)
    except OtherSession as other:
        opened = store.conversations.begin(other.key, HistoryEntry("user", own, 0.0))
    store.conversations.finish(opened, [HistoryEntry("app", own, 0.0)], None, TurnEnd("ok", None, 0.0))
    place = opened.key
print(place.id, place.name)
store.close()
"""


@pytest.mark.parametrize("fresh", ["fresh", "joined"])
def test_several_processes_begin_the_first_session_at_once(path: Path, fresh: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_TURN, str(path), f"p{number}", fresh],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(6)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    ended = [finish(process) for process in processes]
    assert [run.stderr for run in ended] == [""] * 6
    places = {tuple(run.stdout.decode().split()) for run in ended}
    store = Store(path)
    records = store.conversations.all()
    counts = sorted(record.turns for record in records)
    names = {record.name for record in records}
    store.close()
    if fresh == "fresh":
        assert names == {"main", *(f"main-{number}" for number in range(2, 7))}
        assert (len(places), counts) == (6, [20] * 6)
    else:
        assert (len(places), counts, names) == (1, [120], {"main"})


def test_reading_goes_on_while_somebody_else_writes(path: Path, store: Store, talks: Conversations) -> None:
    turn(talks, key(), "r")
    other = Database(path)
    with other.transaction() as connection:
        connection.execute("DELETE FROM _capsule_turns")
        assert texts(talks) == ["q", "r"]
    other.close()
    assert texts(talks) == []
