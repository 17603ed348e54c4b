"""Suggestions: what a person may do next, as one line to choose (behaviour.md §21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.model.target import Target, find_target, launch_payload


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A labelled choice with exactly one of ``prompt``, ``workflow``, ``page`` or ``action``.

    Raises ``ValueError`` for none or several targets, for ``input`` or ``payload`` without a workflow or an
    action, and for both together.
    """

    label: str
    prompt: str | None = None
    workflow: Any | None = None
    page: Any | None = None
    action: Any | None = None
    description: str | None = None
    icon: str | None = None
    image: str | None = None
    accent: str | None = None
    primary: bool = False
    input: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        # Raises at the line that wrote the suggestion, not when it is shown.
        self._payload()

    def to_dict(self) -> dict[str, Any]:
        """``{"label", "target", "value"}``, plus what was given; ``input`` becomes ``payload``."""
        return {
            "label": self.label,
            **self._target().to_dict(),
            **omit_unset(
                description=self.description,
                icon=self.icon,
                image=self.image,
                accent=self.accent,
                primary=self.primary,
                payload=self._payload(),
            ),
        }

    def _target(self) -> Target:
        target = find_target(prompt=self.prompt, workflow=self.workflow, page=self.page, action=self.action)
        if target is None:
            raise ValueError(f"suggestion {self.label!r} needs one of prompt, workflow, page or action")
        return target

    def _payload(self) -> dict[str, Any] | None:
        return launch_payload(self._target(), input=self.input, payload=self.payload)
