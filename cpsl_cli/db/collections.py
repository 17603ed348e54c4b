"""``rename`` and ``drop``: a collection as a whole, also one whose name the app no longer has."""

from __future__ import annotations

from typing import Annotated

import typer

from cpsl.data.sql_names import identifier
from cpsl.store.store import Store
from cpsl.wording import counted
from cpsl_cli.db.confirm import agreed, refused
from cpsl_cli.db.db_errors import refusing
from cpsl_cli.db.locate import declared, opened
from cpsl_cli.db.options import App, DryRun, Name, Yes


def drop(name: Name, yes: Yes = False, dry_run: DryRun = False, app: App = None) -> int:
    """Forget a collection with all its documents; says how many, and asks. Undo does not bring them back."""
    with opened(app) as store:
        what = _what(store, declared(store, name).name)
        if not agreed(f"drop {what}", yes=yes, dry_run=dry_run):
            return refused(dry_run)
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
    with opened(app) as store:
        what = _what(store, declared(store, name).name)
        with refusing():
            store.declarations.check_free(name, new)
        if not agreed(f"rename {what} to {new}", yes=yes, dry_run=dry_run):
            return refused(dry_run)
        with refusing():
            store.declarations.rename(name, new)
    return 0


def _what(store: Store, name: str) -> str:
    with store.database.reading() as connection:
        (documents,) = connection.execute(f"SELECT count(*) FROM {identifier(name)}").fetchone()
    return f"{name} with {counted(documents, 'document')}"
