from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text

CARD = (
    "(label, *, description=None, icon=None, image=None, prompt=None, workflow=None, page=None,"
    " primary=False, input=None, payload=None)"
)


def close_deal() -> None: ...


close_deal.__capsule_action__ = "close"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.ActionCard, CARD),
        (ui.GalleryCard, CARD),
        (ui.Button, "(label, *, on_click=None, payload=None, primary=False)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (ui.ActionCard("L"), {"type": "action_card", "label": "L"}, "[L]"),
        (
            ui.ActionCard("L", description="d", icon="i", prompt="p", primary=True),
            {
                "type": "action_card",
                "label": "L",
                "description": "d",
                "icon": "i",
                "target": "prompt",
                "value": "p",
                "primary": True,
            },
            "[L] d -> prompt: p",
        ),
        (
            ui.ActionCard("L", image="m", page="p", payload={}),
            {
                "type": "action_card",
                "label": "L",
                "image": "m",
                "target": "page",
                "value": "p",
            },
            "[L] -> page: p",
        ),
        (
            ui.GalleryCard("L", workflow=SimpleNamespace(name="W"), input={"k": 1}),
            {
                "type": "gallery_card",
                "label": "L",
                "target": "workflow",
                "value": "W",
                "payload": {"k": 1},
            },
            "[L] -> workflow: W",
        ),
        (
            ui.Button("L", on_click="go", payload={"k": 1}, primary=True),
            {
                "type": "button",
                "label": "L",
                "target": "action",
                "value": "go",
                "payload": {"k": 1},
                "primary": True,
            },
            "[L] -> action: go",
        ),
        (
            ui.Button("L", on_click=close_deal),
            {"type": "button", "label": "L", "target": "action", "value": "close"},
            "[L] -> action: close",
        ),
        (ui.Button("L"), {"type": "button", "label": "L"}, "[L]"),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback


@pytest.mark.parametrize("on_click", [5, "", lambda: None])
def test_a_button_needs_an_action(on_click: Any) -> None:
    with pytest.raises(ValueError, match=r"registered with @app\.action\(\)"):
        ui.Button("L", on_click=on_click)


@pytest.mark.parametrize("card", [ui.ActionCard, ui.GalleryCard])
def test_a_card_leads_to_one_thing(card: type[ui.ActionCard]) -> None:
    with pytest.raises(ValueError, match="one target only"):
        card("L", prompt="p", page="q")
    with pytest.raises(ValueError, match="give workflow="):
        card("L", input={"k": 1})
    with pytest.raises(ValueError, match="give workflow="):
        card("L", page="p", payload={"k": 1})
    with pytest.raises(ValueError, match="a prompt is the text that is sent, not ''"):
        card("L", prompt="")
