"""``sessions``, ``history``, ``state``, ``settings``: what belongs to conversations and people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cpsl.model.codec import dumps
from cpsl.model.redaction import redact
from cpsl.render.safe import visible, visible_line
from cpsl.store import overview
from cpsl.store.store import Store
from cpsl.store.stored_values import SessionRecord
from cpsl.wording import nearest
from cpsl_cli.db.db_errors import QueryError
from cpsl_cli.db.formats import Record, Records, RecordView, record_list, show
from cpsl_cli.db.identity import Viewer, person, sessions_of, viewer_of
from cpsl_cli.db.locate import app_store
from cpsl_cli.db.options import App, As, Color, Format, Org, SafeCsv, SessionName
from cpsl_cli.db.output import current_output
from cpsl_cli.errors import UsageError
from cpsl_cli.streams import say

_SESSION = ("name", "user", "turns", "last_at", "created_at", "title", "channel", "email", "org", "id")
_SETTING = ("scope", "owner", "key", "value")


def sessions(
    format_: Format = None, safe_csv: SafeCsv = False, as_user: As = None, app: App = None, color: Color = None
) -> None:
    """Everybody's sessions, the latest activity first."""
    with app_store(app) as store:
        rows = [_session(record) for record in sessions_of(store, as_user)]
    show(record_list(rows, _SESSION), RecordView(format_, color, safe_csv))


def history(
    session: SessionName = None,
    transcript: Annotated[
        bool, typer.Option("--transcript", help="As a transcript, for capsule replay; --format does not apply.")
    ] = False,
    format_: Format = None,
    safe_csv: SafeCsv = False,
    as_user: As = None,
    app: App = None,
    color: Color = None,
) -> None:
    """What the person and the app said in a session, oldest first."""
    if transcript and format_:
        raise UsageError("--transcript has a format of its own: leave --format away.")
    with app_store(app) as store:
        record = find_session(store, session, as_user)
        if transcript:
            _transcript(store, record)
            return
        lines = Records(lambda: _lines(store, record), overview.HistoryLine._fields)
        show(lines, RecordView(format_, color, safe_csv))


def state(
    session: SessionName = None,
    format_: Format = None,
    safe_csv: SafeCsv = False,
    as_user: As = None,
    app: App = None,
    color: Color = None,
) -> None:
    """What session.data holds: one JSON object, indented on a terminal."""
    with app_store(app) as store:
        data: Record = store.conversations.data(find_session(store, session, as_user).id).value()
    view, output = RecordView(format_, color, safe_csv), current_output(color)
    view.check()
    if format_ in ("table", "csv", "tsv", "md"):
        show(record_list(({"key": key, "value": value} for key, value in data.items()), ("key", "value")), view)
        return
    pretty = output.terminal and format_ is None
    output.sink.write((visible(json.dumps(data, ensure_ascii=False, indent=2)) if pretty else dumps(data)) + "\n")
    output.sink.flush()


def settings(
    format_: Format = None,
    safe_csv: SafeCsv = False,
    as_user: As = None,
    org: Org = None,
    app: App = None,
    color: Color = None,
) -> None:
    """The settings that were set, with whose they are; the others have the default that the app declares."""
    with app_store(app) as store:
        viewer = viewer_of(as_user, org)
        mine = _owners(store, viewer) if viewer else None
        rows = [
            dict(zip(_SETTING, row, strict=True)) for row in store.settings.all() if mine is None or row[:2] in mine
        ]
    show(record_list(rows, _SETTING), RecordView(format_, color, safe_csv))


def find_session(store: Store, session: str | None, user: str | None) -> SessionRecord:
    """The session of that name or id, or the latest. Raises ``QueryError`` when there is none.

    Of several people's sessions of one name it is the one with the latest activity, which is said.
    """
    records = sessions_of(store, user)
    if not records:
        raise QueryError("there are no sessions yet." if user is None else f"{user!r} has no sessions.")
    if session is None:
        return records[0]
    named = [record for record in records if record.id == session] or [r for r in records if r.name == session]
    if not named:
        near = nearest(session, (record.name for record in records))
        raise QueryError(f"there is no session {session!r}." + (f" Did you mean {near}?" if near else ""))
    if len(named) > 1:
        say(f"{len(named)} people have a session {session!r}; this is {named[0].user.id}'s (--as USER chooses).\n")
    return named[0]


def _transcript(store: Store, record: SessionRecord) -> None:
    from cpsl.transcript.stored_transcript import stored_transcript

    transcript = stored_transcript(store, record.key, name=store.app_name or Path(store.path).stem)
    if transcript is None:
        raise QueryError(f"the session {record.name!r} has no finished turn.")
    for note in transcript.notes:
        say(f"{visible_line(note)}\n")
    output = current_output()
    output.sink.write(redact(transcript.text))
    output.sink.flush()


def _lines(store: Store, record: SessionRecord) -> list[Record]:
    return [line._asdict() for line in overview.whole_history(store.database, record.id)]


def _session(record: SessionRecord) -> Record:
    person = {"user": record.user.id, "email": record.user.email, "org": record.user.org_id}
    fields = {**record._asdict(), **person}
    return {name: fields[name] for name in _SESSION}


def _owners(store: Store, viewer: Viewer) -> set[tuple[str, str]]:
    """Scope and owner of the settings that hold for the viewer; ``""`` owns those of the app."""
    return {("app", ""), ("user", viewer.user), ("owner", person(store, viewer).owner_id)}
