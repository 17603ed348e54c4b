from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import checked_children, labelled, noted, stacked, titled


class OwnWidget:
    """What an app may put on a page: the hosted platform asks for to_dict only."""

    def to_dict(self) -> dict[str, Any]:
        return {"type": "own"}


@pytest.mark.parametrize("child", ["text", None, 5])
def test_a_child_that_is_no_widget_is_refused(child: Any) -> None:
    with pytest.raises(TypeError, match=f"Page: a child must be a widget, not {type(child).__name__}"):
        ui.Page([child])


def test_an_apps_own_widget_needs_only_its_json() -> None:
    page = ui.Page([OwnWidget(), ui.Text("t")])  # type: ignore[list-item]
    assert page.to_dict()["children"] == [{"type": "own"}, {"type": "text", "content": "t"}]
    assert page.fallback() == "[own]\n\nt"


def test_the_list_of_children_is_not_the_apps_own() -> None:
    mine = [ui.Text("a")]
    page = ui.Page(mine)
    mine.append(ui.Text("b"))
    assert len(page.children) == 1
    assert checked_children("Page", None) == []


def test_silent_children_leave_no_gap() -> None:
    assert stacked([ui.Text("a"), ui.Card(), ui.Text("b")]) == "a\nb"


def test_a_title_stands_over_an_indented_body() -> None:
    assert titled("T", "a\n\nb") == "T\n  a\n\n  b"
    assert (titled("T", ""), titled(None, "a")) == ("T", "a")


def test_labels_and_notes() -> None:
    assert labelled("L", "x") == "L: x"
    assert labelled("", "x") == "x"
    assert noted(["a", "b"]) == "(a, b)"


def test_a_widget_prints_like_the_call_that_makes_it() -> None:
    assert repr(ui.Text("t", style="muted")) == "Text(content='t', style='muted')"
    assert repr(ui.Divider()) == "Divider()"
