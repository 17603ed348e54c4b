from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.WorkflowShell, "(title='', *, children=None)"),
        (ui.FormSection, "(label='', *, children=None)"),
        (ui.ActionBar, "(*, children=None)"),
        (ui.SubmitButton, "(label, *, action='start', primary=False)"),
        (ui.RunStatus, "()"),
        (ui.RunList, "(*, empty_message='No runs yet')"),
        (ui.EmptyState, "(message='', *, icon='')"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (
            ui.WorkflowShell(
                "T",
                children=[
                    ui.FormSection("S", children=[ui.TextArea(name="n", label="L", rows=6)]),
                    ui.ActionBar(children=[ui.SubmitButton("Go", primary=True)]),
                ],
            ),
            {
                "type": "workflow_shell",
                "title": "T",
                "children": [
                    {
                        "type": "form_section",
                        "label": "S",
                        "children": [{"type": "text_area", "name": "n", "label": "L", "rows": 6}],
                    },
                    {
                        "type": "action_bar",
                        "children": [{"type": "submit_button", "label": "Go", "action": "start", "primary": True}],
                    },
                ],
            },
            "T\n  S\n    L: (field n)\n  [Go] -> workflow action: start",
        ),
        (ui.WorkflowShell(), {"type": "workflow_shell"}, ""),
        (ui.FormSection(), {"type": "form_section"}, ""),
        (ui.ActionBar(), {"type": "action_bar"}, ""),
        (
            ui.SubmitButton("Stop", action="stop"),
            {"type": "submit_button", "label": "Stop", "action": "stop"},
            "[Stop] -> workflow action: stop",
        ),
        (ui.RunStatus(), {"type": "run_status"}, "(status of this run)"),
        (
            ui.RunList(),
            {"type": "run_list", "empty_message": "No runs yet"},
            "(runs of this workflow; without any: No runs yet)",
        ),
        (ui.EmptyState("m", icon="i"), {"type": "empty_state", "message": "m", "icon": "i"}, "m"),
        (ui.EmptyState(), {"type": "empty_state"}, ""),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback
