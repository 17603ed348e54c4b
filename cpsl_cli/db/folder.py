"""An export's folder: written aside, then moved into place; a failing export leaves the old one (UX S4)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cpsl_cli.db.errors import QueryError

MANIFEST = "manifest.json"


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A fresh folder to fill; it takes the target's place when the block ends well, and is gone otherwise.

    Raises ``QueryError`` for a target that is something else than an earlier export.
    """
    target = Path(os.path.abspath(target))
    _check(target)
    aside = target.with_name(f".{target.name}.new-{os.getpid()}")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
        _swap(aside, target)
    except OSError as error:
        raise QueryError(f"{target}: the export failed ({error.strerror or error}); nothing was replaced.") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise QueryError(f"{target}: this is no folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise QueryError(f"{target}: there are other files in it; an export only replaces an earlier export.")


def _swap(fresh: Path, target: Path) -> None:
    """Two renames; if the second fails the first is taken back."""
    former = fresh.with_name(fresh.name.replace(".new-", ".old-"))
    present = target.exists()
    if present:
        target.rename(former)
    try:
        fresh.rename(target)
    except OSError:
        if present:
            former.rename(target)
        raise
    if present:
        shutil.rmtree(former, ignore_errors=True)
