"""How long the write-ahead log of a store gets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from cpsl.store.openfile import LOG_BYTES_KEPT
from cpsl.store.store import Store
from tests.store.conftest import key, turn

TEXT = "long" * 25_000


def written(path: Path, session: str, turns: int) -> None:
    with closing(Store(path)) as store:
        for _ in range(turns):
            turn(store.conversations, key(session, session), TEXT)


def test_the_log_of_a_store_that_several_write_all_the_time_begins_again(path: Path) -> None:
    with closing(Store(path)), ThreadPoolExecutor() as threads:
        for done in [threads.submit(written, path, session, 150) for session in ("s1", "s2")]:
            done.result()
        # Nothing makes the file shorter before the last one closes it.
        assert Path(f"{path}-wal").stat().st_size < 2 * LOG_BYTES_KEPT


def test_a_store_that_one_writes_folds_its_log_without_anybody_waiting(path: Path) -> None:
    with closing(Store(path)):
        written(path, "s1", 150)
        assert Path(f"{path}-wal").stat().st_size < LOG_BYTES_KEPT
