"""A further connection on a thread of its own, for work on documents that takes long enough to be felt."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from cpsl.errors import StoreError
from cpsl.store.database import Database
from cpsl.store.documents import Documents

T = TypeVar("T")


class Worker:
    """Does one piece of work after the other; opened by the first one.

    :param beside: the connection to the same file.
    :param writes: whether it may write; each write is then a transaction as anywhere else.
    """

    def __init__(self, beside: Database, *, writes: bool = False, durable: bool = False) -> None:
        self._beside = beside
        self._writes = writes
        self._durable = durable
        self._pool: ThreadPoolExecutor | None = None
        self._documents: Documents | None = None
        self._database: Database | None = None
        self._current: Future[Any] | None = None
        self._stopped: Future[Any] | None = None
        self._changing = Lock()
        self._latest: Future[Any] | None = None

    @property
    def busy(self) -> Future[Any] | None:
        """The latest piece of work that others wait for, if it is not done yet."""
        return self._latest if self._latest and not self._latest.done() else None

    def submit(self, work: Callable[[Documents], T], *, awaited: bool = False) -> Future[T]:
        """Run ``work`` there; it sees everything committed before. ``awaited``: others wait for its end.

        Raises ``StoreError`` once the store is closed: nobody would close what it opened.
        """
        if self._beside.closed:
            raise StoreError(f"{self._beside.path}: the app has ended and its store is closed; nothing was done.")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                1, thread_name_prefix="capsule-writer" if self._writes else "capsule-reader"
            )
        future: Future[T] = Future()
        if awaited:
            self._latest = future
        self._pool.submit(self._complete, future, work)
        return future

    def stop(self, future: Future[Any]) -> None:
        """Give up work that nobody waits for any more; does nothing to work that is done."""
        if future.cancel() or future.done():
            return
        with self._changing:
            if self._current is future and self._database:
                # Rows that are being fetched end at once, a statement that has not begun yet at its first pause.
                self._stopped = future
                self._database.connection.interrupt()

    def close(self) -> None:
        """Wait for the work in progress and close the connection."""
        if self._pool:
            self._pool.shutdown()
        if self._database:
            self._database.close()

    def _complete(self, future: Future[T], work: Callable[[Documents], T]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        with self._changing:
            self._current = future
        try:
            result = self._run(work)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        finally:
            with self._changing:
                self._current = None

    def _run(self, work: Callable[[Documents], T]) -> T:
        if self._documents is None:
            # By that name there may be another file by now, or none, which opening it would make.
            self._beside.check()
            self._database = Database(self._beside.place, durable=self._durable)
            self._database.note_store()
            if not self._writes:
                self._database.connection.execute("PRAGMA query_only=ON")
            self._database.stop_when(self._is_stopped)
            self._documents = Documents(self._database)
        with uncollected():
            return work(self._documents)

    def _is_stopped(self) -> bool:
        return self._stopped is not None and self._stopped is self._current


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cyclic garbage meanwhile, nor for what is new afterwards.

    One search among so many documents stops every thread for a tenth of a second. Freezing and
    thawing them makes them old at once, unless the app has frozen objects of its own.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:
            gc.freeze()
            gc.unfreeze()
        gc.enable()
