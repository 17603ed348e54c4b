from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.Toggle, "(label, *, setting)"),
        (
            ui.TextInput,
            "(label='', *, name=None, setting=None, multiline=False, placeholder=None, required=False)",
        ),
        (
            ui.NumberInput,
            "(label='', *, name=None, setting=None, min=None, max=None, step=None, required=False)",
        ),
        (
            ui.Select,
            "(label='', *, name=None, setting=None, options=None, default=None, required=False)",
        ),
        (ui.TextArea, "(*, name, label='', placeholder='', required=False, rows=4)"),
        (ui.CheckboxGroup, "(*, name, label='', options=None, default=None)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (
            ui.Toggle("L", setting="s"),
            {"type": "toggle", "label": "L", "setting": "s"},
            "L: (setting s)",
        ),
        (
            ui.TextInput("L", name="n", setting="s", multiline=True, placeholder="p", required=True),
            {
                "type": "text_input",
                "label": "L",
                "name": "n",
                "setting": "s",
                "multiline": True,
                "placeholder": "p",
                "required": True,
            },
            "L: (setting s, field n, required)",
        ),
        (ui.TextInput(name="n"), {"type": "text_input", "name": "n"}, "n: (field n)"),
        (ui.TextInput(), {"type": "text_input"}, "(input)"),
        (
            ui.NumberInput("L", setting="s", min=0, max=5, step=1),
            {"type": "number_input", "label": "L", "setting": "s", "min": 0, "max": 5, "step": 1},
            "L: (setting s, min 0, max 5, step 1)",
        ),
        (
            ui.Select("L", setting="s", options=["a"], default="a"),
            {"type": "select", "label": "L", "setting": "s", "options": ["a"], "default": "a"},
            "L: (setting s, one of a, default a)",
        ),
        (
            ui.Select(name="n", options=["a", "b"], required=True),
            {"type": "select", "name": "n", "options": ["a", "b"], "required": True},
            "n: (field n, one of a | b, required)",
        ),
        (
            ui.TextArea(name="n", label="L", rows=6),
            {"type": "text_area", "name": "n", "label": "L", "rows": 6},
            "L: (field n)",
        ),
        (
            ui.TextArea(name="n", placeholder="p", required=True),
            {"type": "text_area", "name": "n", "placeholder": "p", "required": True},
            "n: (field n, required)",
        ),
        (
            ui.CheckboxGroup(name="n", options=["a"], default=["a"]),
            {"type": "checkbox_group", "name": "n", "options": ["a"], "default": ["a"]},
            "n: (field n, any of a, default a)",
        ),
        (
            ui.CheckboxGroup(name="n", label="L", options=["a", "b"]),
            {"type": "checkbox_group", "name": "n", "label": "L", "options": ["a", "b"]},
            "L: (field n, any of a | b)",
        ),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback
