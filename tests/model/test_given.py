from __future__ import annotations

from cpsl.model.omit_unset import omit_none, omit_unset


def test_given_drops_none_false_and_empty_values_but_keeps_zero() -> None:
    assert omit_unset(a=None, b=False, c="", d=[], e={}, f=(), g=0, h=0.0, i="x", j=True) == {
        "g": 0,
        "h": 0.0,
        "i": "x",
        "j": True,
    }


def test_not_none_drops_only_none() -> None:
    assert omit_none(a=None, b=False, c="", d=0) == {"b": False, "c": "", "d": 0}


def test_the_order_of_the_arguments_is_the_order_of_the_json() -> None:
    assert list(omit_unset(z=1, a=2, m=3)) == ["z", "a", "m"]
