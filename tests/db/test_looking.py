"""``capsule db`` and ``capsule db NAME``: what is there, whole and in every format."""

import csv
import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cpsl.store.store import Store
from cpsl.store.values import ValueOwner
from cpsl.testing import Simulator
from tests.conftest import PATIENCE, capsule_command
from tests.db.conftest import ORDERS, Shop
from tests.terminal.screen import TerminalProgram


def test_without_a_store_it_is_one_sentence_and_makes_nothing(empty: Shop) -> None:
    before = empty.contents()
    for arguments in ([], ["path"], ["find", "orders"], ["shell"], ["export", "out"]):
        assert "nothing is stored here yet" in empty.fails(*arguments)
    assert empty.contents() == before


def test_the_list_counts_weighs_and_dates_the_collections(shop: Shop) -> None:
    listed = {row["collection"]: row for row in shop.rows()}
    assert {name: (row["documents"], row["scope"]) for name, row in listed.items()} == {
        "leads": (2, "owner"),
        "notes": (2, "user"),
        "orders": (6, "app"),
    }
    assert listed["notes"]["bytes"] == len('{"text":"milk"}{"text":"bread"}')
    assert listed["orders"]["last_write"].startswith("20")


def test_the_last_write_knows_of_updates_in_turns_and_outside(shop: Shop) -> None:
    before = shop.rows()
    assert shop.db("update", "orders", "total=5", "total=6", "--yes").code == 0
    after = shop.rows()
    assert [new["last_write"] > old["last_write"] for old, new in zip(before, after, strict=True)] == [
        False,
        False,
        True,
    ]


def test_a_name_shows_what_the_app_finds(shop: Shop) -> None:
    async def found(sim: Simulator) -> Any:
        return await sim.app.registry.collections["orders"].find()

    assert shop.rows("orders") == shop.rows("show", "orders") == shop.run(found)


@pytest.mark.parametrize("lang", ["C", "C.UTF-8"])
def test_in_a_pipe_nothing_is_cut(shop: Shop, lang: str) -> None:
    long = "ä" * 300
    shop.db("insert", "orders", json.dumps({"name": long}))
    for format_ in ("table", "json", "jsonl", "csv", "tsv", "md"):
        assert long in shop.db("orders", "--format", format_, env={"LANG": lang}).stdout.decode()


def test_json_is_one_array(shop: Shop) -> None:
    assert json.loads(shop.db("orders", "--format", "json").stdout) == shop.rows("orders")
    assert json.loads(shop.db("find", "orders", "total>99", "--format", "json").stdout) == []


@pytest.mark.parametrize(("format_", "dialect"), [("csv", "excel"), ("tsv", "excel-tab")])
def test_separated_values_have_every_column_and_are_read_back(shop: Shop, format_: str, dialect: str) -> None:
    text = shop.db("orders", "--format", format_).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(text), dialect=dialect))
    assert [row["name"] for row in rows] == [order.get("name") or "" for order in ORDERS]
    assert json.loads(rows[0]["items"]) == ORDERS[0]["items"]


def test_markdown_keeps_a_row_on_a_line(shop: Shop) -> None:
    lines = shop.db("find", "orders", "total=many", "--format", "md", "--fields", "total,name").stdout.decode()
    assert lines == "| total | name |\n| --- | --- |\n| many | c\\|d<br>e |\n"


def test_a_table_in_a_pipe_is_aligned_and_has_no_colour(shop: Shop) -> None:
    done = shop.db("find", "orders", "status=open", "--fields", "total,name", "--format", "table")
    lines = ["total  name", "─────  ───────", "   12  acme co", "   30  berta", " 12.5"]
    assert done.stdout.decode().splitlines()[:5] == lines


def test_head_ends_it_quietly(shop: Shop) -> None:
    documents = json.dumps([{"name": "x" * 100}] * 3000)
    shop.db("insert", "orders", "-", stdin="\n".join(json.dumps(each) for each in json.loads(documents)))
    line = f"set -o pipefail; {capsule_command()} db orders | head -1"
    done = subprocess.run(
        ["bash", "-c", line], cwd=shop.path, env=shop.environment(), capture_output=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 1)


