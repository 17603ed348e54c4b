from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cpsl.model.page import PageRef
from cpsl.model.suggestion import Suggestion
from tests.signatures import signature_text


def test_a_suggestion_is_made_from_a_label_and_one_target() -> None:
    assert signature_text(Suggestion) == (
        "(label, prompt=None, workflow=None, page=None, action=None, description=None, icon=None,"
        " image=None, accent=None, primary=False, input=None, payload=None)"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"prompt": "a"}, {"label": "x", "target": "prompt", "value": "a"}),
        (
            {"action": "go", "payload": {"k": 1}, "primary": True},
            {"label": "x", "target": "action", "value": "go", "primary": True, "payload": {"k": 1}},
        ),
        (
            {"action": "go", "input": {"k": 1}, "payload": {}},
            {"label": "x", "target": "action", "value": "go", "payload": {"k": 1}},
        ),
        (
            {"workflow": SimpleNamespace(name="W"), "input": {"k": 1}},
            {"label": "x", "target": "workflow", "value": "W", "payload": {"k": 1}},
        ),
        ({"page": PageRef("My Page", "my-page")}, {"label": "x", "target": "page", "value": "my-page"}),
        (
            {"prompt": "a", "description": "d", "icon": "i", "image": "m", "accent": "c"},
            {
                "label": "x",
                "target": "prompt",
                "value": "a",
                "description": "d",
                "icon": "i",
                "image": "m",
                "accent": "c",
            },
        ),
    ],
)
def test_its_json_names_the_target_and_what_was_given(arguments: dict[str, Any], expected: dict[str, Any]) -> None:
    suggestion = Suggestion("x", **arguments).to_dict()
    assert suggestion == expected
    assert list(suggestion) == list(expected)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "'x' needs one of prompt, workflow, page or action"),
        ({"prompt": "a", "page": "b"}, "one target only"),
        ({"prompt": "a", "input": {"k": 1}}, "give workflow="),
        ({"page": "a", "payload": {"k": 1}}, "give workflow="),
        ({"prompt": ""}, "a prompt is the text"),
        ({"workflow": "W", "input": {"k": 1}, "payload": {"k": 1}}, "not both"),
        ({"action": 5}, "an action is a handler"),
    ],
)
def test_a_suggestion_that_leads_nowhere_clear_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Suggestion("x", **arguments)


def test_a_suggestion_has_no_room_for_other_attributes() -> None:
    assert not hasattr(Suggestion("x", prompt="a"), "__dict__")
