"""Widgets that show texts and numbers (behaviour.md §20)."""

from __future__ import annotations

from typing import Any, Literal

from cpsl.model.omit_unset import omit_none, omit_unset
from cpsl.ui.base import Widget, labelled, noted

ChartType = Literal["line", "bar", "pie", "scatter", "area"]
MetricFormat = Literal["number", "currency", "percent"]


class Text(Widget):
    """A text; ``style`` is ``heading``, ``muted`` or another word the renderer knows."""

    type = "text"

    def __init__(self, content: str, *, style: str | None = None) -> None:
        self.content = content
        self.style = style

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "content", "style"?}``."""
        return self._json(content=self.content, **omit_unset(style=self.style))

    def fallback(self) -> str:
        """The text itself."""
        return str(self.content)


class Divider(Widget):
    """A line between things."""

    type = "divider"

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}``."""
        return self._json()

    def fallback(self) -> str:
        """Three dashes."""
        return "---"


class Metric(Widget):
    """A number with a label: a fixed ``value``, or ``field`` of what the data handler ``data`` returns."""

    type = "metric"

    def __init__(
        self,
        label: str,
        *,
        data: str | None = None,
        field: str | None = None,
        value: Any = None,
        format: MetricFormat | None = None,
    ) -> None:
        self.label = label
        self.data = data
        self.field = field
        self.value = value
        self.format = format

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label"}`` plus whatever is not None: a value of 0 is kept."""
        return self._json(
            label=self.label,
            **omit_none(data=self.data, field=self.field, value=self.value, format=self.format),
        )

    def fallback(self) -> str:
        """``label: value``, or what the value is bound to."""
        if self.value is None and self.data:
            return labelled(self.label, f"(data {'.'.join(filter(None, [self.data, self.field]))})")
        return labelled(self.label, metric_text(self.value, self.format))


class Chart(Widget):
    """A chart of the rows that the data handler ``data`` returns, ``y`` over ``x``."""

    type = "chart"

    def __init__(
        self,
        *,
        data: str | None = None,
        chart_type: ChartType = "line",
        x: str | None = None,
        y: str | None = None,
    ) -> None:
        self.data = data
        self.chart_type = chart_type
        self.x = x
        self.y = y

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "chart_type"}`` plus what was given."""
        return self._json(chart_type=self.chart_type, **omit_unset(data=self.data, x=self.x, y=self.y))

    def fallback(self) -> str:
        """The kind of chart and what it draws."""
        notes = [f"data {self.data}" if self.data else "no data"]
        notes += [f"{axis} {name}" for axis, name in (("x", self.x), ("y", self.y)) if name]
        return labelled(f"{self.chart_type} chart", noted(notes))


def metric_text(value: Any, format: MetricFormat | None = None) -> str:
    """A metric's value for people: grouped thousands, ``$`` with cents, or ``%``.

    LOCAL: a percentage is given as such (12 is ``12%``). What is no number is shown as it is, None as ``-``.
    """
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if format == "currency":
        return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
    if format == "percent":
        return f"{value:,}%"
    return f"{value:,}" if format == "number" else str(value)
