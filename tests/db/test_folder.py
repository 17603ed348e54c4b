"""What an export may replace, and what it never touches; what an import reads at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cpsl.filelock import locks
from cpsl.store.declarations import Declaration
from cpsl_cli.db import manifest
from cpsl_cli.db.db_errors import QueryError
from cpsl_cli.db.folder import create, recover, replaced_folder
from cpsl_cli.db.manifest import ExportedCollection, Manifest
from tests.db.conftest import Shop

EXTENSION = json.dumps({"manifest_version": 3, "name": "tabs", "version": "1.0"})
PWA = json.dumps({"name": "Shop", "start_url": "/", "icons": []})
GOOD = Manifest(
    "probe", (ExportedCollection(Declaration("orders"), "orders.jsonl", 0, [], None),), {"_capsule_kv": 0}
).text()


def export_to(target: Path, text: str = GOOD, *keep: Path) -> None:
    with replaced_folder(target, keep) as aside:
        for name, content in {"orders.jsonl": "", "_capsule_kv.jsonl": "", "manifest.json": text}.items():
            os.write(descriptor := create(aside / name), content.encode())
            os.close(descriptor)


def tree(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }


def _files(**contents: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        for name, content in contents.items():
            file = folder / name.replace("__", "/").replace("_dot_", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")

    return make


def _link(folder: Path) -> None:
    (folder.parent / "elsewhere.json").write_text(GOOD, encoding="utf-8")
    (folder / "manifest.json").symlink_to(folder.parent / "elsewhere.json")


def _linked_data(folder: Path) -> None:
    (folder / "manifest.json").write_text(GOOD, encoding="utf-8")
    (folder.parent / "precious").write_text("1", encoding="utf-8")
    (folder / "orders.jsonl").symlink_to(folder.parent / "precious")


def _folder_for_data(folder: Path) -> None:
    _files(manifest_dot_json=GOOD, orders_dot_jsonl__inner_dot_txt="x")(folder)


def _not_utf8(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"\xff\xfe")


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "manifest.json")


def _changed(**fields: object) -> str:
    return json.dumps({**json.loads(GOOD), **fields})


FOREIGN: dict[str, Callable[[Path], None]] = {
    "a browser extension": _files(manifest_dot_json=EXTENSION, background_dot_js="x"),
    "an extension alone": _files(manifest_dot_json=EXTENSION),
    "a web app": _files(manifest_dot_json=PWA, app_dot_py="x", static__app_dot_css="x"),
    "an empty manifest": _files(manifest_dot_json=""),
    "a list": _files(manifest_dot_json="[]"),
    "a text": _files(manifest_dot_json='"capsule-export"'),
    "no JSON": _files(manifest_dot_json="{"),
    "not UTF-8": _not_utf8,
    "only a format": _files(manifest_dot_json='{"format": "capsule-export"}'),
    "another format": _files(manifest_dot_json=_changed(format="docker")),
    "a newer version": _files(manifest_dot_json=_changed(version=9)),
    "a version that is none": _files(manifest_dot_json=_changed(version="1")),
    "an unknown table": _files(manifest_dot_json=_changed(tables={"app": 1}), app_dot_jsonl="x"),
    "under git": _files(manifest_dot_json=GOOD, _dot_git__HEAD="ref"),
    "with a readme": _files(manifest_dot_json=GOOD, orders_dot_jsonl="", README_dot_md="x"),
    "with a folder": _files(manifest_dot_json=GOOD, src__app_dot_py="x"),
    "with another's data": _files(manifest_dot_json=GOOD, customers_dot_jsonl="x"),
    "no manifest": _files(app_dot_py="x"),
    "a hidden file": _files(_dot_env="KEY=1"),
    "a linked manifest": _link,
    "linked data": _linked_data,
    "a folder for data": _folder_for_data,
    "a pipe": _fifo,
    "a manifest that is a folder": _files(manifest_dot_json__x="x"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_folder_is_refused_and_stays(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    FOREIGN[kind](folder)
    before = sorted(path.name for path in folder.rglob("*")) if kind == "a pipe" else tree(tmp_path)
    with pytest.raises(QueryError):
        export_to(folder)
    assert (sorted(path.name for path in folder.rglob("*")) if kind == "a pipe" else tree(tmp_path)) == before


def test_a_folder_that_holds_what_is_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    export_to(folder)
    (tmp_path / "link").symlink_to(tmp_path)
    for target, inside in ((folder, folder), (folder, tmp_path / "link" / "folder" / "x.db"), (tmp_path, folder)):
        with pytest.raises(QueryError, match="lies in it"):
            export_to(target, GOOD, inside)
    monkeypatch.chdir(folder)
    with pytest.raises(QueryError, match="lies in it"):
        export_to(folder)
    assert sorted(tree(folder)) == ["_capsule_kv.jsonl", "manifest.json", "orders.jsonl"]


def test_an_export_is_for_its_owner_only(tmp_path: Path) -> None:
    export_to(tmp_path / "out")
    export_to(tmp_path / "out")
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out", *(tmp_path / "out").iterdir())} == {
        "out": 0o700,
        "manifest.json": 0o600,
        "orders.jsonl": 0o600,
        "_capsule_kv.jsonl": 0o600,
    }


def _writing(folder: Path) -> None:
    _files(_dot_unfinished="", orders_dot_jsonl="")(folder)


def _written(folder: Path) -> None:
    _files(manifest_dot_json=GOOD, orders_dot_jsonl="", _capsule_kv_dot_jsonl="")(folder)


LEFT_OVER = {
    "begun": lambda folder: folder.mkdir(),
    "before its first row": _files(_dot_unfinished=""),
    "while it is written": _writing,
    "with its manifest": _files(_dot_unfinished="", orders_dot_jsonl="", manifest_dot_json="{"),
    "before it takes its place": _written,
    "half removed": _files(manifest_dot_json=GOOD, _capsule_kv_dot_jsonl=""),
    "almost removed": _files(manifest_dot_json=GOOD),
}


@pytest.mark.parametrize("mark", ["new", "old"])
@pytest.mark.parametrize("left", LEFT_OVER.values(), ids=LEFT_OVER)
def test_what_a_killed_export_left_is_removed(tmp_path: Path, left: Callable[[Path], None], mark: str) -> None:
    _written(tmp_path / "out")
    left(tmp_path / f".out.{mark}-ab12_xyz")
    export_to(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_what_an_export_at_work_holds_is_not_removed(tmp_path: Path) -> None:
    _writing(tmp_path / ".out.new-ab12_xyz")
    held = os.open(tmp_path / ".out.new-ab12_xyz", os.O_RDONLY)
    assert locks(held)
    export_to(tmp_path / "out")
    assert sorted(tree(tmp_path / ".out.new-ab12_xyz")) == [".unfinished", "orders.jsonl"]
    os.close(held)


def _made_and(fill: Callable[[Path], None]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        folder.mkdir()
        fill(folder)

    return make


SIMILAR = {
    "named by a person": ("january", _written),
    "data alone": ("ab12_xyz", _files(orders_dot_jsonl="1\n")),
    "a web app": ("ab12_xyz", _files(manifest_dot_json=PWA, index_dot_html="")),
    "a web app's manifest": ("ab12_xyz", _files(manifest_dot_json=PWA)),
    "another file beside an export": ("ab12_xyz", _files(manifest_dot_json=GOOD, more_dot_jsonl="1\n")),
    "another file beside one at work": ("ab12_xyz", _files(_dot_unfinished="", work_dot_py="")),
    "a folder beside one at work": ("ab12_xyz", _files(_dot_unfinished="", more_dot_jsonl__x="")),
    "a linked manifest": ("ab12_xyz", _made_and(_link)),
    "a link to data": ("ab12_xyz", _made_and(_linked_data)),
}


@pytest.mark.parametrize("mark", ["new", "old"])
@pytest.mark.parametrize(("name", "make"), SIMILAR.values(), ids=SIMILAR)
def test_a_foreign_folder_with_a_similar_name_is_left_alone(
    tmp_path: Path, name: str, make: Callable[[Path], object], mark: str
) -> None:
    make(tmp_path / f".out.{mark}-{name}")
    before = tree(tmp_path)
    recover(tmp_path / "out")
    assert tree(tmp_path) == before
    export_to(tmp_path / "out")
    export_to(tmp_path / "out")
    after = tree(tmp_path)
    assert {path: after.pop(path) for path in list(after) if path in before} == before
    assert sorted(after) == ["out", "out/_capsule_kv.jsonl", "out/manifest.json", "out/orders.jsonl"]


def test_a_file_that_came_while_exporting_is_kept_by_the_next_export_too(tmp_path: Path) -> None:
    export_to(tmp_path / "out")
    with replaced_folder(tmp_path / "out") as aside:
        (aside / "manifest.json").write_text(GOOD, encoding="utf-8")
        (tmp_path / "out" / "mine.jsonl").write_text("1\n", encoding="utf-8")
    export_to(tmp_path / "out")
    (kept,) = tmp_path.glob(".out.old-*")
    assert tree(kept) == {"mine.jsonl": b"1\n"}


def test_an_export_moved_away_by_a_killed_one_is_put_back(tmp_path: Path) -> None:
    export_to(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.old-ab12_xyz")
    with pytest.raises(ValueError, match="no space"), replaced_folder(tmp_path / "out"):
        raise ValueError("no space")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert manifest.read_manifest(tmp_path / "out").database == "probe"


def test_an_export_that_is_partly_removed_is_not_put_back(tmp_path: Path) -> None:
    _files(manifest_dot_json=GOOD, orders_dot_jsonl="")(tmp_path / ".out.old-ab12_xyz")
    recover(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_exports_to_one_folder_do_not_mix(tmp_path: Path) -> None:
    export_to(tmp_path / "out")
    with pytest.raises(QueryError, match="another export"), replaced_folder(tmp_path / "out") as aside:
        (aside / "manifest.json").write_text(GOOD, encoding="utf-8")
        other = os.open(tmp_path / "out", os.O_RDONLY)
        assert locks(other)
    os.close(other)
    assert sorted(tree(tmp_path / "out")) == ["_capsule_kv.jsonl", "manifest.json", "orders.jsonl"]


DECLARED = {"name": "orders", "columns": ["total"], "indexed": True, "scope_column": None}


@pytest.mark.parametrize(
    "declaration",
    [
        None,
        5,
        [],
        "orders",
        {},
        {**DECLARED, "more": 1},
        {key: DECLARED[key] for key in ("name", "columns")},
        {**DECLARED, "name": ""},
        {**DECLARED, "name": 5},
        {**DECLARED, "name": "a\0b"},
        {**DECLARED, "name": "a\ud800"},
        {**DECLARED, "name": "_capsule_turns"},
        {**DECLARED, "name": "SQLITE_master"},
        {**DECLARED, "columns": "total"},
        {**DECLARED, "columns": {"total": 1}},
        {**DECLARED, "columns": [1]},
        {**DECLARED, "columns": ["\ud800"]},
        {**DECLARED, "indexed": "yes"},
        {**DECLARED, "indexed": 1},
        {**DECLARED, "scope_column": "_id"},
        {**DECLARED, "scope_column": "x) --"},
        {**DECLARED, "scope_column": ["_user_id"]},
    ],
)
def test_a_bad_declaration_is_refused(tmp_path: Path, declaration: object) -> None:
    name = declaration["name"] if isinstance(declaration, dict) and "name" in declaration else "orders"
    part = {"name": name, "file": "orders.jsonl", "documents": 0, "declaration": declaration, "written_at": None}
    (tmp_path / "manifest.json").write_text(_changed(collections=[part]), encoding="utf-8")
    with pytest.raises(QueryError, match="this is no manifest of an export"):
        manifest.read_manifest(tmp_path)


@pytest.mark.parametrize(
    "fields",
    [
        {"file": 5},
        {"file": None},
        {"file": "../orders.jsonl"},
        {"file": "app.py"},
        {"file": "manifest.json"},
        {"file": "_capsule_kv.jsonl"},
        {"name": "other"},
        {"documents": -1},
        {"documents": "0"},
        {"documents": True},
        {"documents": 2**63},
        {"rows": 5},
        {"rows": [5]},
        {"rows": [[1, -1], [2, 1]]},
        {"rows": [["1", 0]]},
        {"rows": [[1, 1, 1]]},
        {"written_at": 5},
        {"written_at": "yesterday"},
    ],
)
def test_a_bad_part_is_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    part = {"name": "orders", "file": "orders.jsonl", "documents": 0, "declaration": DECLARED, **fields}
    (tmp_path / "manifest.json").write_text(_changed(collections=[part]), encoding="utf-8")
    with pytest.raises(QueryError, match="this is no manifest of an export"):
        manifest.read_manifest(tmp_path)


def test_two_collections_of_one_name_are_refused(tmp_path: Path) -> None:
    parts = [
        {"name": name, "file": f"{number}.jsonl", "documents": 0, "declaration": {**DECLARED, "name": name}}
        for number, name in enumerate(("Leads", "leads"))
    ]
    (tmp_path / "manifest.json").write_text(_changed(collections=parts), encoding="utf-8")
    with pytest.raises(QueryError, match="two of the collection 'leads'"):
        manifest.read_manifest(tmp_path)


@pytest.mark.parametrize("file", ["manifest.json", "orders.jsonl", "_capsule_turns.jsonl"])
@pytest.mark.parametrize("kind", ["fifo", "device", "link", "folder"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, file: str, kind: str) -> None:
    path = tmp_path / file
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "link": __file__}[kind])
    with pytest.raises(OSError):
        manifest.open_export_file(path)
    with pytest.raises(OSError, match="regular"):
        manifest.open_export_file(Path("/dev/zero"))


def test_the_command_refuses_a_web_app_and_a_pipe(shop: Shop) -> None:
    shop.write("manifest.json", PWA)
    before = shop.contents()
    assert "lies in it" in shop.fails("export", ".")
    shop.write("pwa/manifest.json", PWA)
    assert "no manifest of an export" in shop.fails("export", "pwa")
    os.mkfifo(shop.path / "pwa" / "orders.jsonl")
    (shop.path / "pwa" / "manifest.json").write_text(GOOD, encoding="utf-8")
    assert "pwa/orders.jsonl: cannot be read (it is no regular file)." in shop.fails("import", "pwa", "--yes")
    assert {name: content for name, content in shop.contents().items() if name in before} == before


def test_a_row_that_no_chat_has_written_is_refused(shop: Shop) -> None:
    shop.db("export", "out")
    before = shop.store.read_bytes()
    rows: dict[str, dict[str, Any]] = {
        "_capsule_sessions.jsonl": {"data": 5, "created_at": "soon"},
        "_capsule_turns.jsonl": {"status": "gone", "replies": [5], "attachments": {}, "started_at": "x"},
        "_capsule_journal.jsonl": {"kind": "files", "before": 5},
    }
    for file, fields in rows.items():
        text = (shop.path / "out" / file).read_text(encoding="utf-8")
        first, *rest = text.splitlines()
        for name, value in fields.items():
            changed = json.dumps({**json.loads(first), name: value})
            (shop.path / "out" / file).write_text("\n".join([changed, *rest]) + "\n", encoding="utf-8")
            assert f"out/{file}:1: '{name}' is" in shop.fails("import", "out", "--yes")
        (shop.path / "out" / file).write_text(text, encoding="utf-8")
    assert shop.store.read_bytes() == before
