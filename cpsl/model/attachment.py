"""A file that came with a message (behaviour.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.model.download import download
from cpsl.textwidth import cut

# What common file systems allow, in bytes.
_LONGEST_NAME = 255


def name_problem(name: Any) -> str | None:
    """Why ``name`` is no file's name that an app may join to a folder of its own, or None.

    An app writes ``download(inbox / attachment.name)``: a name with folders in it would leave the inbox.
    """
    if not isinstance(name, str):
        return "a file's name has to be a text"
    if not name or name in (".", ".."):
        return f"{name!r} is no file's name"
    if "/" in name or "\\" in name or "\0" in name:
        return f"{name!r} has to be a file's name, without folders"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        return f"a file's name of more than {_LONGEST_NAME} bytes ({cut(name, 21)})"
    return None


@dataclass
class Attachment:
    """A file the user sent; ``size`` is bytes, ``url`` a ``file:`` URL when run locally."""

    name: str
    content_type: str
    url: str
    size: int = 0

    async def download(self, path: str) -> str:
        """Copy the content to exactly ``path`` and return it.

        No folder is made and no name appended. Raises ``OSError`` when either end is missing.
        """
        return await download(self.url, path)

    def to_dict(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "name": self.name,
            "content_type": self.content_type,
            "url": self.url,
            "size": self.size,
        }
