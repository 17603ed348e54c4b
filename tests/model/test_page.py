from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.page import PageRef, page_route, route_slug
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Over View", "over-view"),
        ("A/B c", "a/b-c"),
        ("x?y#z", "x"),
        ("x#y?z", "x"),
        ("/Sales//Team_1/", "sales/team-1"),
        ("  Größe 2 ", "gr-e-2"),
        ("!!", ""),
    ],
)
def test_a_slug_is_lower_case_with_dashes_and_keeps_slashes(text: str, expected: str) -> None:
    assert route_slug(text) == expected


@given(st.text())
def test_a_slug_is_its_own_slug_and_safe_in_a_link(text: str) -> None:
    route = route_slug(text)
    assert route_slug(route) == route
    assert set(route) <= set("abcdefghijklmnopqrstuvwxyz0123456789-/")
    assert not route.startswith("/")


def test_a_route_is_derived_from_the_name_or_given() -> None:
    assert page_route("Over View") == "over-view"
    assert page_route("Over View", "Reports/All") == "reports/all"


@pytest.mark.parametrize("word", ["api", "chat", "connections", "docs", "home", "logs", "org", "team", "workflow"])
def test_a_reserved_word_is_evaded_when_derived_and_refused_when_given(word: str) -> None:
    assert page_route(word.title()) == f"{word}-page"
    assert page_route(f"{word}/x") == f"{word}/x"
    with pytest.raises(ValueError, match=f"'{word}' is reserved"):
        page_route("X", word)


@pytest.mark.parametrize(("name", "route"), [("!!", None), ("", None), ("X", ""), ("X", "?")])
def test_a_page_without_a_route_is_refused(name: str, route: str | None) -> None:
    with pytest.raises(ValueError, match="gives no route; pass route="):
        page_route(name, route)


def test_two_pages_cannot_share_a_route() -> None:
    with pytest.raises(ValueError, match="already has the route 'a-b'"):
        page_route("a-b", taken={"a-b"})
    with pytest.raises(ValueError, match="already has the route 'home-page'"):
        page_route("Home", taken=["home-page"])


def test_a_page_knows_its_links_and_reads_as_its_route() -> None:
    page = PageRef("My Page", "my-page")
    assert (page.name, page.route, page.path, page.href) == ("My Page", "my-page", "/my-page", "#/my-page")
    assert str(page) == "my-page"
    assert repr(page) == "PageRef('My Page', 'my-page')"
    assert signature_text(PageRef) == "(name, route, decorator=None)"


def test_a_drawn_page_decorates_a_function_and_gives_it_back() -> None:
    drawn: list[object] = []

    def draw() -> int:
        return 1

    page = PageRef("P", "p", lambda fn: drawn.append(fn) or fn)  # type: ignore[func-returns-value]
    assert page(draw) is draw
    assert drawn == [draw]


def test_a_component_page_decorates_nothing() -> None:
    with pytest.raises(TypeError, match="'My Page' is a component"):
        PageRef("My Page", "my-page")(lambda: 1)
