"""From an entry point to an app: ``file.py``, ``file.py:symbol`` or ``module:symbol`` (behaviour.md §34)."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from cpsl.errors import AppChoiceError, AppLoadError
from cpsl.runtime.app import App
from cpsl.wording import class_name

# Library modules that do something when they are imported.
_JOKES = ("antigravity", "this")

# By entry point: the modules of the app's folder that loading it anew brought in. What else is imported from
# there (a test module) is not the app's.
_brought: dict[str, set[str]] = {}


class LoadedApp(NamedTuple):
    """An app and where it came from; ``entry`` is ``file.py:symbol`` or ``module:symbol``."""

    app: App
    entry: str
    file: Path

    @property
    def folder(self) -> Path:
        """The folder the app lives in."""
        return self.file.parent

    def seen_from(self, folder: Path) -> str:
        """The entry point as a transcript in that folder names it: ``src/app.py:app``.

        A file is named by its path below the nearest folder that holds both, where a replay looks for it wherever
        the project lies; by its name alone where only the root of the file system does.
        """
        name, _, symbol = self.entry.rpartition(":")
        shared = Path(os.path.commonpath([Path(os.path.realpath(folder)), self.folder]))
        if not name.endswith(".py") or shared == Path(shared.anchor):
            return self.entry
        return f"{self.file.relative_to(shared).as_posix()}:{symbol}"


def load(entry: str) -> LoadedApp:
    """Import the app.

    Its folder is put on the import path, so sibling modules import plainly. Raises ``AppLoadError`` when
    the file is missing or its code raises (the cause is the user's exception), ``AppChoiceError`` when the
    file holds several apps.
    """
    source, symbol = split_entry(entry)
    if source.endswith(".py"):
        file = Path(os.path.realpath(source))
        if not file.is_file():
            raise AppLoadError(f"{source}: there is no such file.")
        module = _import_file(file)
    else:
        module = _import_module(source)
        file = Path(os.path.realpath(module.__file__ or source))
    name, app = _pick(module, source, symbol)
    return LoadedApp(app, f"{file.name if source.endswith('.py') else source}:{name}", file)


@contextmanager
def back_in(folder: str | Path | None = None) -> Iterator[None]:
    """Within it the working folder is that one, or whatever it is now; afterwards it is again what it was before.

    An app may go elsewhere with ``os.chdir``, and paths that somebody has typed are not meant from there.
    """
    before = working_folder()
    if folder:
        os.chdir(folder)
    try:
        yield
    finally:
        with suppress(OSError):  # it may be gone by now
            os.chdir(before)


def working_folder() -> Path:
    """The working folder, absolute; relative where it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def split_entry(entry: str) -> tuple[str, str]:
    """The file or module, and the symbol or ``""``. Raises ``AppLoadError`` for another form."""
    source, colon, symbol = entry.rpartition(":")
    if not colon or not symbol.isidentifier():
        source, symbol = entry, ""
    if not symbol and not source.endswith(".py"):
        hint = f" Did you mean {entry}.py?" if Path(entry + ".py").is_file() else ""
        raise AppLoadError(f"{entry!r} names no app: write file.py, file.py:symbol or module:symbol.{hint}")
    return source, symbol


def _import_file(file: Path) -> ModuleType:
    name = file.stem
    _keep_library(name)
    _importable(file.parent)
    if name in sys.modules or name in sys.stdlib_module_names or not name.isidentifier():
        name = "capsule_app_" + "".join(letter if letter.isalnum() else "_" for letter in name)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise AppLoadError(f"{file}: this is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:  # Ctrl-C while it loads stays Ctrl-C
        sys.modules.pop(name, None)
        raise
    except BaseException as error:
        sys.modules.pop(name, None)
        raise _unloadable(str(file), error) from error
    return module


def _import_module(name: str) -> ModuleType:
    _importable(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise AppLoadError(f"{name}: there is no such module here or on the import path.") from None
        raise _unloadable(name, error) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _unloadable(name, error) from error


def _unloadable(what: str, error: BaseException) -> AppLoadError:
    return AppLoadError(f"{what}: importing it raised {class_name(error)}.")


def _keep_library(name: str) -> None:
    """Load the library module that the app's file is named like, lest the file stand in for it later."""
    if name in sys.stdlib_module_names and name not in _JOKES:
        with suppress(ImportError):
            importlib.import_module(name)


def _importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _pick(module: ModuleType, source: str, symbol: str) -> tuple[str, App]:
    apps = {name: value for name, value in vars(module).items() if isinstance(value, App)}
    if symbol:
        return symbol, _named(module, source, symbol, apps)
    different = {id(app): name for name, app in reversed(apps.items())}
    if not different:
        raise AppLoadError(f"{source}: no cpsl.App in it. Write app = cpsl.App(...) at the top level.")
    if len(different) > 1:
        choices = tuple(f"{source}:{name}" for name in sorted(different.values()))
        raise AppChoiceError(f"{source} holds several apps; name one: {', '.join(choices)}.", choices)
    name = next(iter(different.values()))
    return name, apps[name]


def _named(module: ModuleType, source: str, symbol: str, apps: dict[str, App]) -> App:
    if symbol in apps:
        return apps[symbol]
    there = f" It has: {', '.join(sorted(apps))}." if apps else ""
    if hasattr(module, symbol):
        kind = type(getattr(module, symbol)).__name__
        raise AppLoadError(f"{source}:{symbol} is a {kind}, not a cpsl.App.{there}")
    raise AppLoadError(f"{source} has no {symbol!r}.{there}")


def load_anew(entry: str) -> LoadedApp:
    """The app, with the modules of its folder executed anew. Raises as :func:`load`.

    What one test or replay left in them is not there for the next.
    """
    for name in _brought.pop(entry, ()):
        sys.modules.pop(name, None)
    before = set(sys.modules)
    loaded = load(entry)
    new = {name: sys.modules[name] for name in set(sys.modules) - before}
    _brought[entry] = {name for name, module in new.items() if lies_in(module, loaded.folder)}
    return loaded


def reload(entry: str, folder: Path) -> LoadedApp:
    """Import the app anew, with the modules of its folder. Raises as :func:`load`; then nothing has changed."""
    before = {name: module for name, module in sys.modules.items() if lies_in(module, folder)}
    for name, module in before.items():
        del sys.modules[name]
        # An error of the new code is shown with its line, not with what stood there before.
        linecache.checkcache(str(module.__file__))
        # Two saves within a second look the same to the cache of compiled files.
        with suppress(OSError, NotImplementedError):
            os.unlink(importlib.util.cache_from_source(str(module.__file__)))
    importlib.invalidate_caches()
    try:
        return load(entry)
    except BaseException:
        for name in [name for name, module in sys.modules.items() if lies_in(module, folder)]:
            del sys.modules[name]
        sys.modules.update(before)
        raise


def lies_in(module: ModuleType, folder: Path) -> bool:
    """Whether the module's source is the project's own: below the app's folder, and not installed there."""
    file = getattr(module, "__file__", None)
    # As texts: this is asked of every loaded module before each message.
    if not file or not file.startswith(os.path.join(folder, "")):
        return False
    return not {"site-packages", "dist-packages"} & set(Path(file).parts) and module.__name__ != "__main__"
