"""Files that a person sends along, taken from the local disk (API.md §4 LOCAL)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpsl.model.attachment import Attachment
from cpsl.model.download import file_url_path

_PIECE = 1 << 20


def attach(path: str | Path) -> Attachment:
    """The file as an attachment. Raises ``OSError`` with one sentence when it is no readable file."""
    import mimetypes  # noqa: PLC0415 - attachments are rare, start-up is not

    file = Path(path).expanduser()
    if not file.is_file():
        problem = "is a folder, not a file" if file.is_dir() else "does not exist"
        raise FileNotFoundError(f"Cannot attach {str(path)!r}: it {problem}.")
    content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Attachment(file.name, content_type, file.resolve().as_uri(), file.stat().st_size)


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
