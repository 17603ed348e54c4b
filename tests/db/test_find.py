"""``capsule db find``: exactly what ``app.collection(...).find(...)`` gives."""

import csv
import io
import json
from typing import Any

import pytest

from cpsl.testing import Simulator
from tests.db.conftest import Shop

FILTERS: list[tuple[str, dict[str, Any]]] = [
    ("{}", {}),
    ("total>10", {"total": {"$gt": 10}}),
    ("total>10 status=open", {"total": {"$gt": 10}, "status": "open"}),
    ("name~acme", {"name": {"$regex": "acme", "$options": "i"}}),
    ("name=null", {"name": None}),
    ("status!=open", {"status": {"$ne": "open"}}),
    ('name="acme co"', {"name": "acme co"}),
    ("items.sku=b", {"items.sku": "b"}),
]


def _found(shop: Shop, filter: dict[str, Any], **options: Any) -> Any:
    async def find(sim: Simulator) -> Any:
        return await sim.app.registry.collections["orders"].find(filter, **options)

    return shop.run(find)


def test_both_forms_give_what_the_app_gets(shop: Shop) -> None:
    for short, mongo in FILTERS:
        expected = _found(shop, mongo)
        assert shop.rows("find", "orders", short) == expected
        assert shop.rows("find", "orders", json.dumps(mongo)) == expected


def test_sort_limit_and_skip_are_the_apps(shop: Shop) -> None:
    options = ["--sort", "-total,name", "--limit", "3", "--skip", "1"]
    expected = _found(shop, {"status": "open"}, sort={"total": -1, "name": 1}, limit=3, skip=1)
    assert shop.rows("find", "orders", "status=open", *options) == expected
    assert shop.rows("find", "orders", "status=open", "--limit", "9" * 30) == _found(shop, {"status": "open"})


def test_id_means_the_alias(shop: Shop) -> None:
    first = shop.rows("find", "orders", "--limit", "1")[0]
    assert shop.rows("find", "orders", f"id={first['_id']}") == [first]


def test_words_of_the_command_line_are_one_filter(shop: Shop) -> None:
    assert shop.rows("find", "orders", "total>10", "name=acme co") == _found(
        shop, {"total": {"$gt": 10}, "name": "acme co"}
    )


def test_fields_are_picked_in_order_and_by_path(shop: Shop) -> None:
    rows = shop.rows("find", "orders", "total=30", "--fields", "address.city,total,nope")
    assert rows == [{"address.city": "Köln", "total": 30}]
    for nothing in (",", ""):
        assert "--fields needs the names of fields" in shop.fails("find", "orders", "--fields", nothing, code=2)


def test_as_is_what_that_person_sees(shop: Shop) -> None:
    assert [row["text"] for row in shop.rows("notes", "--as", "ann")] == ["milk"]
    assert [row["_team_id"] for row in shop.rows("leads", "--as", "ann")] == ["org:acme"]
    assert [row["_team_id"] for row in shop.rows("leads", "--as", "bob")] == ["bob"]
    assert shop.rows("notes", "--as", "eve") == []
    assert len(shop.rows("orders", "--as", "eve")) == 6
    assert [row["_user_id"] for row in shop.rows("notes")] == ["ann", "bob"]
    assert "not the active identity" in shop.fails("find", "notes", "_user_id=bob", "--as", "ann")


def test_the_organisation_is_the_configured_one(shop: Shop) -> None:
    shop.write(".capsule/config.toml", '[users.bob]\norg = "acme"\n')
    assert [row["_team_id"] for row in shop.rows("leads", "--as", "bob")] == ["org:acme"]


