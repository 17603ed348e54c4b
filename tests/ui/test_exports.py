from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import cpsl.ui
from cpsl.ui.base import Widget

NAMES = [
    "ActionBar",
    "ActionCard",
    "Button",
    "Card",
    "Chart",
    "ChartType",
    "ChatPanel",
    "CheckboxGroup",
    "Column",
    "Divider",
    "EmptyState",
    "FileBrowser",
    "FileInput",
    "FormSection",
    "GalleryCard",
    "Image",
    "ImageGallery",
    "ImageInput",
    "Metric",
    "MetricFormat",
    "NumberInput",
    "Page",
    "Row",
    "RunList",
    "RunStatus",
    "Select",
    "SubmitButton",
    "Table",
    "TableBrowser",
    "TableGroup",
    "TaskBoard",
    "TaskBoardColumn",
    "Text",
    "TextArea",
    "TextInput",
    "Toggle",
    "UrlInput",
    "UrlListInput",
    "Video",
    "VideoGallery",
    "WorkflowShell",
]


def test_exactly_the_documented_names_are_public() -> None:
    assert cpsl.ui.__all__ == NAMES
    assert all(hasattr(cpsl.ui, name) for name in NAMES)


def test_the_package_only_re_exports_and_what_it_re_exports_is_public() -> None:
    statements = ast.parse(Path(cpsl.ui.__file__).read_text(encoding="utf-8")).body[1:]
    imported = [s.names[0] for s in statements if isinstance(s, ast.ImportFrom)]
    assert len(statements) == len(imported) + 1
    assert sorted(alias.name for alias in imported) == NAMES
    assert all(alias.name == alias.asname for alias in imported)


def test_every_widget_has_a_type_of_its_own() -> None:
    widgets = [w for w in vars(cpsl.ui).values() if isinstance(w, type) and issubclass(w, Widget)]
    assert len({w.type for w in widgets}) == len(widgets) == len(NAMES) - 3


def test_the_literal_types_name_the_choices() -> None:
    assert get_args(cpsl.ui.ChartType) == ("line", "bar", "pie", "scatter", "area")
    assert get_args(cpsl.ui.MetricFormat) == ("number", "currency", "percent")
