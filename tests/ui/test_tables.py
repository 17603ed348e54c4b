from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from cpsl import ui
from cpsl.model.column import Column
from cpsl.model.page import PageRef
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@dataclass
class Leads:
    """A declared collection, as far as a table looks at it."""

    name: str = "leads"
    scope: str = "app"
    columns: list[Any] = field(default_factory=list)
    sortable: bool = False
    filterable: bool = False
    paginate: int = 0


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (
            ui.Table,
            "(collection=None, *, data=None, rows=None, columns=None, label=None, scope=None,"
            " sortable=False, filterable=False, paginate=0, editable=False, reorderable=False,"
            " import_url=None, import_page=None)",
        ),
        (ui.TableGroup, "(label, items)"),
        (ui.TableBrowser, "(items, *, title=None)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (ui.Table("leads"), {"type": "table", "collection_ref": "leads"}, "(collection leads)"),
        (
            ui.Table("leads", label="L"),
            {"type": "table", "collection_ref": "leads", "label": "L"},
            "L: (collection leads)",
        ),
        (
            ui.Table("leads", sortable=True, editable=True),
            {"type": "table", "collection": "leads", "sortable": True, "editable": True},
            "(collection leads)",
        ),
        (
            ui.Table(Leads(columns=["a", "b"], scope="owner", sortable=True, paginate=5)),
            {
                "type": "table",
                "collection": "leads",
                "scope": "owner",
                "columns": ["a", "b"],
                "sortable": True,
                "paginate": 5,
            },
            "(collection leads)",
        ),
        (
            ui.Table(Leads()),
            {"type": "table", "collection": "leads", "scope": "app"},
            "(collection leads)",
        ),
        (
            ui.Table(
                Leads(columns=["a"], scope="owner", paginate=5),
                scope="user",
                columns=["b"],
                filterable=True,
                paginate=9,
                reorderable=True,
            ),
            {
                "type": "table",
                "collection": "leads",
                "scope": "user",
                "columns": ["b"],
                "filterable": True,
                "paginate": 9,
                "reorderable": True,
            },
            "(collection leads)",
        ),
        (
            ui.Table("x", import_url="/import", import_page=PageRef("My Page", "my-page")),
            {"type": "table", "collection_ref": "x", "import_url": "/import", "import_page": "my-page"},
            "(collection x)",
        ),
        (ui.Table(data="d"), {"type": "table", "data": "d"}, "(data d)"),
        (
            ui.Table(data="d", label="L", columns=["a"]),
            {"type": "table", "data": "d", "columns": ["a"], "label": "L"},
            "L: (data d)",
        ),
        (
            ui.Table(rows=[{"a": 1}], columns=["a"]),
            {"type": "table", "rows": [{"a": 1}], "columns": ["a"]},
            "a\n-\n1",
        ),
        (
            ui.Table(rows=[], columns=[Column("a", type="email"), "b"]),
            {
                "type": "table",
                "rows": [],
                "columns": [{"key": "a", "type": "email"}, {"key": "b", "type": "text"}],
            },
            "a  b\n-  -\n(no rows)",
        ),
        (
            ui.Table(rows=[], columns=[{"key": "a", "label": "Name"}]),
            {"type": "table", "rows": [], "columns": [{"key": "a", "type": "text", "label": "Name"}]},
            "Name\n----\n(no rows)",
        ),
        (ui.Table(rows=[]), {"type": "table", "rows": []}, "(no rows)"),
        (ui.Table(), {"type": "table"}, "(no rows)"),
        (
            ui.TableBrowser([ui.Table("a"), ui.TableGroup("G", [ui.Table("b", label="B")])], title="T"),
            {
                "type": "table_browser",
                "items": [
                    {"type": "table", "collection_ref": "a"},
                    {
                        "type": "table_group",
                        "label": "G",
                        "items": [{"type": "table", "collection_ref": "b", "label": "B"}],
                    },
                ],
                "title": "T",
            },
            "T\n  (collection a)\n  G\n    B: (collection b)",
        ),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback


def test_given_rows_are_aligned_under_their_headings() -> None:
    table = ui.Table(
        rows=[{"name": "Ann", "sum": 1200, "tags": ["a", "b"]}, {"name": "日本", "sum": 5, "won": True}],
        label="Leads",
    )
    assert table.fallback() == (
        "Leads\nname   sum  tags  won\n----  ----  ----  ---\nAnn   1200  a, b\n日本     5        yes"
    )


def test_rows_are_those_of_the_moment_the_table_was_made() -> None:
    row = {"a": 1}
    table = ui.Table(rows=[row])
    row["a"] = 2
    assert table.to_dict()["rows"] == [{"a": 1}]


@pytest.mark.parametrize("url", ["http://x", "//x/y", "javascript:alert(1)", "import"])
def test_an_import_url_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="import_url must be a path such as '/import' or an https: URL"):
        ui.Table("x", import_url=url)


def test_an_https_import_url_is_kept() -> None:
    assert ui.Table("x", import_url="https://h/i").to_dict()["import_url"] == "https://h/i"


def test_what_is_no_collection_is_refused() -> None:
    with pytest.raises(TypeError, match=r"what app\.collection\(\) returned or its name, not 5"):
        ui.Table(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", [ui.Table(rows=[]), ui.Table(data="d"), ui.Table()])
def test_only_tables_of_collections_can_be_browsed(table: ui.Table) -> None:
    with pytest.raises(ValueError, match="TableBrowser: a table in it needs a collection"):
        ui.TableBrowser([table])
    with pytest.raises(ValueError, match="TableGroup: a table in it needs a collection"):
        ui.TableGroup("G", [table])


def test_only_tables_and_groups_can_be_browsed() -> None:
    with pytest.raises(TypeError, match="is a Table or a TableGroup, not Text"):
        ui.TableBrowser([ui.Text("t")])  # type: ignore[list-item]
