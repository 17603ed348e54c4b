from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cpsl.render.blocks import BLOCK_TEXTS, plain_block


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


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"title": "T\x07", "rows": [1, 2]}, "T^G\n1, 2"),
        # What the function cannot read is a block like any other.
        ({"title": "T"}, "[list] title=T"),
        ({"title": "T", "rows": 3}, "[list] title=T rows=3"),
    ],
)
def test_a_type_may_have_a_text_of_its_own(payload: dict[str, Any], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(payload: Mapping[str, Any]) -> str:
        return f"{payload['title']}\n{', '.join(map(str, payload['rows']))}"

    monkeypatch.setitem(BLOCK_TEXTS, "list", listed)
    assert plain_block({"type": "list", "payload": payload}) == text
