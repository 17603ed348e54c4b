"""Copies for a trace: plain JSON, bounded, without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cpsl.channels.snapshot import Snapshot


def copied(value: Any, *secrets: str) -> Any:
    return Snapshot(secrets).of(value)


@pytest.mark.parametrize(
    ("value", "copy"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        ("x" * 201, "x" * 199 + "…"),
        (list(range(1000)), [*range(20), "…"]),
        (dict.fromkeys(range(1000), 1), {**{str(number): 1 for number in range(20)}, "…": "…"}),
        ([[[[[[["too deep"]]]]]]], [[[[[["…"]]]]]]),
        (object(), "<object>"),
        ((1, {2}), [1, [2]]),
        (float("nan"), "<float>"),
        ([10**5000], ["<int>"]),
    ],
)
def test_a_copy_is_plain_json_of_bounded_size(value: Any, copy: Any) -> None:
    assert copied(value) == copy
    json.dumps(copied(value), allow_nan=False)


def test_however_wide_a_value_is_its_copy_is_small() -> None:
    wide = [[[["x"] * 20] * 20] * 20] * 20
    assert len(json.dumps(copied(wide))) < 5000


def test_a_copy_does_not_change_with_the_value() -> None:
    value = {"in": ["a"]}
    copy = copied(value)
    value["in"].append("b")
    assert copy == {"in": ["a"]}


@pytest.mark.parametrize(
    ("value", "copy"),
    [
        ("Bearer hunter2", "Bearer ***"),
        ({"hunter2": {"hunter2x": 1}}, {"***": {"***x": 1}}),
        # A short one is hidden where it stands alone.
        (["no", "not"], ["***", "not"]),
        ([4711, 47110, 4711.0], ["***", 47110, 4711.0]),
        # Hidden before it is cut, or its beginning would show.
        ("x" * 197 + "hunter2", "x" * 197 + "***"),
        # The longer one first.
        ("hunter2-long", "***"),
    ],
)
def test_secrets_are_hidden(value: Any, copy: Any) -> None:
    assert copied(value, "hunter2", "hunter2-long", "no", "4711") == copy
