from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text

TEXT_JSON = {"type": "text", "content": "t"}


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Page, "(children)"),
        (ui.Row, "(children, *, columns=None, min_widths=None, gap=None, fill=False, align=None)"),
        (ui.Column, "(children, *, width=None, flex=None, rows=None, gap=None, fill=False)"),
        (ui.Card, "(title=None, children=None, *, icon=None, bordered=False)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (
            ui.Page([ui.Text("t"), ui.Divider()]),
            {"type": "page", "children": [TEXT_JSON, {"type": "divider"}]},
        ),
        (ui.Page([]), {"type": "page", "children": []}),
        (
            ui.Row([ui.Text("t")], columns=[1, 2], min_widths=[10], gap=4, fill=True, align="center"),
            {
                "type": "row",
                "children": [TEXT_JSON],
                "columns": [1, 2],
                "min_widths": [10],
                "gap": 4,
                "fill": True,
                "align": "center",
            },
        ),
        (ui.Row([], gap=0), {"type": "row", "children": [], "gap": 0}),
        (
            ui.Column([ui.Text("t")], width=1, flex=2, rows=["1fr"], gap=3, fill=True),
            {
                "type": "column",
                "children": [TEXT_JSON],
                "width": 1,
                "flex": 2,
                "rows": ["1fr"],
                "gap": 3,
                "fill": True,
            },
        ),
        (
            ui.Card("T", [ui.Text("t")], icon="i", bordered=True),
            {"type": "card", "title": "T", "icon": "i", "bordered": True, "children": [TEXT_JSON]},
        ),
        (ui.Card(), {"type": "card"}),
    ],
)
def test_the_json_holds_the_children_and_what_was_given(widget: Widget, expected: dict[str, Any]) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)


def test_a_page_in_plain_text() -> None:
    page = ui.Page(
        [
            ui.Text("Sales", style="heading"),
            ui.Row([ui.Metric("Won", value=3), ui.Metric("Revenue", data="totals", field="sum")]),
            ui.Card("Team", [ui.Column([ui.Text("Ann"), ui.Text("Bo")]), ui.Divider(), ui.Text("2 people")]),
            ui.Card(children=[ui.Text("untitled")]),
        ]
    )
    assert page.fallback() == (
        "Sales\n\nWon: 3\nRevenue: (data totals.sum)\n\nTeam\n  Ann\n  Bo\n  ---\n  2 people\n\nuntitled"
    )
