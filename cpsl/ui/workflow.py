"""The frame of a workflow's page: its form and its runs (behaviour.md §20, §25)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.ui.base import Widget, checked_children, children_json, stacked, titled


class WorkflowShell(Widget):
    """The whole of a workflow's page."""

    type = "workflow_shell"

    def __init__(self, title: str = "", *, children: Sequence[Widget] | None = None) -> None:
        self.title = title
        self.children = checked_children("WorkflowShell", children)

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(**omit_unset(title=self.title, children=children_json(self.children)))

    def fallback(self) -> str:
        """The title, the children indented below it."""
        return titled(self.title, stacked(self.children))


class FormSection(Widget):
    """A labelled group of form fields."""

    type = "form_section"

    def __init__(self, label: str = "", *, children: Sequence[Widget] | None = None) -> None:
        self.label = label
        self.children = checked_children("FormSection", children)

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(**omit_unset(label=self.label, children=children_json(self.children)))

    def fallback(self) -> str:
        """The label, the fields indented below it."""
        return titled(self.label, stacked(self.children))


class ActionBar(Widget):
    """The buttons of a form."""

    type = "action_bar"

    def __init__(self, *, children: Sequence[Widget] | None = None) -> None:
        self.children = checked_children("ActionBar", children)

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus the children, if any."""
        return self._json(**omit_unset(children=children_json(self.children)))

    def fallback(self) -> str:
        """The buttons, one a line."""
        return stacked(self.children)


class SubmitButton(Widget):
    """The button that sends the form to the workflow: ``start`` launches it, else that action of it."""

    type = "submit_button"

    def __init__(self, label: str, *, action: str = "start", primary: bool = False) -> None:
        self.label = label
        self.action = action
        self.primary = primary

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label", "action", "primary"?}``."""
        return self._json(label=self.label, action=self.action, **omit_unset(primary=self.primary))

    def fallback(self) -> str:
        """``[label] -> workflow action: name``."""
        return f"[{self.label}] -> workflow action: {self.action}"


class RunStatus(Widget):
    """How the current run of the workflow stands."""

    type = "run_status"

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}``."""
        return self._json()

    def fallback(self) -> str:
        """Says what would be shown."""
        return "(status of this run)"


class RunList(Widget):
    """The workflow's runs."""

    type = "run_list"

    def __init__(self, *, empty_message: str = "No runs yet") -> None:
        self.empty_message = empty_message

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "empty_message"}``."""
        return self._json(empty_message=self.empty_message)

    def fallback(self) -> str:
        """Says what would be shown, and what stands there when there is none."""
        return f"(runs of this workflow; without any: {self.empty_message})"


class EmptyState(Widget):
    """What stands where there is nothing to show yet."""

    type = "empty_state"

    def __init__(self, message: str = "", *, icon: str = "") -> None:
        self.message = message
        self.icon = icon

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(**omit_unset(message=self.message, icon=self.icon))

    def fallback(self) -> str:
        """The message."""
        return self.message