def test_memory_stays_flat_however_many_there_are(shop: Shop) -> None:
    store = Store(shop.store)
    declared = store.declarations.stored("orders")
    assert declared
    store.documents.insert(declared, [{"_id": f"{n:024x}", "name": "x" * 2000} for n in range(10_000)], None)
    store.close()
    few = _peak(shop, "db", "orders", "--limit", "1")
    for format_ in ("jsonl", "csv", "table"):
        assert _peak(shop, "db", "orders", "--format", format_) - few < 10_000


def _peak(shop: Shop, *arguments: str) -> int:
    """The most memory a command held, in kilobytes."""
    process = shop.start(*arguments, stdout=subprocess.DEVNULL, real=True)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.communicate()
    assert process.returncode == 0
    return usage.ru_maxrss


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_device_is_no_success(shop: Shop) -> None:
    with open("/dev/full", "wb") as full:
        done = shop.db("orders", stdout=full)
    assert (done.code, done.stderr) == (1, "capsule: stdout: No space left on device.\n")


def test_an_unknown_collection_is_told_with_the_nearest(shop: Shop) -> None:
    assert shop.fails("ordrs") == "capsule: there is no collection 'ordrs'. Did you mean orders?\n"
    assert "There are: leads, notes, orders." in shop.fails("show", "xyzzy")
    assert "Did you mean capsule db export?" in shop.fails("exprt")


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete", "drap", "total=1", "--yes"),
        ("find", "status=open"),
        ("insert", "stat", "{}"),
        ("count", "lists"),
        ("schema", "finds"),
        ("rename", "fin", "x"),
        ("drop", "list_", "--yes"),
        ("update", "statx", "a=1", "a=2", "--yes"),
        ("watch", "stat"),
    ],
)
def test_a_command_is_proposed_only_in_the_place_of_one(shop: Shop, arguments: tuple[str, ...]) -> None:
    told = shop.fails(*arguments)
    assert told == f"capsule: there is no collection '{arguments[1]}'. There are: leads, notes, orders.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fnd", "orders", "x=1"], "There is no command 'db fnd'. Did you mean 'db find'?"),
        (["orders", "status=open"], "There is no command 'db orders'. To filter a collection: capsule db find orders"),
        (["find", "orders", "--formt", "csv"], "No such option: --formt"),
        (["orders", "--format", "xml"], "--format is one of table, json, jsonl, csv, tsv, md, not 'xml'."),
        (["orders", "--color", "blue"], "--color is always, never or auto."),
        (["find"], "Missing argument 'NAME'."),
    ],
)
def test_a_slip_is_a_usage_error(shop: Shop, arguments: list[str], sentence: str) -> None:
    assert sentence in shop.fails(*arguments, code=2)


def test_several_databases_are_listed_and_one_is_named(shop: Shop) -> None:
    (shop.store.parent / "other-app.db").write_bytes(shop.store.read_bytes())
    assert "add --app NAME, one of: other-app, probe." in shop.fails(code=2)
    assert len(shop.rows("--app", "Other App", "orders")) == len(ORDERS)
    assert "Did you mean probe?" in shop.fails("--app", "prob", "orders")
    for file in ("app.py", "src/app.py:app"):
        assert f"--app takes the name of an app, not its file '{file}'." in shop.fails("--app", file, "orders")


def test_a_damaged_file_is_one_sentence(shop: Shop) -> None:
    shop.store.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    assert "this is not a readable database" in shop.fails("orders")


def test_schema_tells_fields_types_and_presence(shop: Shop) -> None:
    fields = {row["field"]: row for row in shop.rows("schema", "orders")}
    assert fields["total"] == {
        "collection": "orders",
        "field": "total",
        "types": "integer, real, text",
        "present": 5,
        "of": 6,
        "column": "indexed",
    }
    assert (fields["address.city"]["present"], fields["items"]["types"]) == (1, "array")
    assert {row["collection"] for row in shop.rows("schema")} == {"leads", "notes", "orders"}


