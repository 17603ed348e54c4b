"""``export`` and ``import``: nothing lost, nothing half done."""

import json
import resource
from pathlib import Path

import pytest

from cpsl.testing import Simulator
from tests.db.conftest import Shop


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _export(shop: Shop, name: str = "out") -> Path:
    done = shop.db("export", name)
    assert (done.code, done.stdout) == (0, b""), done
    return shop.path / name


def test_export_reset_import_export_is_the_same(shop: Shop) -> None:
    shop.db("delete", "orders", "total=5", "--yes")
    first = _export(shop)
    assert shop.db("reset", "--yes").code == 0
    assert shop.db("import", "out").code == 0
    assert _files(_export(shop, "second")) == _files(first)
    assert [row["text"] for row in shop.rows("history")] == ["bread", "ok bread"]
    assert shop.rows("state") == [{"last": "bread"}]


def test_it_fills_a_project_without_a_store(shop: Shop) -> None:
    first = _files(_export(shop))
    for file in shop.store.parent.iterdir():
        file.unlink()
    assert shop.db("import", "out").code == 0
    assert _files(_export(shop, "second")) == first


def test_an_export_replaces_only_an_export(shop: Shop) -> None:
    folder = _export(shop)
    shop.db("insert", "orders", '{"total": 1}')
    before = _files(folder)
    _export(shop)
    assert _files(folder) != before
    (shop.path / "src").mkdir()
    (shop.path / "src" / "work.py").touch()
    assert "there are other files in it" in shop.fails("export", "src")
    assert "this is no folder" in shop.fails("export", "app.py")
    assert sorted(path.name for path in shop.path.iterdir()) == [".capsule", "app.py", "out", "pyproject.toml", "src"]


def test_a_failing_export_leaves_the_old_one(shop: Shop) -> None:
    before = _files(_export(shop))
    shop.db("insert", "orders", "-", stdin=json.dumps({"name": "x" * 300_000}))
    failed = shop.fails("export", "out", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000,) * 2))
    assert "the export failed (File too large); nothing was replaced." in failed
    assert _files(shop.path / "out") == before
    assert not [path for path in shop.path.iterdir() if path.name.startswith(".out")]


def test_import_over_something_says_what_and_needs_yes(shop: Shop) -> None:
    _export(shop)
    shop.db("insert", "orders", '{"total": 1}')
    assert "replace 11 documents in 3 collections" in shop.fails("import", "out", code=2)
    assert shop.db("import", "out", "--yes", "--dry-run").code == 0
    assert shop.db("count", "orders").stdout == b"7\n"
    assert shop.db("import", "out", "--yes").code == 0
    assert shop.db("count", "orders").stdout == b"6\n"


@pytest.mark.parametrize(
    ("file", "line", "text", "sentence"),
    [
        ("orders.jsonl", 2, "{", "out/orders.jsonl:2: Expecting property name"),
        ("orders.jsonl", 3, '{"total": 1}', "out/orders.jsonl:3: the document has no _id."),
        ("orders.jsonl", 3, '{"_id": 7}', "out/orders.jsonl:3: _id holds text, not 7."),
        ("_capsule_turns.jsonl", 4, "[]", "out/_capsule_turns.jsonl:4: an object is expected."),
        ("_capsule_turns.jsonl", 4, '{"id": "x"}', "out/_capsule_turns.jsonl:4: 'id' is not a whole number."),
        ("_capsule_sessions.jsonl", 1, "{}", "out/_capsule_sessions.jsonl:1: 'id' is missing."),
    ],
)
def test_a_wrong_line_is_named_and_changes_nothing(shop: Shop, file: str, line: int, text: str, sentence: str) -> None:
    folder = _export(shop)
    before = _files(folder)
    lines = before[file].decode().splitlines()
    lines[line - 1] = text
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert sentence in shop.fails("import", "out", "--yes")
    assert _files(_export(shop, "second")) == before


def test_a_document_twice_is_named_and_changes_nothing(shop: Shop) -> None:
    folder = _export(shop)
    before = _files(folder)
    lines = before["orders.jsonl"].decode().splitlines()
    (folder / "orders.jsonl").write_text("\n".join([*lines[:5], lines[0]]) + "\n", encoding="utf-8")
    done = shop.db("import", "out", "--yes")
    assert (done.code, "out/orders.jsonl:6: it is there twice" in done.stderr) == (1, True)
    assert _files(_export(shop, "second")) == before


def test_a_truncated_or_newer_export_is_refused(shop: Shop) -> None:
    folder = _export(shop)
    lines = (folder / "orders.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "orders.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    assert "out/orders.jsonl: 5 lines, but the manifest says 6." in shop.fails("import", "out", "--yes")
    manifest = folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"version": 1', '"version": 2'), encoding="utf-8")
    assert "written by a newer capsule (version 2, this one reads 1)" in shop.fails("import", "out", "--yes")
    manifest.write_text(text.replace('"orders.jsonl"', '"../app.py"'), encoding="utf-8")
    assert "is not in the folder" in shop.fails("import", "out", "--yes")
    assert "cannot be read" in shop.fails("import", "nope", "--yes")


def test_names_longer_than_file_names_are_exported_too(shop: Shop) -> None:
    names = ["日" * 90, "日" * 89 + "月"]

    async def fill(sim: Simulator) -> None:
        for name in names:
            await (await sim.app.collections.get(name, scope="app")).insert_one({"n": name[-1]})

    shop.run(fill)
    first = _export(shop)
    assert shop.db("reset", "--yes").code == 0
    assert shop.db("import", "out").code == 0
    assert [shop.rows(name)[0]["n"] for name in names] == ["日", "月"]
    assert _files(_export(shop, "second")) == _files(first)
