from __future__ import annotations

from cpsl.model.given import given, not_none


def test_given_drops_none_false_and_empty_values_but_keeps_zero() -> None:
    assert given(a=None, b=False, c="", d=[], e={}, f=(), g=0, h=0.0, i="x", j=True) == {
        "g": 0,
        "h": 0.0,
        "i": "x",
        "j": True,
    }


def test_not_none_drops_only_none() -> None:
    assert not_none(a=None, b=False, c="", d=0) == {"b": False, "c": "", "d": 0}


def test_the_order_of_the_arguments_is_the_order_of_the_json() -> None:
    assert list(given(z=1, a=2, m=3)) == ["z", "a", "m"]
