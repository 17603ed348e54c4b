"""Which database a command means, and opening it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cpsl.render.failure import short_path
from cpsl.store.declarations import Declaration
from cpsl.store.store import Store
from cpsl.wording import nearest
from cpsl_cli.config import setting_here
from cpsl_cli.db.db_errors import QueryError, UnknownCollection
from cpsl_cli.errors import UsageError
from cpsl_cli.project import Project, app_slug, project_here


def databases(project: Project) -> list[Path]:
    """The project's database files, by name."""
    return sorted(project.state.glob("*.db"))


def locate(app: str | None) -> Path:
    """The database of the app of that name, or the only one.

    Raises ``QueryError`` when there is none, ``UsageError`` when there are several and none is named.
    """
    project = project_here()
    found = databases(project)
    if not found:
        raise QueryError(
            f"nothing is stored here yet: there is no database in {short_path(str(project.state))} "
            "(the first capsule chat makes it)."
        )
    if app is not None:
        return _named(project, app, found)
    if len(found) > 1:
        raise UsageError(f"this project has several databases; add --app NAME, one of: {_names(found)}.")
    return found[0]


@contextmanager
def app_store(app: str | None) -> Iterator[Store]:
    """The open store of :func:`locate`. Raises ``StoreError`` when it cannot be used."""
    path = locate(app)
    store = open_store_file(path)
    try:
        yield store
    finally:
        store.close()


def open_store_file(path: Path) -> Store:
    """The store in that file, as durable as the project is configured."""
    return Store(path, durable=setting_here("durability") == "full")


def declaration_of(store: Store, name: str) -> Declaration:
    """The collection of that name. Raises ``UnknownCollection`` with the nearest name for an unknown one."""
    found = store.declarations.stored(name)
    if found is None:
        raise UnknownCollection(name, store.declarations.names())
    return found


def _named(project: Project, app: str, found: list[Path]) -> Path:
    own = project.store_path(app)
    begun = [path for path in found if re.fullmatch(re.escape(app_slug(app)) + "(-[0-9a-f]{8})?", path.stem)]
    named = [path for path in found if path.stem == app] or [path for path in found if path == own] or begun
    if len(named) > 1:
        raise UsageError(f"several databases fit --app {app}; name one of: {_names(named)}.")
    if named:
        return named[0]
    if app.endswith(".py") or ".py:" in app:
        raise QueryError(f"--app takes the name of an app, not its file {app!r}. There are: {_names(found)}.")
    near = nearest(app, (path.stem for path in found))
    hint = f" Did you mean {near}?" if near else ""
    raise QueryError(f"there is no database of an app {app!r}.{hint} There are: {_names(found)}.")


def _names(found: list[Path]) -> str:
    return ", ".join(path.stem for path in found)
