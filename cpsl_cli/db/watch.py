"""``watch``: changes of a collection as they happen."""

from __future__ import annotations

import json
import select
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import typer

from cpsl.errors import StoreError
from cpsl.model.codec import dumps
from cpsl.render.safe import visible_line
from cpsl.store import overview
from cpsl.store.declarations import Declaration
from cpsl.store.overview import Where
from cpsl.store.store import Store
from cpsl.wording import counted
from cpsl_cli.console import STDOUT
from cpsl_cli.db.db_errors import OutputClosed
from cpsl_cli.db.formats import RecordView
from cpsl_cli.db.identity import Viewer, owners, viewer_of
from cpsl_cli.db.locate import app_store, declaration_of
from cpsl_cli.db.options import App, As, Color, Name, Org
from cpsl_cli.db.output import CommandOutput, Descriptor, current_output
from cpsl_cli.streams import say

# A look at a counter; ten of them a second cost no measurable time.
_PAUSE_MILLISECONDS = 100
_SIGNS = {"added": ("+", "32"), "changed": ("~", "33"), "removed": ("-", "31")}

Texts = dict[str, str]
"""Documents by id, as their stored JSON text."""


class DocumentChange(NamedTuple):
    """What became of a document: ``before`` None was not there, ``after`` None is gone."""

    id: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """added, changed or removed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def watch(
    name: Name,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object per change and line.")] = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
    color: Color = None,
) -> None:
    """Show what is added (+), changed (~) and removed (-), also by other processes, until Ctrl-C."""
    RecordView(None, color).check()
    output, sink = current_output(color), Descriptor()  # at once, also inside the shell with its pager
    with app_store(app) as store, store.database.intact():
        collection = declaration_of(store, name)
        viewer = viewer_of(as_user, org)
        before = current(store, collection, viewer)
        say(f"watching {name}, {counted(len(before), 'document')} now; Ctrl-C ends\n")
        for after in _states(store, collection, viewer):
            for difference in differences(before, after):
                sink.write(_json(name, difference) if json_output else _line(difference, output))
            sink.flush()
            before = after


def current(store: Store, collection: Declaration, viewer: Viewer | None) -> Texts:
    """The documents as they are now."""
    column = collection.scope_column
    where = Where.within(column, owners(store, collection, viewer)) if viewer and column else Where()
    with store.database.reading() as connection:
        return dict(overview.raw(connection, collection.name, where))


def differences(before: Texts, after: Texts) -> Iterator[DocumentChange]:
    """What turns one state into the other: removals first, then the rest in order."""
    for key, text in before.items():
        if key not in after:
            yield DocumentChange(key, text, None)
    for key, text in after.items():
        if before.get(key) != text:
            yield DocumentChange(key, before.get(key), text)


def _states(store: Store, collection: Declaration, viewer: Viewer | None) -> Iterator[Texts]:
    """The documents, each time another process has written.

    Raises ``StoreError`` when the file is no longer the one of that name: nothing more would ever be seen.
    """
    try:
        seen = _version(store)
        # State between the caller's first look and this one is not lost: the first comparison is made at once.
        yield current(store, collection, viewer)
        while True:
            _pause()
            store.database.check()
            version = _version(store)
            if version != seen:
                seen = version
                yield current(store, collection, viewer)
    except StoreError:
        # Another file may have come in its place just before it was read.
        store.database.check()
        raise


def _version(store: Store) -> int:
    """A number that SQLite changes whenever another connection has written to the file."""
    row = store.database.row("PRAGMA data_version")
    return int(row[0]) if row else 0


def _pause() -> None:
    """Wait a little. Raises ``OutputClosed`` when the reader of stdout has gone away."""
    poll = select.poll()
    poll.register(STDOUT, 0)
    if any(event & select.POLLERR for _, event in poll.poll(_PAUSE_MILLISECONDS)):
        raise OutputClosed


def _json(name: str, difference: DocumentChange) -> str:
    record = {"change": difference.kind, "collection": name, "_id": difference.id}
    for key, text in (("before", difference.before), ("document", difference.after)):
        if text is not None:
            record[key] = json.loads(text)
    return dumps(record) + "\n"


def _line(difference: DocumentChange, output: CommandOutput) -> str:
    sign, code = _SIGNS[difference.kind]
    text = visible_line(f"{difference.id} {_words(difference)}")
    return output.look.style(f"{sign} {text}", code) + "\n"


def _words(difference: DocumentChange) -> str:
    if difference.before is None or difference.after is None:
        return dumps(json.loads(difference.after or difference.before or "{}"))
    before, after = json.loads(difference.before), json.loads(difference.after)
    return ", ".join(f"{key}: {_side(before, key)} -> {_side(after, key)}" for key in _changed(before, after))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    keys = dict.fromkeys((*before, *after))
    return [key for key in keys if _side(before, key) != _side(after, key)]


def _side(document: dict[str, Any], key: str) -> str:
    return dumps(document[key]) if key in document else "(none)"
