"""A file that came with a message (API.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.model.download import download


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
