from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.FileInput, "(*, name, label='', accept=None, required=False, multiple=False)"),
        (ui.ImageInput, "(*, name, label='', required=False, multiple=False)"),
        (ui.UrlInput, "(*, name, label='', placeholder='', required=False)"),
        (ui.UrlListInput, "(*, name, label='', placeholder='')"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (
            ui.FileInput(name="n", label="L", accept=[".csv"], required=True, multiple=True),
            {
                "type": "file_input",
                "name": "n",
                "label": "L",
                "accept": [".csv"],
                "required": True,
                "multiple": True,
            },
            "L: (field n, files .csv, required)",
        ),
        (ui.FileInput(name="n"), {"type": "file_input", "name": "n"}, "n: (field n, file)"),
        (ui.ImageInput(name="n"), {"type": "image_input", "name": "n"}, "n: (field n, image)"),
        (
            ui.ImageInput(name="n", multiple=True),
            {"type": "image_input", "name": "n", "multiple": True},
            "n: (field n, images)",
        ),
        (
            ui.UrlInput(name="n", placeholder="p", required=True),
            {"type": "url_input", "name": "n", "placeholder": "p", "required": True},
            "n: (field n, URL, required)",
        ),
        (ui.UrlListInput(name="n"), {"type": "url_list_input", "name": "n"}, "n: (field n, URLs)"),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback
