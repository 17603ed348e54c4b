"""Files that are written in one piece: nobody ever finds half of one."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from cpsl.filelock import opened_device, owned_file, write_all
from cpsl_cli.destination import check_file_name
from cpsl_cli.errors import UsageError


def check_place(path: Path, what: str) -> None:
    """Raises ``UsageError`` for a place where no file can be written; ``what`` begins the sentence."""
    check_file_name(path, what)
    if path.is_dir():
        raise UsageError(f"{what}: {path} is a folder; name a file.")
    # Before links are followed: where /dev/stdout leads to, there is nothing of that name.
    if _is_special(path):
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise UsageError(f"{what}: the folder of {path} does not exist; make it first.")
    try:
        with owned_file(_aside(target)):
            _aside(target).unlink()
    except OSError as error:
        raise UsageError(f"{what}: {path} cannot be written ({error.strerror}).") from None


def write_whole(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Replace the file's content by the text, as UTF-8. Raises ``OSError``; the file is then as it was.

    Permissions are kept, a new file has ``mode`` less the umask, and a symbolic link stays one. What is no regular
    file (``/dev/stderr``) is written to.
    """
    if _is_special(path):
        with open(path, "w", encoding="utf-8", newline="\n", opener=opened_device) as device:
            device.write(text)
        return
    target = Path(os.path.realpath(path))
    with owned_file(_aside(target)) as file:
        try:
            write_all(file, text.encode("utf-8"))
            if target.exists():
                shutil.copymode(target, _aside(target))
            else:
                os.fchmod(file.fileno(), mode & ~_umask())
            _aside(target).replace(target)
        except OSError:
            with suppress(OSError):
                _aside(target).unlink()
            raise


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.new")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
