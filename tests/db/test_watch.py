"""``capsule db watch``: changes of other processes as they happen."""

import json
import signal

import pytest

from tests.conftest import PATIENCE, finish
from tests.db.conftest import Shop


@pytest.mark.parametrize("as_json", [True, False])
def test_it_shows_added_changed_and_removed(shop: Shop, as_json: bool) -> None:
    watching = shop.start("db", "watch", "orders", *(["--json"] if as_json else []))
    assert watching.stdout
    assert watching.stderr
    assert watching.stderr.readline() == b"watching orders, 6 documents now; Ctrl-C ends\n"
    shop.db("insert", "orders", '{"_id": "x", "total": 1}')
    added = watching.stdout.readline().decode()
    shop.db("update", "orders", "_id=x", "total=2", "--yes")
    changed = watching.stdout.readline().decode()
    shop.db("delete", "orders", "_id=x", "--yes")
    removed = watching.stdout.readline().decode()
    watching.send_signal(signal.SIGINT)
    assert watching.communicate(timeout=PATIENCE) == (b"", b"")
    assert watching.returncode == 130
    if as_json:
        assert [json.loads(line)["change"] for line in (added, changed, removed)] == ["added", "changed", "removed"]
        assert json.loads(changed) == {
            "change": "changed",
            "collection": "orders",
            "_id": "x",
            "before": {"total": 1},
            "document": {"total": 2},
        }
    else:
        assert [added, changed, removed] == ['+ x {"total":1}\n', "~ x total: 1 -> 2\n", '- x {"total":2}\n']


def test_it_watches_one_person(shop: Shop) -> None:
    watching = shop.start("db", "watch", "notes", "--as", "ann", "--json")
    assert watching.stdout
    assert watching.stderr
    assert b"1 document now" in watching.stderr.readline()
    shop.chat("--as", "bob", stdin="his\n")
    shop.chat("--as", "ann", stdin="hers\n")
    assert json.loads(watching.stdout.readline())["document"] == {"text": "hers"}
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=PATIENCE)


def test_it_ends_when_nobody_reads(shop: Shop) -> None:
    watching = shop.start("db", "watch", "orders")
    assert watching.stdout
    assert watching.stderr
    watching.stderr.readline()
    watching.stdout.close()
    assert watching.wait(PATIENCE) == 0
    watching.stderr.close()
    assert watching.stdin
    watching.stdin.close()


def test_it_ends_when_the_store_is_gone(shop: Shop) -> None:
    watching = shop.start("db", "watch", "orders")
    assert watching.stderr
    watching.stderr.readline()
    (shop.path / ".capsule").rename(shop.path / "gone")
    run = finish(watching)
    assert (run.stdout, run.code) == (b"", 1)
    assert "probe.db: it was deleted or moved away while it was open" in run.stderr


@pytest.mark.parametrize("how", ["emptied", "earlier", "log deleted"])
def test_it_ends_when_another_file_is_copied_over_the_store(shop: Shop, how: str) -> None:
    store = shop.path / ".capsule" / "probe.db"
    earlier = store.read_bytes()
    shop.chat(stdin="more\n")
    watching = shop.start("db", "watch", "orders")
    assert watching.stderr
    watching.stderr.readline()
    if how == "log deleted":
        store.with_name("probe.db-wal").unlink()
    else:
        store.write_bytes(earlier if how == "earlier" else b"")
    left = store.read_bytes()
    run = finish(watching)
    assert (run.stdout, run.code) == (b"", 1)
    told = "somebody deleted or moved probe.db-wal" if how == "log deleted" else "another file was copied over it"
    assert f"probe.db: {told}" in run.stderr
    assert store.read_bytes() == left
