from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.model.page import PageRef
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (
            ui.Image,
            "(src, *, alt='', caption=None, aspect_ratio=None, prompt=None, workflow=None, page=None,"
            " input=None, payload=None)",
        ),
        (
            ui.Video,
            "(src, *, poster=None, title=None, caption=None, controls=True, autoplay=False, loop=False,"
            " muted=False, width=None, aspect_ratio=None)",
        ),
        (ui.ImageGallery, "(images=None, *, data=None, title=None, columns=None)"),
        (ui.VideoGallery, "(videos=None, *, data=None, title=None, columns=None)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: type[Widget], expected: str) -> None:
    assert signature_text(widget) == expected


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (ui.Image("s.png"), {"type": "image", "src": "s.png", "alt": ""}, "[image] s.png"),
        (
            ui.Image("s", alt="a", caption="c", aspect_ratio="1/1", prompt="p"),
            {
                "type": "image",
                "src": "s",
                "alt": "a",
                "caption": "c",
                "aspect_ratio": "1/1",
                "target": "prompt",
                "value": "p",
            },
            "[image] c (s) -> prompt: p",
        ),
        (
            ui.Image("s", alt="a", workflow="W", input={"k": 1}),
            {
                "type": "image",
                "src": "s",
                "alt": "a",
                "target": "workflow",
                "value": "W",
                "payload": {"k": 1},
            },
            "[image] a (s) -> workflow: W",
        ),
        (
            ui.Image("s", page=PageRef("My Page", "my-page")),
            {"type": "image", "src": "s", "alt": "", "target": "page", "value": "my-page"},
            "[image] s -> page: my-page",
        ),
        (
            ui.Video("s", poster="p", autoplay=True),
            {"type": "video", "src": "s", "controls": True, "poster": "p", "autoplay": True},
            "[video] s",
        ),
        (
            ui.Video("s", title="t", caption="c", controls=False, loop=True, muted=True, width="50%"),
            {
                "type": "video",
                "src": "s",
                "controls": False,
                "title": "t",
                "caption": "c",
                "loop": True,
                "muted": True,
                "width": "50%",
            },
            "[video] t (s)",
        ),
        (
            ui.ImageGallery(["a", {"src": "b"}, ui.Image("c")], data="d", title="t", columns=2),
            {
                "type": "image_gallery",
                "images": [{"src": "a", "alt": ""}, {"src": "b"}, {"src": "c", "alt": ""}],
                "data": "d",
                "title": "t",
                "columns": 2,
            },
            "t\n  [image] a\n  [image] b\n  [image] c\n  (data d)",
        ),
        (ui.ImageGallery(), {"type": "image_gallery", "images": []}, "(no images)"),
        (
            ui.VideoGallery(["a", ui.Video("b", title="B"), {"src": "c", "note": 1}]),
            {
                "type": "video_gallery",
                "videos": [
                    {"src": "a"},
                    {"src": "b", "controls": True, "title": "B"},
                    {"src": "c", "note": 1},
                ],
            },
            "[video] a\n[video] B (b)\n[video] c",
        ),
        (
            ui.VideoGallery(title="T"),
            {"type": "video_gallery", "videos": [], "title": "T"},
            "T\n  (no videos)",
        ),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback


def test_the_content_of_a_data_url_is_not_printed() -> None:
    assert ui.Image("data:image/png;base64,iVBORw0KGgo=").fallback() == "[image] data:image/png;base64"


@pytest.mark.parametrize(
    "arguments",
    [
        {"prompt": "p", "page": "q"},
        {"prompt": "p", "input": {"k": 1}},
        {"page": "p", "payload": {"k": 1}},
        {"workflow": "W", "input": {"k": 1}, "payload": {"k": 1}},
    ],
)
def test_an_image_that_leads_nowhere_clear_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ui.Image("s", **arguments)


def test_a_gallery_shows_media_of_its_own_kind_only() -> None:
    with pytest.raises(TypeError, match="shows texts, dicts and Images, not Video"):
        ui.ImageGallery([ui.Video("v")])  # type: ignore[list-item]
