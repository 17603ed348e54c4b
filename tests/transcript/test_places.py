from __future__ import annotations

from typing import Any

import pytest

from cpsl.transcript.comparison.places import Place, parse_place, place_text, value_at_place


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("data", "cart", "items", 2, "price"), "data.cart.items[2].price"),
        (("data", "a b", 0), 'data["a b"][0]'),
        (("data", "a.b"), 'data["a.b"]'),
        (("a-b_c", "é"), "a-b_c.é"),
        ((), ""),
    ],
)
def test_a_place_is_written_as_a_path(place: Place, text: str) -> None:
    assert place_text(place) == text


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("cart", ("cart",)),
        ("cart.items[2].price", ("cart", "items", 2, "price")),
        ("cart.items.2", ("cart", "items", "2")),
        ("items[-1]", ("items", -1)),
        ("a b.c", ("a b", "c")),
        ("a..b", None),
        ("a[x]", None),
        ("a.", None),
        ("a[0]b", None),
    ],
)
def test_a_path_names_a_place(path: str, place: Place | None) -> None:
    assert parse_place(path) == place


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (("cart", "items", 1), (True, "b")),
        (("cart", "items", "1"), (True, "b")),
        (("cart", "items", -1), (True, "b")),
        (("cart", "items", 2), (False, None)),
        (("cart", "items", "first"), (False, None)),
        (("cart", "2"), (True, None)),
        (("cart", "items", 0, "x"), (False, None)),
        (("other",), (False, None)),
    ],
)
def test_a_place_is_looked_up(place: Place, found: tuple[bool, Any]) -> None:
    assert value_at_place({"cart": {"items": ["a", "b"], "2": None}}, place) == found