def test_an_organisation_that_the_person_acts_for_at_times(shop: Shop) -> None:
    shop.chat("--as", "ann", "--org", "umbrella", "--new", "-m", "tea")
    leads = ["find", "leads", "--fields", "lead,_team_id", "--as", "ann"]
    umbrella, acme = {"lead": "tea", "_team_id": "org:umbrella"}, {"lead": "milk", "_team_id": "org:acme"}
    assert shop.rows(*leads) == shop.rows(*leads, "--org", "umbrella") == [umbrella]
    assert shop.rows(*leads, "--org", "acme") == [acme]
    assert [row["text"] for row in shop.rows("notes", "--as", "ann", "--org", "acme")] == ["milk", "tea"]
    assert shop.rows("insert", "leads", "{}", "--as", "ann", "--org", "acme")[0]["_team_id"] == "org:acme"
    assert "delete 2 documents of leads" in shop.db("delete", "leads", "{}", *leads[4:], "--org", "acme", "-y").stderr
    assert shop.rows(*leads) == [umbrella]


def test_nobody_and_an_organisation_alone_are_no_person(shop: Shop) -> None:
    for command in (["find", "notes"], ["sessions"], ["schema"], ["insert", "notes", "{}"]):
        assert shop.fails(*command, "--as", "", code=2) == "capsule: --as needs the id of a person.\n"
    assert "--org needs --as USER" in shop.fails("leads", "--org", "acme", code=2)


def test_count_is_a_bare_number(shop: Shop) -> None:
    assert shop.db("count", "orders", "total>10").stdout == b"3\n"
    assert shop.rows("count", "notes", "--as", "ann", "--format", "jsonl") == [{"count": 1}]


@pytest.mark.parametrize(
    ("filter", "sentence"),
    [
        ('{"total": {"$gtt": 1}}', "unknown filter operator '$gtt' (did you mean '$gt'?); known: $all,"),
        ('{"total": ', "the filter is not JSON: "),
        ("total", "'total' is no filter term: write field=value"),
        ('{"name": {"$regex": "("}}', "is not a pattern"),
        ("[1]", "is no filter term"),
    ],
)
def test_a_wrong_filter_is_one_sentence(shop: Shop, filter: str, sentence: str) -> None:
    assert sentence in shop.fails("find", "orders", filter)
    assert sentence in shop.fails("count", "orders", filter)


def test_a_wrong_sort_is_one_sentence(shop: Shop) -> None:
    assert "names a field twice" in shop.fails("find", "orders", "--sort", "total,-total")


@pytest.mark.parametrize("number", ["1.5", '"3"', "-1", "three", ""])
def test_a_limit_that_is_no_number_is_one_sentence(shop: Shop, number: str) -> None:
    for option in ("--limit", "--skip"):
        said = shop.fails("find", "orders", f"{option}={number}", code=2)
        assert said == f"capsule: {option} needs a whole number of at least 0, not {number!r}; 0 is all.\n"


def test_digits_after_a_zero_are_text(shop: Shop) -> None:
    shop.db("insert", "orders", "-", stdin='{"zip": "0123"}\n{"zip": 123}\n{"zip": "123"}\n')
    found = [shop.rows("find", "orders", filter, "--fields", "zip") for filter in ("zip=0123", "zip=123", 'zip="123"')]
    assert found == [[{"zip": "0123"}], [{"zip": 123}], [{"zip": "123"}]]


def test_safe_csv_marks_what_a_spreadsheet_would_calculate(shop: Shop) -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "a=b", "'=1", ""]
    shop.db("insert", "orders", "-", stdin="".join(json.dumps({"=f": text, "n": -1}) + "\n" for text in texts))
    rows = {}
    for option in ([], ["--safe-csv"]):
        text = shop.db("find", "orders", "n=-1", "--fields", "=f,n", "--format", "csv", *option).stdout.decode()
        rows[bool(option)] = list(csv.reader(io.StringIO(text)))
    assert rows[False] == [["=f", "n"], *([text, "-1"] for text in texts)]
    safe = ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "a=b", "'=1", ""]
    assert rows[True] == [["'=f", "n"], *([text, "-1"] for text in safe)]
    assert "--safe-csv needs --format csv or tsv" in shop.fails("find", "orders", "--safe-csv", code=2)
