"""Loading an app anew, so that what one test or replay left in its modules is not there for the next."""

from __future__ import annotations

import sys

from cpsl.runtime.loader import LoadedApp, lies_in, load

# By entry point: the modules of the app's folder that loading it brought in. What else is imported from
# there (a test module) is not the app's.
_own: dict[str, set[str]] = {}


def load_anew(entry: str) -> LoadedApp:
    """The app, with the modules of its folder executed anew. Raises as :func:`cpsl.runtime.loader.load`."""
    for name in _own.pop(entry, ()):
        sys.modules.pop(name, None)
    before = set(sys.modules)
    loaded = load(entry)
    new = {name: sys.modules[name] for name in set(sys.modules) - before}
    _own[entry] = {name for name, module in new.items() if lies_in(module, loaded.folder)}
    return loaded
