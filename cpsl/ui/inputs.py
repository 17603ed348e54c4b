"""Widgets a person fills in: app settings and the fields of a workflow's form (behaviour.md §20)."""

from __future__ import annotations

from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.ui.base import Widget, labelled, noted


class Toggle(Widget):
    """A switch for a boolean setting."""

    type = "toggle"

    def __init__(self, label: str, *, setting: str) -> None:
        self.label = label
        self.setting = setting

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "label", "setting"}``."""
        return self._json(label=self.label, setting=self.setting)

    def fallback(self) -> str:
        """The label and the setting it switches."""
        return _field(self.label, setting=self.setting)


class TextInput(Widget):
    """A line of text, or several: the form field ``name`` or the setting ``setting``."""

    type = "text_input"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        multiline: bool = False,
        placeholder: str | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.multiline = multiline
        self.placeholder = placeholder
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(
            **omit_unset(
                label=self.label,
                name=self.name,
                setting=self.setting,
                multiline=self.multiline,
                placeholder=self.placeholder,
                required=self.required,
            )
        )

    def fallback(self) -> str:
        """The label and what it fills."""
        return _field(self.label, name=self.name, setting=self.setting, required=self.required)


class NumberInput(Widget):
    """A number from ``min`` to ``max`` in steps of ``step``: a form field or a setting."""

    type = "number_input"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        min: int | float | None = None,
        max: int | float | None = None,
        step: int | float | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.min = min
        self.max = max
        self.step = step
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given; a limit of 0 is kept."""
        return self._json(
            **omit_unset(
                label=self.label,
                name=self.name,
                setting=self.setting,
                min=self.min,
                max=self.max,
                step=self.step,
                required=self.required,
            )
        )

    def fallback(self) -> str:
        """The label, what it fills and its limits."""
        limits = {"min": self.min, "max": self.max, "step": self.step}
        notes = [f"{word} {limit}" for word, limit in limits.items() if limit is not None]
        return _field(self.label, *notes, name=self.name, setting=self.setting, required=self.required)


class Select(Widget):
    """One of ``options``: a form field or a setting."""

    type = "select"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        options: list[str] | None = None,
        default: str | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.options = options
        self.default = default
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """``{"type"}`` plus what was given."""
        return self._json(
            **omit_unset(
                label=self.label,
                name=self.name,
                setting=self.setting,
                options=self.options,
                default=self.default,
                required=self.required,
            )
        )

    def fallback(self) -> str:
        """The label, what it fills and the choices."""
        return _field(
            self.label,
            _choices("one of", self.options),
            f"default {self.default}" if self.default else "",
            name=self.name,
            setting=self.setting,
            required=self.required,
        )


class TextArea(Widget):
    """A form field for a longer text, ``rows`` lines high."""

    type = "text_area"

    def __init__(
        self, *, name: str, label: str = "", placeholder: str = "", required: bool = False, rows: int = 4
    ) -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder
        self.required = required
        self.rows = rows

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given; ``rows`` unless it is 4."""
        return self._json(name=self.name) | omit_unset(
            label=self.label,
            placeholder=self.placeholder,
            required=self.required,
            rows=None if self.rows == 4 else self.rows,
        )

    def fallback(self) -> str:
        """The label and the field it fills."""
        return _field(self.label, name=self.name, required=self.required)


class CheckboxGroup(Widget):
    """A form field for any number of ``options``."""

    type = "checkbox_group"

    def __init__(
        self,
        *,
        name: str,
        label: str = "",
        options: list[str] | None = None,
        default: list[str] | None = None,
    ) -> None:
        self.name = name
        self.label = label
        self.options = options
        self.default = default

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given."""
        return self._json(name=self.name) | omit_unset(label=self.label, options=self.options, default=self.default)

    def fallback(self) -> str:
        """The label, the field it fills and the choices."""
        any_of, default = _choices("any of", self.options), _choices("default", self.default)
        return _field(self.label, any_of, default, name=self.name)


def _choices(word: str, options: list[str] | None) -> str:
    return f"{word} {' | '.join(map(str, options))}" if options else ""


def _field(label: str, *notes: str, name: str | None = None, setting: str | None = None, required: bool = False) -> str:
    filled = [f"setting {setting}" if setting else "", f"field {name}" if name else ""]
    kept = [note for note in (*filled, *notes, "required" if required else "") if note]
    return labelled(label or name or setting, noted(kept or ["input"]))
