"""An export's folder: written aside, then moved into place; what is not of an export is never touched."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cpsl.filelock import is_same, locks
from cpsl.privatefile import hand_over
from cpsl_cli.db import manifest
from cpsl_cli.db.db_errors import QueryError
from cpsl_cli.db.manifest import MANIFEST

_NEW, _OLD = ".new-", ".old-"
_SUFFIX = ".jsonl"
_RANDOM = re.compile(r"[a-z0-9_]{8}")  # what mkdtemp appends
_UNFINISHED = ".unfinished"
"""The first file in the folder of an export being written, and gone before that takes its place."""


@contextmanager
def replaced_folder(target: Path, keep: Iterable[Path] = ()) -> Iterator[Path]:
    """A fresh folder to fill; it takes the target's place when the block ends well, and is gone otherwise.

    :param keep: what must not lie in the target: the project, the open store.

    Raises ``QueryError`` for a target that is something else than an earlier export, or holds other files too.
    """
    target = Path(os.path.abspath(target))
    recover(target)
    own = _own_files(target, keep)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _tidy(target)
        aside, lock = _locked_folder(target)
        try:
            os.close(create(aside / _UNFINISHED))
            yield aside
            os.unlink(aside / _UNFINISHED)
            _swap(aside, target, own)
        finally:
            _remove(aside, _names(aside))
            os.close(lock)
    except OSError as error:
        raise QueryError(f"{target}: the export failed ({error.strerror or error}); nothing was replaced.") from None


def create(path: Path) -> int:
    """Open a new file that only its owner may read; an exporter's, as ``opener`` of ``open``. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    hand_over(descriptor, path)
    return descriptor


def recover(target: Path) -> None:
    """Put back a whole export that a killed process had moved away, before its successor was in place."""
    target = Path(os.path.abspath(target))
    with suppress(OSError):
        if not os.path.lexists(target):
            for former, lock in _left(target, _OLD):
                if not os.path.lexists(target) and _is_whole(former):
                    former.rename(target)
                os.close(lock)


def _own_files(target: Path, keep: Iterable[Path]) -> list[str]:
    """The files of the earlier export there, which may be replaced; none where there is nothing yet."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise QueryError(f"{target}: this is no folder.")
    resolved = Path(os.path.realpath(target))
    for inside in (Path.cwd(), *keep):
        if Path(os.path.realpath(inside)).is_relative_to(resolved):
            raise QueryError(f"{target}: {inside} lies in it; an export needs a folder of its own.")
    try:
        names = sorted(os.listdir(target)) if target.is_dir() else []
    except OSError as error:
        raise QueryError(f"{target}: cannot be read ({error.strerror}).") from None
    if not names:
        return []
    if MANIFEST not in names:
        raise QueryError(f"{target}: there are other files in it; an export only replaces an earlier export.")
    try:
        own = manifest.read_manifest(target).files()
    except QueryError as error:
        raise QueryError(
            f"{str(error).removesuffix('.')}; an export only replaces an earlier export, and nothing was changed."
        ) from None
    strange = [name for name in names if name not in own or not _is_plain(target / name)]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise QueryError(
            f"{target}: holds {strange[0]!r}{more} beside an earlier export; export to another folder, "
            "or move what is not of the export away."
        )
    return [name for name in own if name in names]


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _files_of(folder: Path) -> set[str] | None:
    """What the manifest there names, with itself; None where there is no manifest of an export."""
    try:
        return set(manifest.read_manifest(folder).files())
    except QueryError:
        return None


def _is_whole(folder: Path) -> bool:
    """Whether the folder holds an export, all of it and nothing else."""
    names = _names(folder)
    return set(names) == _files_of(folder) and all(_is_plain(folder / name) for name in names)


def _is_left_over(folder: Path) -> bool:
    """Whether an export has made all that is there: before its manifest, or some of what that names."""
    names = set(_names(folder))
    if not all(_is_plain(folder / name) for name in names):
        return False
    if not names or _UNFINISHED in names:
        return all(name in (_UNFINISHED, MANIFEST) or name.endswith(_SUFFIX) for name in names)
    return names <= (_files_of(folder) or set())


def _locked_folder(target: Path) -> tuple[Path, int]:
    """A new folder beside the target that nobody else tidies away, with the descriptor that holds its lock."""
    while True:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}{_NEW}", dir=target.parent))
        lock = _opened(aside)
        if lock is not None and is_same(lock, aside):
            hand_over(lock, aside)
            return aside, lock
        if lock is not None:
            os.close(lock)


def _opened(folder: Path) -> int | None:
    """The descriptor that holds the folder's lock; None where somebody else does, or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    if locks(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _left(target: Path, mark: str) -> Iterator[tuple[Path, int]]:
    """What killed processes may have left beside the target, each locked by us; the caller closes the descriptor."""
    start = f".{target.name}{mark}"
    for path in sorted(target.parent.glob(f"{_escaped(start)}*")):
        lock = _opened(path) if _RANDOM.fullmatch(path.name[len(start) :]) else None
        if lock is not None:
            yield path, lock


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _tidy(target: Path) -> None:
    for mark in (_NEW, _OLD):
        for path, lock in _left(target, mark):
            if _is_left_over(path):
                _remove(path, _names(path))
            os.close(lock)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(folder: Path, names: Iterable[str]) -> None:
    """Remove these files and then the folder, unless there is something else in it.

    What tells whose they are goes last, so that the rest can be removed after a kill.
    """
    with suppress(OSError):
        for name in sorted(names, key=lambda name: (name == _UNFINISHED, name == MANIFEST)):
            os.unlink(folder / name)
        folder.rmdir()


def _swap(fresh: Path, target: Path, own: Iterable[str]) -> None:
    """Two renames; if the second fails the first is taken back."""
    former = fresh.with_name(fresh.name.replace(_NEW, _OLD))
    present = target.exists()
    lock = _opened(target) if present else None
    try:
        if present and lock is None:
            raise OSError(0, "another export is being written there")
        if present:
            target.rename(former)
        try:
            fresh.rename(target)
        except OSError:
            if present:
                former.rename(target)
            raise
        if present:
            _remove(former, own)
    finally:
        if lock is not None:
            os.close(lock)
