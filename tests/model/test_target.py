from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cpsl.model.page import PageRef
from cpsl.model.target import Target, action_name, find_target, launch_payload, page_route_of


def plain_handler() -> None: ...


def marked_handler() -> None: ...


marked_handler.__capsule_action__ = "close-deal"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, None),
        ({"prompt": "p"}, Target("prompt", "p")),
        ({"workflow": "W"}, Target("workflow", "W")),
        ({"workflow": SimpleNamespace(name="W")}, Target("workflow", "W")),
        ({"page": "a/b"}, Target("page", "a/b")),
        ({"page": PageRef("My Page", "my-page")}, Target("page", "my-page")),
        ({"action": marked_handler}, Target("action", "close-deal")),
    ],
)
def test_the_argument_that_was_given_is_the_target(arguments: dict[str, Any], expected: Target | None) -> None:
    assert find_target(**arguments) == expected


def test_two_targets_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="not prompt and page"):
        find_target(prompt="p", page="q")


@pytest.mark.parametrize(
    "arguments",
    [{"workflow": 5}, {"page": 5}, {"action": 5}, {"prompt": 5}, {"prompt": ""}, {"prompt": "", "page": "p"}],
)
def test_a_target_of_another_kind_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        find_target(**arguments)


@pytest.mark.parametrize(
    ("handler", "name"), [("go", "go"), (plain_handler, "plain_handler"), (marked_handler, "close-deal")]
)
def test_an_action_is_known_by_its_registered_name(handler: Any, name: str) -> None:
    assert action_name(handler) == name


def test_a_method_keeps_the_name_its_function_was_registered_under() -> None:
    class Shop:
        async def close(self) -> None: ...

        close.__capsule_action__ = "close-deal"  # type: ignore[attr-defined]

    assert action_name(Shop().close) == "close-deal"


@pytest.mark.parametrize("handler", [5, "", "  ", None, lambda: None])
def test_what_cannot_be_an_action_is_refused(handler: Any) -> None:
    with pytest.raises(ValueError, match=r"registered with @app\.action\(\)"):
        action_name(handler)


def test_a_page_is_known_by_its_route() -> None:
    assert page_route_of(PageRef("My Page", "my-page")) == "my-page"


def test_a_workflow_and_an_action_are_given_input_or_payload() -> None:
    assert launch_payload(Target("workflow", "W"), input={"k": 1}, payload=None) == {"k": 1}
    assert launch_payload(Target("workflow", "W"), input={}, payload={"k": 1}) == {"k": 1}
    assert launch_payload(Target("action", "go"), input={"k": 1}, payload={}) == {"k": 1}
    assert launch_payload(Target("prompt", "p"), input={}, payload={}) is None
    assert launch_payload(None, input=None, payload=None) is None


@pytest.mark.parametrize("target", [None, Target("prompt", "p"), Target("page", "p")])
def test_what_nothing_could_take_is_refused(target: Target | None) -> None:
    with pytest.raises(ValueError, match="give workflow="):
        launch_payload(target, input={"k": 1}, payload=None)
    with pytest.raises(ValueError, match="give workflow="):
        launch_payload(target, input=None, payload={"k": 1})


def test_input_and_payload_together_are_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        launch_payload(Target("workflow", "W"), input={"k": 1}, payload={"k": 1})
