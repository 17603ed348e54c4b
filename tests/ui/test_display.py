from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from cpsl.ui.display import MetricFormat, metric_text
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Text, "(content, *, style=None)"),
        (ui.Divider, "()"),
        (ui.Metric, "(label, *, data=None, field=None, value=None, format=None)"),
        (ui.Chart, "(*, data=None, chart_type='line', x=None, y=None)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (ui.Text("t"), {"type": "text", "content": "t"}, "t"),
        (ui.Text("t", style="heading"), {"type": "text", "content": "t", "style": "heading"}, "t"),
        (ui.Divider(), {"type": "divider"}, "---"),
        (ui.Metric("L", value=0), {"type": "metric", "label": "L", "value": 0}, "L: 0"),
        (ui.Metric("L"), {"type": "metric", "label": "L"}, "L: -"),
        (
            ui.Metric("Revenue", data="lead_metrics", field="total", format="percent"),
            {
                "type": "metric",
                "label": "Revenue",
                "data": "lead_metrics",
                "field": "total",
                "format": "percent",
            },
            "Revenue: (data lead_metrics.total)",
        ),
        (
            ui.Metric("L", data="d"),
            {"type": "metric", "label": "L", "data": "d"},
            "L: (data d)",
        ),
        (
            ui.Chart(data="d", chart_type="bar", x="a", y="b"),
            {"type": "chart", "chart_type": "bar", "data": "d", "x": "a", "y": "b"},
            "bar chart: (data d, x a, y b)",
        ),
        (ui.Chart(), {"type": "chart", "chart_type": "line"}, "line chart: (no data)"),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [
        (1234567, None, "1234567"),
        (1234567, "number", "1,234,567"),
        (1234.5, "number", "1,234.5"),
        (1234.5, "currency", "$1,234.50"),
        (-3, "currency", "-$3.00"),
        (12, "percent", "12%"),
        ("n/a", "currency", "n/a"),
        (True, "number", "True"),
        (None, "number", "-"),
    ],
)
def test_a_metric_reads_by_its_format(value: Any, format_: MetricFormat | None, text: str) -> None:
    assert metric_text(value, format_) == text
