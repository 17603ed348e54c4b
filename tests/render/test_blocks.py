from __future__ import annotations

from typing import Any

import pytest

from cpsl.render.blocks import plain_block


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"type": "card", "payload": {"title": "T", "n": 1, "deep": {"a": [1]}}}, '[card] title=T n=1 deep={"a": [1]}'),
        ({"type": "card", "payload": {}}, "[card]"),
        ({"type": "\x1b[2J", "payload": {"t": "\x07"}}, "[^[[2J] t=^G"),
        ({"type": "widget_update", "payload": {"a": 1}}, None),
        ({"type": "session_event", "payload": {}}, None),
        ({"type": "session_title", "payload": {"title": "T"}}, None),
    ],
)
def test_a_block_is_one_line_or_silent(block: dict[str, Any], line: str | None) -> None:
    assert plain_block(block) == line