def test_control_characters_reach_a_terminal_as_text(shop: Shop) -> None:
    shop.db("insert", "orders", json.dumps({"status": "evil", "name": "a\x1b[2Jb\x1b]0;title\x07"}))
    for format_ in ("table", "jsonl", "csv", "md"):
        program = TerminalProgram(["db", "find", "orders", "status=evil", "--format", format_], shop.path)
        assert program.wait() == 0
        program.close()
        assert "\x1b[2J" not in program.raw
        assert program.screen.title == ""
    assert "\x1b" in shop.rows("find", "orders", "status=evil")[0]["name"]


def test_on_a_terminal_it_is_a_table_that_fits(shop: Shop) -> None:
    shop.db("insert", "orders", json.dumps({"name": "long " * 60}))
    program = TerminalProgram(["db", "show", "orders", "--fields", "total,status,name"], shop.path, columns=60)
    assert program.wait() == 0
    lines = program.lines()
    program.close()
    assert lines[0].split() == ["total", "status", "name"]
    assert lines[2].split() == ["12", "open", "acme", "co"]
    assert lines[-1].endswith("…")
    assert len(lines) == 2 + len(ORDERS) + 1
    assert "\x1b[1m" in program.raw


def test_an_empty_collection_says_so_on_a_terminal_only(shop: Shop) -> None:
    assert shop.db("find", "orders", "total>99").stdout == b""
    program = TerminalProgram(["db", "find", "orders", "total>99"], shop.path)
    assert program.wait() == 0
    program.close()
    assert program.lines() == ["no rows"]


def test_no_color_means_none(shop: Shop) -> None:
    program = TerminalProgram(["db"], shop.path, env={"NO_COLOR": "1"})
    assert program.wait() == 0
    program.close()
    assert "orders" in "\n".join(program.lines())
    assert "\x1b[" not in program.raw


def test_colour_may_be_a_setting(shop: Shop) -> None:
    always, never = {"CAPSULE_COLOR": "always"}, {"CAPSULE_COLOR": "never"}
    assert b"\x1b[" in shop.capsule("db", "--format", "table", env=always).stdout
    assert b"\x1b[" not in shop.capsule("db", "--format", "table", env=never).stdout


def test_sessions_history_and_state(shop: Shop) -> None:
    sessions = shop.rows("sessions")
    assert [(row["user"], row["name"], row["turns"]) for row in sessions] == [("bob", "main", 1), ("ann", "main", 7)]
    assert [row["text"] for row in shop.rows("history")] == ["bread", "ok bread"]
    assert [row["sender"] for row in shop.rows("history", sessions[1]["id"])][:2] == ["user", "app"]
    assert shop.rows("state") == [{"last": "bread"}]
    assert shop.rows("state", "main", "--as", "ann") == [{"last": "milk"}]
    assert "Did you mean main?" in shop.fails("history", "mian")
    assert "'eve' has no sessions" in shop.fails("state", "--as", "eve")


def test_a_session_name_of_two_people_is_the_latest_and_says_so(shop: Shop) -> None:
    done = shop.db("state", "main")
    assert json.loads(done.stdout) == {"last": "bread"}
    assert done.stderr == "2 people have a session 'main'; this is bob's (--as USER chooses).\n"


def test_settings_are_listed_with_their_owners(shop: Shop) -> None:
    store = Store(shop.store)
    store.settings.set(ValueOwner("user", "ann"), "tone", "rude", None)
    store.settings.set(ValueOwner("app", ""), "limit", 3, None)
    store.close()
    assert shop.rows("settings") == [
        {"scope": "app", "owner": "", "key": "limit", "value": 3},
        {"scope": "user", "owner": "ann", "key": "tone", "value": "rude"},
    ]
    assert len(shop.rows("settings", "--as", "bob")) == 1


def test_path_names_the_file(shop: Shop) -> None:
    assert Path(shop.db("path").stdout.decode().removesuffix("\n")) == shop.store
    nested = shop.path / "deep" / "er"
    nested.mkdir(parents=True)
    assert Path(shop.db("path", cwd=nested).stdout.decode().strip()) == shop.store
