"""Files that a person sends along, taken from the local disk (behaviour.md §4 LOCAL)."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from cpsl.model.attachment import Attachment, name_problem
from cpsl.model.download import file_url_path

_PIECE = 1 << 20


def attach(path: str | Path, folder: Path = Path()) -> Attachment:
    """The file, relative to the folder, as an attachment.

    Raises ``OSError`` with one sentence when it is no readable file.
    """
    import mimetypes  # noqa: PLC0415 - attachments are rare, start-up is not

    file = folder / _expanded(path)
    problem = _problem(file)
    if problem:
        raise FileNotFoundError(f"Cannot attach {str(path)!r}: {problem}.")
    content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Attachment(file.name, content_type, file.resolve().as_uri(), file.stat().st_size)


def _expanded(path: str | Path) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # ~nobody/file
        return Path(path)


def _problem(file: Path) -> str | None:
    """Why the file cannot be attached, in the middle of a sentence, or None."""
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "it does not exist"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    except ValueError:  # a NUL, or what the file system's encoding has no letter for
        return "it does not exist"
    if stat.S_ISDIR(mode):
        return "it is a folder, not a file"
    if not stat.S_ISREG(mode):
        return "it is no ordinary file"
    return name_problem(file.name) or (None if os.access(file, os.R_OK) else "it may not be read")


def local_path(attachment: Attachment) -> Path | None:
    """Where the content lies, or None when the URL names no local file."""
    return Path(file_url_path(attachment.url)) if attachment.url.startswith("file:") else None


def wire_record(attachment: Attachment) -> dict[str, Any]:
    """The attachment as a ``user`` event carries it: its name, type, bytes, hash and place.

    Raises ``OSError`` when the file cannot be read.
    """
    path = local_path(attachment)
    return {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": digest(path) if path and path.is_file() else None,
        "path": str(path) if path else attachment.url,
    }


def digest(path: Path) -> str:
    """The SHA-256 of a file's content, taken piece by piece: a film need not fit into memory. Raises ``OSError``."""
    import hashlib  # noqa: PLC0415

    taken = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            taken.update(piece)
    return taken.hexdigest()
