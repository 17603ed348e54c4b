"""What a click leads to: a prompt, a workflow, a page or an action (behaviour.md §20, §21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TargetKind = Literal["prompt", "workflow", "page", "action"]
_TAKE_PAYLOAD = ("workflow", "action")


@dataclass(frozen=True)
class Target:
    """The one thing that a suggestion, a card or an image leads to."""

    kind: TargetKind
    value: str

    def to_dict(self) -> dict[str, str]:
        """``{"target", "value"}``, two keys of the JSON of whatever leads there."""
        return {"target": self.kind, "value": self.value}


def find_target(
    *, prompt: str | None = None, workflow: Any = None, page: Any = None, action: Any = None
) -> Target | None:
    """The target among the four arguments, None when all are None.

    ``workflow`` is one or its name, ``page`` a page or its route, ``action`` a handler or its name.
    Raises ``ValueError`` for more than one target, for an empty one and for a value of another kind.
    """
    kinds: dict[TargetKind, Any] = {"prompt": prompt, "workflow": workflow, "page": page, "action": action}
    chosen = [(kind, value) for kind, value in kinds.items() if value is not None]
    if len(chosen) > 1:
        raise ValueError(f"give one target only, not {' and '.join(kind for kind, _ in chosen)}")
    return Target(chosen[0][0], _target_value(*chosen[0])) if chosen else None


def launch_payload(
    target: Target | None, *, input: Mapping[str, Any] | None, payload: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What travels with a click, under either name; an empty one is none.

    Raises ``ValueError`` for both at once, and without a workflow or an action that could take it.
    """
    if input and payload:
        raise ValueError("give input or payload, not both")
    data = input or payload
    if data and (target is None or target.kind not in _TAKE_PAYLOAD):
        raise ValueError("input and payload are what a workflow or an action is given: give workflow= as well")
    return dict(data) if data else None


def action_name(handler: Any) -> str:
    """The name of an action: the text itself, or the name under which a handler was registered.

    A handler carries its action name as ``__capsule_action__``; an unmarked function goes by its own.
    Raises ``ValueError`` for an empty name, a lambda, and what is neither text nor function.
    """
    name = handler if isinstance(handler, str) else getattr(handler, "__capsule_action__", None)
    if name is None and callable(handler):
        name = getattr(handler, "__name__", None)
    if not isinstance(name, str) or not name.strip() or name == "<lambda>":
        raise ValueError(f"an action is a handler registered with @app.action() or its name, not {handler!r}")
    return name


def page_route_of(page: Any) -> str:
    """The route of a page, given as a PageRef or as a text. Raises ``ValueError`` for anything else."""
    return _text_or_attribute(page, "route", "a page is what app.page() returned, or its route")


def _target_value(kind: TargetKind, value: Any) -> str:
    if kind == "action":
        return action_name(value)
    if kind == "page":
        return page_route_of(value)
    if kind == "workflow":
        return _text_or_attribute(value, "name", "a workflow is what app.workflow() returned, or its name")
    return _text_or_attribute(value, "name", "a prompt is the text that is sent")


def _text_or_attribute(value: Any, attribute: str, sentence: str) -> str:
    text = value if isinstance(value, str) else getattr(value, attribute, None)
    if not isinstance(text, str) or not text:
        raise ValueError(f"{sentence}, not {value!r}")
    return text
