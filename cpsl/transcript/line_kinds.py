"""The types of lines that a transcript can hold (docs/transcripts.md): one for each event, and a few of its own."""

from __future__ import annotations

from cpsl.model.events import LineKind, line_kinds

HEADER = LineKind(
    {"type": "text", "format": "text", "version": "count"},
    {
        "app": "text",
        "name": "text",
        "session": "text",
        "user": "person",
        "channel": "text",
        "at": "time",
        "seed": "count",
        "http": "flag",
    },
    noun=None,
)
"""The first line; alone of all it belongs to no turn."""

LINE_KINDS: dict[str, LineKind] = {
    **line_kinds(),
    # What was stored before, see turn_zero.py.
    "collection": LineKind({"declaration": "filled object", "documents": "objects"}, {}, noun=None),
    "values": LineKind({"table": "table", "rows": "objects"}, {}, noun=None),
    # Of the hosted service; nothing here is a task.
    "task": LineKind({}, {"task_id": "text", "name": "text", "status": "text"}, noun=("task", "tasks")),
}
"""All the others, by their type."""

NOUNS: dict[str, tuple[str, str]] = {name: kind.noun for name, kind in LINE_KINDS.items() if kind.noun}
"""One and many of each type of record that is compared, as a person calls them."""

SEEN = frozenset(NOUNS) - {"data", "error", "end", "task"}
"""Of those, what the person sees while the turn runs."""

INPUTS = frozenset({"header", *(name for name, kind in LINE_KINDS.items() if kind.noun is None)})
"""Types of lines in which nothing is expected."""
