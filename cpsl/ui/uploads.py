"""Form fields for files and addresses (behaviour.md §20)."""

from __future__ import annotations

from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.ui.base import Widget, labelled, noted


class FileInput(Widget):
    """A form field for a file, or several; ``accept`` holds endings (``.csv``) or content types."""

    type = "file_input"

    def __init__(
        self,
        *,
        name: str,
        label: str = "",
        accept: list[str] | None = None,
        required: bool = False,
        multiple: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self.accept = accept
        self.required = required
        self.multiple = multiple

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given."""
        return self._json(name=self.name) | omit_unset(
            label=self.label, accept=self.accept, required=self.required, multiple=self.multiple
        )

    def fallback(self) -> str:
        """The label and which files the field takes."""
        files = " ".join(["files" if self.multiple else "file", *(self.accept or [])])
        return _upload(self, files, self.required)


class ImageInput(Widget):
    """A form field for a picture, or several."""

    type = "image_input"

    def __init__(self, *, name: str, label: str = "", required: bool = False, multiple: bool = False) -> None:
        self.name = name
        self.label = label
        self.required = required
        self.multiple = multiple

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given."""
        return self._json(name=self.name) | omit_unset(label=self.label, required=self.required, multiple=self.multiple)

    def fallback(self) -> str:
        """The label and what the field takes."""
        return _upload(self, "images" if self.multiple else "image", self.required)


class UrlInput(Widget):
    """A form field for a web address."""

    type = "url_input"

    def __init__(self, *, name: str, label: str = "", placeholder: str = "", required: bool = False) -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given."""
        return self._json(name=self.name) | omit_unset(
            label=self.label, placeholder=self.placeholder, required=self.required
        )

    def fallback(self) -> str:
        """The label and what the field takes."""
        return _upload(self, "URL", self.required)


class UrlListInput(Widget):
    """A form field for several web addresses."""

    type = "url_list_input"

    def __init__(self, *, name: str, label: str = "", placeholder: str = "") -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "name"}`` plus what was given."""
        return self._json(name=self.name) | omit_unset(label=self.label, placeholder=self.placeholder)

    def fallback(self) -> str:
        """The label and what the field takes."""
        return _upload(self, "URLs")


def _upload(widget: FileInput | ImageInput | UrlInput | UrlListInput, takes: str, required: bool = False) -> str:
    notes = [f"field {widget.name}", takes, *(["required"] if required else [])]
    return labelled(widget.label or widget.name, noted(notes))
