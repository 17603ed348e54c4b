"""Files a person hands over when asked, and how asking can fail (behaviour.md §4, §32)."""

from __future__ import annotations

from dataclasses import dataclass

from cpsl.model.download import download


@dataclass
class FileUpload:
    """An uploaded file: ``size`` in bytes, ``url`` where its content is, ``path`` once downloaded."""

    name: str
    content_type: str
    url: str
    size: int
    path: str | None = None

    async def download(self, path: str) -> str:
        """Write the content to exactly ``path``, remember it as ``self.path`` and return it.

        No folder is made and no name appended. Raises ``OSError`` when either end is missing.
        """
        self.path = await download(self.url, path)
        return self.path


class FileUploadTimeout(TimeoutError):
    """Nobody answered ``prompt_file`` in time."""


class IntegrationTimeout(TimeoutError):
    """Nobody answered ``prompt_integration`` in time."""


class IntegrationDeclined(RuntimeError):
    """The person declined to connect an integration."""
