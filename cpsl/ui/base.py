"""What every widget is, and the plain text they are made of (behaviour.md §20).

A fallback is text for a channel that cannot draw: no colour, no width, plain ASCII around the
app's own words. It may hold whatever the app put into it; making that safe is the renderer's part.
"""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar


class Widget(ABC):
    """A piece of a page: a value with its JSON and a plain-text rendering."""

    type: ClassVar[str]

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The JSON that a page is stored and shown as; ``type`` comes first."""

    @abstractmethod
    def fallback(self) -> str:
        """The widget as plain text, possibly of several lines, possibly empty."""

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"{type(self).__name__}({arguments})"

    def _json(self, **keys: Any) -> dict[str, Any]:
        return {"type": self.type, **keys}


def checked_children(owner: str, children: Iterable[Widget] | None) -> list[Widget]:
    """The children as a list; whatever has ``to_dict`` will do. Raises ``TypeError`` for anything else."""
    checked = list(children or [])
    for child in checked:
        if not hasattr(child, "to_dict"):
            raise TypeError(f"{owner}: a child must be a widget, not {type(child).__name__}")
    return checked


def children_json(children: Iterable[Widget]) -> list[dict[str, Any]]:
    """The JSON of each child, in order."""
    return [child.to_dict() for child in children]


def stacked(children: Iterable[Widget], separator: str = "\n") -> str:
    """The children's texts one below the other, without those that have nothing to say."""
    return separator.join(text for text in map(_text_of, children) if text)


def titled(title: str | None, body: str) -> str:
    """A title over an indented body; either alone when the other is missing."""
    if not title:
        return body
    return "\n".join(filter(None, [title, textwrap.indent(body, "  ")]))


def labelled(label: str | None, text: str) -> str:
    """``label: text``, or the text alone without a label."""
    return f"{label}: {text}" if label else text


def noted(notes: Sequence[str]) -> str:
    """Notes in parentheses, such as ``(setting plan, required)``."""
    return f"({', '.join(notes)})"


def _text_of(child: Widget) -> str:
    # An app's own widget class only has to know to_dict.
    fallback = getattr(child, "fallback", None)
    return str(fallback()) if callable(fallback) else f"[{child.to_dict().get('type', 'widget')}]"
