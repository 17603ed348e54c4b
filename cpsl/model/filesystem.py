"""Durable folders that an app mounts, and references to files (behaviour.md §29)."""

from __future__ import annotations

import posixpath
from typing import Any

from cpsl.model.omit_unset import omit_none, omit_unset
from cpsl.model.secret_source import MASK


def file(path: str, *, label: str | None = None) -> dict[str, Any]:
    """A reference to a file: ``{"_type": "file", "path", "label"?}``, the path made canonical.

    Raises ``ValueError`` for a path that does not begin with ``/``.
    """
    if not path.startswith("/"):
        raise ValueError(f"a file reference needs an absolute path, not {path!r}")
    return {"_type": "file", "path": _canonical(path), **omit_none(label=label)}


class FileSystem:
    """A durable folder by name; ``App(filesystems={"/data": fs})`` gives it its ``mount_path``.

    Sources, MCP servers and tools are declarations only: kept and shown, never acted upon.
    Raises ``ValueError`` for an empty name.
    """

    def __init__(self, name: str) -> None:
        if not name or not name.strip():
            raise ValueError("a FileSystem needs a name")
        self.name = name
        self.mount_path: str | None = None
        self.sources: list[dict[str, Any]] = []
        self.mcp_servers: list[dict[str, Any]] = []
        self.tools: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"FileSystem({self.name!r}, mount_path={self.mount_path!r})"

    def mount(self, path: str) -> None:
        """Remember where the app mounts it; called by ``App``. Raises ``ValueError`` unless absolute."""
        if not path.startswith("/"):
            raise ValueError(f"filesystem {self.name!r} needs an absolute mount path, not {path!r}")
        self.mount_path = _canonical(path)

    def link(self, path: str, *, label: str | None = None) -> dict[str, Any]:
        """A reference to a file in it, by a path inside the folder or by its full path.

        Raises ``RuntimeError`` before it is mounted, ``ValueError`` for a path that leaves it.
        """
        if self.mount_path is None:
            raise RuntimeError(f"filesystem {self.name!r} is not mounted; name it in App(filesystems={{…}})")
        is_full = _contains(self.mount_path, path)
        full = _canonical(path if is_full else posixpath.join(self.mount_path, path.lstrip("/")))
        if not _contains(self.mount_path, full):
            raise ValueError(f"{path!r} leaves filesystem {self.name!r}")
        return file(full, label=label)

    def smart_source(
        self,
        integration: str,
        name: str,
        *,
        guidance: str = "",
        output_format: str = "folder",
        file_ext: str = "",
        filename_format: str = "",
        cache_ttl: int = 0,
    ) -> FileSystem:
        """Declare a folder that the platform fills from an integration; ``cache_ttl`` in seconds."""
        return self._source(
            integration,
            name,
            guidance=guidance,
            output_format=output_format,
            file_ext=file_ext,
            filename_format=filename_format,
            cache_ttl=cache_ttl,
        )

    def source_query(
        self,
        integration: str,
        name: str,
        *,
        filter: dict[str, Any] | str,
        output_format: str = "folder",
        file_ext: str = "",
        filename_format: str = "",
        cache_ttl: int = 0,
    ) -> FileSystem:
        """Declare a folder that the platform fills by a query; ``cache_ttl`` in seconds."""
        return self._source(
            integration,
            name,
            filter=filter,
            output_format=output_format,
            file_ext=file_ext,
            filename_format=filename_format,
            cache_ttl=cache_ttl,
        )

    def mcp(
        self,
        name: str,
        *,
        command: str | None = None,
        args: list[str] | None = None,
        url: str | None = None,
        env: dict[str, str] | None = None,
        transport: str | None = None,
    ) -> FileSystem:
        """Declare an MCP server; the values of ``env`` are not kept.

        Raises ``ValueError`` with neither ``command`` nor ``url``.
        """
        if not command and not url:
            raise ValueError(f"MCP server {name!r} needs a command or a url")
        masked = dict.fromkeys(env or {}, MASK)
        server = omit_unset(command=command, args=list(args or []), url=url, env=masked, transport=transport)
        self.mcp_servers.append({"name": name, **server})
        return self

    def tool(self, name: str, **config: Any) -> FileSystem:
        """Declare a tool with whatever configuration it takes."""
        self.tools.append({"name": name, **config})
        return self

    def to_dict(self) -> dict[str, Any]:
        """``{"name"}``, plus mount path, sources, MCP servers and tools if there are any."""
        return {
            "name": self.name,
            **omit_unset(
                mount_path=self.mount_path,
                sources=self.sources,
                mcp=self.mcp_servers,
                tools=self.tools,
            ),
        }

    def _source(self, integration: str, name: str, **options: Any) -> FileSystem:
        self.sources.append(
            {"integration": str(getattr(integration, "value", integration)), "name": name, **omit_unset(**options)}
        )
        return self


def _canonical(path: str) -> str:
    # POSIX keeps exactly two leading slashes apart; to an app they are one.
    return posixpath.normpath("/" + path.lstrip("/") if path.startswith("/") else path)


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
