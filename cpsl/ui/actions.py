"""Widgets to click (behaviour.md §20)."""

from __future__ import annotations

from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.model.target import Target, action_name, find_target, launch_payload
from cpsl.ui.base import Widget
from cpsl.wording import names_inherited_methods


class ActionCard(Widget):
    """A labelled card that may lead to one of ``prompt``, ``workflow`` or ``page``.

    Raises ``ValueError`` for several targets, for ``input`` and ``payload`` together, and for
    either without a workflow.
    """

    type = "action_card"

    def __init__(
        self,
        label: str,
        *,
        description: str | None = None,
        icon: str | None = None,
        image: str | None = None,
        prompt: str | None = None,
        workflow: Any | None = None,
        page: Any | None = None,
        primary: bool = False,
        input: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.label = label
        self.description = description
        self.icon = icon
        self.image = image
        self.target = find_target(prompt=prompt, workflow=workflow, page=page)
        self.primary = primary
        self.payload = launch_payload(self.target, input=input, payload=payload)

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label"}`` plus what was given; ``input`` becomes ``payload``."""
        return {
            **self._json(label=self.label),
            **omit_unset(description=self.description, icon=self.icon, image=self.image),
            **(self.target.to_dict() if self.target else {}),
            **omit_unset(primary=self.primary, payload=self.payload),
        }

    def fallback(self) -> str:
        """``[label] description -> target: value``."""
        return _click_line(self.label, self.target, self.description)


@names_inherited_methods
class GalleryCard(ActionCard):
    """An :class:`ActionCard` led by its picture."""

    type = "gallery_card"


class Button(Widget):
    """A button that triggers an action, given as its handler or its name; without one it does nothing.

    Raises ``ValueError`` when ``on_click`` is neither.
    """

    type = "button"

    def __init__(
        self,
        label: str,
        *,
        on_click: Any | None = None,
        payload: dict[str, Any] | None = None,
        primary: bool = False,
    ) -> None:
        self.label = label
        self.target = None if on_click is None else Target("action", action_name(on_click))
        self.payload = payload
        self.primary = primary

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label"}``, ``"target": "action"`` with the action's name, and what was given."""
        return {
            **self._json(label=self.label),
            **(self.target.to_dict() if self.target else {}),
            **omit_unset(payload=self.payload, primary=self.primary),
        }

    def fallback(self) -> str:
        """``[label] -> action: name``."""
        return _click_line(self.label, self.target)


def _click_line(label: str, target: Target | None, description: str | None = None) -> str:
    leads = f"-> {target.kind}: {target.value}" if target else None
    return " ".join(filter(None, [f"[{label}]", description, leads]))
