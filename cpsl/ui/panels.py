"""Live panels: tasks, files, a conversation (behaviour.md §20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.ui.base import Widget, labelled, noted, titled


class TaskBoardColumn:
    """One column of a :class:`TaskBoard`: the tasks that have one of these statuses."""

    def __init__(self, label: str, statuses: list[str]) -> None:
        self.label = label
        self.statuses = statuses

    def __repr__(self) -> str:
        return f"TaskBoardColumn({self.label!r}, {self.statuses!r})"

    def to_dict(self) -> dict[str, Any]:
        """``{"label", "statuses"}``; it is no widget of its own and has no ``type``."""
        return {"label": self.label, "statuses": list(self.statuses)}


class TaskBoard(Widget):
    """The app's tasks by status; ``filter`` narrows them, ``refresh_ms`` is how often it looks again."""

    type = "task_board"

    def __init__(
        self,
        *,
        title: str | None = None,
        filter: dict[str, Any] | None = None,
        columns: Sequence[TaskBoardColumn] | None = None,
        refresh_ms: int = 5000,
    ) -> None:
        self.title = title
        self.filter = filter
        self.columns = list(columns or [])
        self.refresh_ms = refresh_ms

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "refresh_ms"}`` plus what was given."""
        return self._json(refresh_ms=self.refresh_ms) | omit_unset(
            title=self.title, filter=self.filter, columns=[column.to_dict() for column in self.columns]
        )

    def fallback(self) -> str:
        """The title with the filter, and one line a column."""
        narrowed = [f"{key} {value}" for key, value in (self.filter or {}).items()]
        lines = [labelled(column.label, noted(column.statuses)) for column in self.columns]
        return titled(labelled(self.title, noted(["tasks", *narrowed])), "\n".join(lines))


class FileBrowser(Widget):
    """The files of the filesystem mounted at ``mount``, from the folder ``path`` in it.

    Raises ``ValueError`` when ``mount`` or ``path`` is no absolute path, and for a scope other than user and owner.
    """

    type = "file_browser"

    def __init__(
        self,
        *,
        mount: str,
        path: str = "/",
        title: str | None = None,
        scope: str = "",
        allow_upload: bool = True,
        allow_delete: bool = True,
        allow_rename: bool = True,
        allow_mkdir: bool = True,
        fill: bool = False,
    ) -> None:
        if not mount.startswith("/"):
            raise ValueError(f"FileBrowser: mount must be an absolute path such as '/data', not {mount!r}")
        if not path.startswith("/"):
            raise ValueError(f"FileBrowser: path must begin with '/', not {path!r}")
        if scope not in ("", "user", "owner"):
            raise ValueError(f"FileBrowser: scope is user, owner or empty, not {scope!r}")
        self.mount = mount.rstrip("/") or "/"
        self.path = path
        self.title = title
        self.scope = scope
        self.allow_upload = allow_upload
        self.allow_delete = allow_delete
        self.allow_rename = allow_rename
        self.allow_mkdir = allow_mkdir
        self.fill = fill

    def to_dict(self) -> dict[str, Any]:
        """Every argument, ``title`` only if given."""
        return self._json(
            mount=self.mount,
            path=self.path,
            scope=self.scope,
            allow_upload=self.allow_upload,
            allow_delete=self.allow_delete,
            allow_rename=self.allow_rename,
            allow_mkdir=self.allow_mkdir,
            fill=self.fill,
            **omit_unset(title=self.title),
        )

    def fallback(self) -> str:
        """The title and the folder."""
        folder = f"{self.mount.rstrip('/')}/{self.path.strip('/')}".rstrip("/") or "/"
        return labelled(self.title, f"(files in {folder})")


class ChatPanel(Widget):
    """A conversation on a page; ``height`` is pixels.

    Raises ``ValueError`` when ``height`` is not positive.
    """

    type = "chat_panel"

    def __init__(
        self,
        *,
        title: str | None = None,
        placeholder: str | None = None,
        height: int | None = None,
        show_header: bool = True,
    ) -> None:
        if height is not None and height <= 0:
            raise ValueError(f"ChatPanel: height must be more than 0 pixels, not {height}")
        self.title = title
        self.placeholder = placeholder
        self.height = height
        self.show_header = show_header

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "show_header"}`` plus what was given."""
        return self._json(show_header=self.show_header) | omit_unset(
            title=self.title, placeholder=self.placeholder, height=self.height
        )

    def fallback(self) -> str:
        """Says that the conversation would be here."""
        return labelled(self.title, "(chat)")
