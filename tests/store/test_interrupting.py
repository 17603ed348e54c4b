"""Whatever SQLite is doing can be stopped: by Ctrl-C on the main thread, by whoever no longer waits on another."""

import asyncio
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cpsl.store.database import Database
from cpsl.store.documents import Documents
from cpsl.store.overview import Where, raw
from cpsl.store.readonly_sql import ask
from cpsl.store.store import Store

ENDLESS = "with recursive c(x) as (select begun() union all select x + 1 from c) select count(*) from c"
ROWS = "with recursive c(x) as (select begun() union all select x + 1 from c) select x from c where x < 0"
SECONDS = 30


@contextmanager
def ctrl_c_during_a_statement(connection: sqlite3.Connection) -> Iterator[None]:
    """A signal comes as soon as the statement calls ``begun()``."""
    begun = threading.Event()
    connection.create_function("begun", 0, begun.set)

    def press() -> None:
        begun.wait(SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        begun.set()
        presser.join()


def through_rows(database: Database, sql: str) -> None:
    list(database.rows(sql))


def through_a_read(database: Database, sql: str) -> None:
    with database.reading() as connection:
        connection.execute(sql).fetchall()


def through_a_transaction(database: Database, sql: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute(sql).fetchall()


def through_sql(database: Database, sql: str) -> None:
    list(ask(database, sql).rows)


@pytest.mark.parametrize("sql", [ENDLESS, ROWS], ids=["first row", "later rows"])
@pytest.mark.parametrize("way", [through_rows, through_a_read, through_a_transaction, through_sql])
def test_ctrl_c_ends_a_statement(way: Callable[[Database, str], None], sql: str) -> None:
    with closing(Database()) as database:
        database.connection.execute("CREATE TABLE t (x)")
        with pytest.raises(KeyboardInterrupt), ctrl_c_during_a_statement(database.connection):
            way(database, sql)
        assert not database.connection.in_transaction
        assert database.row("SELECT count(*) FROM t") == (0,)


def rows_of_raw(database: Database) -> Iterator[Any]:
    return raw(database.connection, "t", Where())


def rows_of_sql(database: Database) -> Iterator[Any]:
    return ask(database, "SELECT * FROM t").rows


def rows_of_a_query(database: Database) -> Iterator[Any]:
    return database.rows("SELECT * FROM t")


@pytest.mark.parametrize("rows_of", [rows_of_a_query, rows_of_sql, rows_of_raw])
def test_rows_that_are_no_longer_wanted_say_nothing_after_the_store_was_closed(
    rows_of: Callable[[Database], Iterator[Any]],
) -> None:
    database = Database()
    database.connection.execute("CREATE TABLE t (_id, doc)")
    database.connection.execute("INSERT INTO t VALUES (1, 2), (3, 4)")
    rows = rows_of(database)
    assert next(rows) == (1, 2)
    database.close()
    assert isinstance(rows, Generator)
    rows.close()


def endless(begun: threading.Event) -> Callable[[Documents], Any]:
    def work(documents: Documents) -> Any:
        documents._database.connection.create_function("begun", 0, begun.set)
        return list(documents._database.rows(ENDLESS))

    return work


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "a.db")
    yield store
    store.reader.close()
    store.close()


def test_work_that_nobody_waits_for_is_stopped_and_the_next_is_not(store: Store) -> None:
    begun = threading.Event()
    running, waiting = store.reader.submit(endless(begun)), store.reader.submit(lambda documents: 1)
    kept = store.reader.submit(lambda documents: next(documents._database.rows("SELECT 5")))
    assert begun.wait(SECONDS)
    store.reader.stop(waiting)
    store.reader.stop(running)
    assert isinstance(running.exception(SECONDS), KeyboardInterrupt)
    assert waiting.cancelled()
    assert kept.result(SECONDS) == (5,)
    store.reader.stop(kept)
    assert kept.result() == (5,)


def test_cancelling_whoever_waits_stops_the_statement(store: Store) -> None:
    """As Ctrl-C and ``--timeout`` cancel a handler that awaits a find."""
    begun = threading.Event()

    async def waits() -> None:
        future = store.reader.submit(endless(begun))
        try:
            await asyncio.wrap_future(future)
        finally:
            store.reader.stop(future)

    async def cancels() -> None:
        task = asyncio.create_task(waits())
        await asyncio.to_thread(begun.wait, SECONDS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.wrap_future(store.reader.submit(lambda documents: 7)) == 7

    asyncio.run(asyncio.wait_for(cancels(), SECONDS))
