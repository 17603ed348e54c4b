from __future__ import annotations

from typing import Any

import pytest

from cpsl import ui
from cpsl.ui.base import Widget
from tests.signatures import signature_text


@pytest.mark.parametrize(
    ("widget", "expected"),
    [
        (ui.TaskBoardColumn, "(label, statuses)"),
        (ui.TaskBoard, "(*, title=None, filter=None, columns=None, refresh_ms=5000)"),
        (
            ui.FileBrowser,
            "(*, mount, path='/', title=None, scope='', allow_upload=True, allow_delete=True,"
            " allow_rename=True, allow_mkdir=True, fill=False)",
        ),
        (ui.ChatPanel, "(*, title=None, placeholder=None, height=None, show_header=True)"),
    ],
)
def test_the_signatures_are_the_hosted_ones(widget: Any, expected: str) -> None:
    assert signature_text(widget) == expected


FILES = {
    "type": "file_browser",
    "mount": "/data",
    "path": "/",
    "scope": "",
    "allow_upload": True,
    "allow_delete": True,
    "allow_rename": True,
    "allow_mkdir": True,
    "fill": False,
}


@pytest.mark.parametrize(
    ("widget", "expected", "fallback"),
    [
        (
            ui.TaskBoard(
                title="T",
                filter={"task_name": "x"},
                columns=[ui.TaskBoardColumn("Q", ["pending", "claimed"])],
                refresh_ms=3000,
            ),
            {
                "type": "task_board",
                "refresh_ms": 3000,
                "title": "T",
                "filter": {"task_name": "x"},
                "columns": [{"label": "Q", "statuses": ["pending", "claimed"]}],
            },
            "T: (tasks, task_name x)\n  Q: (pending, claimed)",
        ),
        (ui.TaskBoard(), {"type": "task_board", "refresh_ms": 5000}, "(tasks)"),
        (ui.FileBrowser(mount="/data/"), FILES, "(files in /data)"),
        (
            ui.FileBrowser(mount="/data", path="/in", title="T"),
            {**FILES, "path": "/in", "title": "T"},
            "T: (files in /data/in)",
        ),
        (ui.FileBrowser(mount="/"), {**FILES, "mount": "/"}, "(files in /)"),
        (
            ui.ChatPanel(title="T", placeholder="p", height=5),
            {"type": "chat_panel", "show_header": True, "title": "T", "placeholder": "p", "height": 5},
            "T: (chat)",
        ),
        (
            ui.ChatPanel(show_header=False),
            {"type": "chat_panel", "show_header": False},
            "(chat)",
        ),
    ],
)
def test_the_json_and_the_plain_text(widget: Widget, expected: dict[str, Any], fallback: str) -> None:
    assert widget.to_dict() == expected
    assert list(widget.to_dict()) == list(expected)
    assert widget.fallback() == fallback


def test_a_file_browser_needs_an_absolute_mount() -> None:
    with pytest.raises(ValueError, match="absolute path such as '/data', not 'data'"):
        ui.FileBrowser(mount="data")
    with pytest.raises(ValueError, match="path must begin with '/', not 'in'"):
        ui.FileBrowser(mount="/data", path="in")
    with pytest.raises(ValueError, match="scope is user, owner or empty, not 'app'"):
        ui.FileBrowser(mount="/data", scope="app")


@pytest.mark.parametrize("height", [0, -1])
def test_a_chat_panel_needs_a_height_to_stand_on(height: int) -> None:
    with pytest.raises(ValueError, match="more than 0 pixels"):
        ui.ChatPanel(height=height)


def test_a_column_of_a_task_board_prints_like_its_call() -> None:
    assert repr(ui.TaskBoardColumn("Q", ["pending"])) == "TaskBoardColumn('Q', ['pending'])"
