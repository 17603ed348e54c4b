"""What ``capsule inspect`` finds out about an app, as data; then as text or JSON."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cpsl.model.codec import dumps
from cpsl.render.failure import short_path
from cpsl.render.safe import visible_line
from cpsl.runtime.app import App
from cpsl.runtime.loader import load
from cpsl.store.inspection import inspect_store
from cpsl.textwidth import display_width, padded
from cpsl.wording import counted
from cpsl_cli.project import Project, find_project

if TYPE_CHECKING:
    from cpsl.runtime.collections.ref import CollectionRef
    from cpsl.runtime.pages import PageDeclaration
    from cpsl.runtime.settings import SettingDeclaration

Found = dict[str, Any]

_INDENT = "  "
_GAP = 2


def inspect_app(entry: str) -> Found:
    """Everything about the app. Raises ``AppLoadError``, ``AppChoiceError`` or ``StoreError``."""
    loaded = load(entry)
    app = loaded.app
    return {
        "name": app.name,
        "entry": loaded.entry,
        "file": str(loaded.file),
        "handlers": _handlers(app),
        **_declared(app),
        "deployment": _deployment(app),
        "store": _store(app, find_project(loaded.folder)),
    }


def as_json(found: Found) -> str:
    """One object on one line."""
    return dumps(found) + "\n"


def as_text(found: Found) -> str:
    """Aligned ``key  value`` lines, in sections; paths below the working folder are shown from there."""
    shown: Found = {
        **found,
        "file": short_path(found["file"]),
        **{
            section: {name: _scalar(fields) for name, fields in found[section].items()}
            for section in ("collections", "settings", "pages", "integrations")
            if section in found
        },
        "handlers": {
            item["handles"]: f"{short_path(item['file'])}:{item['line']}  {item['function']}"
            for item in found["handlers"]
        },
        "store": _store_text(found["store"]),
    }
    return "".join(line + "\n" for line in _lines(shown))


def _handlers(app: App) -> list[Found]:
    return [
        {
            "handles": words,
            "function": handler.name,
            "file": handler.location[0],
            "line": handler.location[1],
        }
        for words, handler in app.registry.handlers()
    ]


def _declared(app: App) -> Found:
    """State and pages, each only if the app declares some."""
    registry = app.registry
    sections: Found = {
        "collections": {name: _collection(ref) for name, ref in registry.collections.items()},
        "settings": {name: _setting(setting) for name, setting in registry.settings.items()},
        "data": {name: handler.access for name, handler in registry.data.items()},
        "pages": {page.route: _page(page) for page in registry.pages} if registry.has_pages else {},
        "integrations": {name: config.to_dict() for name, config in registry.integrations.items()},
    }
    return {name: section for name, section in sections.items() if section}


def _collection(ref: CollectionRef) -> Found:
    hints = [hint for hint in ("sortable", "filterable") if getattr(ref, hint)]
    return {"scope": ref.scope, "columns": list(ref.declaration.columns), "hints": hints}


def _setting(setting: SettingDeclaration) -> Found:
    return {
        "scope": setting.scope,
        "type": setting.type.__name__,
        "default": setting.default,
        "options": list(setting.options or ()),
    }


def _page(page: PageDeclaration) -> Found:
    return {"name": page.name, "access": page.access, "component": page.component}


def _deployment(app: App) -> Found:
    knobs = app.deployment
    return {
        "image": app.image.to_dict() if app.image else None,
        **knobs._asdict(),
        "channels": [_channel(channel) for channel in knobs.channels],
        "secrets": [str(name) for name in knobs.secrets],
        "filesystems": {path: filesystem.to_dict() for path, filesystem in knobs.filesystems.items()},
        "npm_packages": list(knobs.npm_packages),
    }


def _channel(channel: Any) -> Any:
    """A channel's own description, in which credentials are masked; its deprecation is not our topic here."""
    if not hasattr(channel, "to_dict"):
        return str(channel)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return channel.to_dict()


def _store(app: App, project: Project) -> Found:
    path = project.store_path(app.name)
    found = inspect_store(path)
    return {
        "path": str(path),
        "exists": found is not None,
        "size": found.size if found else 0,
        "tables": {table.name: table.rows for table in found.tables} if found else {},
    }


def _store_text(store: Found) -> Found:
    if not store["exists"]:
        return {"path": f"{short_path(store['path'])} (made by the first chat)"}
    return {
        "path": short_path(store["path"]),
        "size": f"{store['size']:,} bytes",
        "tables": {name: counted(rows, "row") for name, rows in store["tables"].items()},
    }


def _lines(values: Found, indent: str = "") -> Iterator[str]:
    """A mapping as lines; a mapping inside it, unless it is empty, as an indented section below its key."""
    width = max((display_width(visible_line(key)) for key in values), default=0) + _GAP
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield indent + visible_line(key)
            yield from _lines(value, indent + _INDENT)
        else:
            yield indent + padded(visible_line(key), width) + visible_line(_scalar(value))


def _scalar(value: Any) -> str:
    """One value on one line; what is empty or unset is a dash."""
    if value is None or value == "" or value in ([], {}, ()):
        return "-"
    if isinstance(value, list):
        return ", ".join(_scalar(item) for item in value)
    if isinstance(value, dict) and value.get("type") == "_secret":
        return f"secret:{value['name']}"
    if isinstance(value, dict):
        return " ".join(f"{key}={_scalar(item)}" for key, item in value.items())
    return str(value)
