"""``reset``: forget everything."""

from __future__ import annotations

from cpsl.data.sql_names import identifier
from cpsl.store import dump
from cpsl.store.store import Store
from cpsl.wording import counted
from cpsl_cli.db.confirm import agreed, refused
from cpsl_cli.db.locate import opened
from cpsl_cli.db.options import App, DryRun, Yes


def reset(yes: Yes = False, dry_run: DryRun = False, app: App = None) -> int:
    """Forget all documents, sessions, settings and keys; says how many, and asks. Export first to keep them."""
    with opened(app) as store:
        if not agreed(f"delete {contents(store)}", yes=yes, dry_run=dry_run):
            return refused(dry_run)
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
