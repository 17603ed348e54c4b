"""Widgets that hold other widgets (behaviour.md §20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from cpsl.model.omit_unset import omit_unset
from cpsl.ui.base import Widget, checked_children, children_json, stacked, titled


class Page(Widget):
    """A whole page. Raises ``TypeError`` for a child that is no widget, as do all containers."""

    type = "page"

    def __init__(self, children: Sequence[Widget]) -> None:
        self.children = checked_children("Page", children)

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "children"}``."""
        return self._json(children=children_json(self.children))

    def fallback(self) -> str:
        """The children, an empty line between them."""
        return stacked(self.children, "\n\n")


class Row(Widget):
    """Widgets side by side; sizes and ``gap`` are pixels as numbers or CSS texts."""

    type = "row"

    def __init__(
        self,
        children: Sequence[Widget],
        *,
        columns: list[str | int | float] | None = None,
        min_widths: list[int | str] | int | str | None = None,
        gap: int | str | None = None,
        fill: bool = False,
        align: Literal["start", "center", "end", "stretch"] | None = None,
    ) -> None:
        self.children = checked_children("Row", children)
        self.columns = columns
        self.min_widths = min_widths
        self.gap = gap
        self.fill = fill
        self.align = align

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "children"}`` plus the sizes that were given."""
        return self._json(children=children_json(self.children)) | omit_unset(
            columns=self.columns,
            min_widths=self.min_widths,
            gap=self.gap,
            fill=self.fill,
            align=self.align,
        )

    def fallback(self) -> str:
        """The children below each other: plain text has no width to share."""
        return stacked(self.children)


class Column(Widget):
    """Widgets below each other; sizes and ``gap`` are pixels as numbers or CSS texts."""

    type = "column"

    def __init__(
        self,
        children: Sequence[Widget],
        *,
        width: int | str | None = None,
        flex: int | float | str | None = None,
        rows: list[str | int | float] | None = None,
        gap: int | str | None = None,
        fill: bool = False,
    ) -> None:
        self.children = checked_children("Column", children)
        self.width = width
        self.flex = flex
        self.rows = rows
        self.gap = gap
        self.fill = fill

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "children"}`` plus the sizes that were given."""
        return self._json(children=children_json(self.children)) | omit_unset(
            width=self.width, flex=self.flex, rows=self.rows, gap=self.gap, fill=self.fill
        )

    def fallback(self) -> str:
        """The children below each other."""
        return stacked(self.children)


class Card(Widget):
    """A framed group with an optional title."""

    type = "card"

    def __init__(
        self,
        title: str | None = None,
        children: Sequence[Widget] | None = None,
        *,
        icon: str | None = None,
        bordered: bool = False,
    ) -> None:
        self.title = title
        self.children = checked_children("Card", children)
        self.icon = icon
        self.bordered = bordered

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(
            **omit_unset(
                title=self.title,
                icon=self.icon,
                bordered=self.bordered,
                children=children_json(self.children),
            )
        )

    def fallback(self) -> str:
        """The title, the children indented below it."""
        return titled(self.title, stacked(self.children))
