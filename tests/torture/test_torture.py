"""A short run of the torture; ``make torture`` is the long one."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.torture.kills import torture
from tests.torture.scenarios import RECORDED, Attachment, Chat, Fault, Import, Insert, Place, Update


def test_a_few_kills_lose_nothing() -> None:
    result = torture(12, seed=7)
    assert result.faults == [], result.summary
    assert result.kills.total() == 12


def test_what_is_broken_is_a_fault(tmp_path: Path) -> None:
    place, chance = Place(tmp_path / "project", tmp_path), random.Random(1)
    (place.path / ".capsule").mkdir(parents=True)
    with closing(sqlite3.connect(place.store)) as connection, connection:
        connection.execute("CREATE TABLE orders (doc TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?)", [('{"n": 0}',), ('{"n": 0}',)])
    place.write("t.jsonl", RECORDED[:100])
    place.write("attachments/0123456789ab/film.bin", "cut")
    for make, words in {
        Chat: "an order is there twice",
        Insert: "2 documents are there",
        Import: "2 documents are there",
        Update: "the transcript is",
        Attachment: "a copy is not whole",
    }.items():
        scenario = make(place, chance)
        with pytest.raises(Fault, match=words):
            scenario.check(ended=False)
