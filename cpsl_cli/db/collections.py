"""``rename``, ``drop`` and ``reset``: collections as a whole, also those whose names the app no longer has."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsl.data.sql_names import identifier
from cpsl.store import dump
from cpsl.store.store import Store
from cpsl.wording import counted
from cpsl_cli.db.db_errors import refusing
from cpsl_cli.db.locate import app_store, declaration_of
from cpsl_cli.db.options import App, DryRun, Name, Yes
from cpsl_cli.db.output import confirm_change, refusal_code


def drop(name: Name, yes: Yes = False, dry_run: DryRun = False, app: App = None) -> int:
    """Forget a collection with all its documents; says how many, and asks. Undo does not bring them back."""
    with app_store(app) as store:
        what = _what(store, declaration_of(store, name).name)
        if not confirm_change(f"drop {what}", yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        store.declarations.drop(name)
    return 0


def rename(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    app: App = None,
) -> int:
    """Give a collection another name; its documents stay as they are. Asks."""
    with app_store(app) as store:
        what = _what(store, declaration_of(store, name).name)
        with refusing():
            store.declarations.check_free(name, new)
        if not confirm_change(f"rename {what} to {new}", yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        with refusing():
            store.declarations.rename(name, new)
    return 0


def reset(yes: Yes = False, dry_run: DryRun = False, app: App = None) -> int:
    """Forget all documents, sessions, settings and keys; says how many, and asks. Export first to keep them."""
    with app_store(app) as store:
        if not confirm_change(f"delete {contents(store)}", yes=yes, dry_run=dry_run):
            return refusal_code(dry_run)
        with store.database.intact(), store.database.transaction() as connection:
            dump.clear(connection)
    return 0


def contents(store: Store) -> str:
    """How much there is, in words."""
    with store.database.intact(), store.database.reading() as connection:
        names = [entry.declaration.name for entry in dump.dump_collections(connection)]

        def total(*tables: str) -> int:
            counts = (connection.execute(f"SELECT count(*) FROM {identifier(table)}") for table in tables)
            return sum(row.fetchone()[0] for row in counts)

        values = total("_capsule_settings", "_capsule_kv")
        documents = f"{counted(total(*names), 'document')} in {counted(len(names), 'collection')}"
        talks = f"{counted(total('_capsule_sessions'), 'session')} of {counted(total('_capsule_turns'), 'turn')}"
    return f"{documents}, {talks}, {counted(values, 'setting')} and keys"


def _what(store: Store, name: str) -> str:
    with store.database.reading() as connection:
        (documents,) = connection.execute(f"SELECT count(*) FROM {identifier(name)}").fetchone()
    return f"{name} with {counted(documents, 'document')}"
