from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsl.model.filesystem import FileSystem, file
from cpsl.model.integration import Integration
from tests.signatures import signature_text


def mounted(path: str = "/data") -> FileSystem:
    filesystem = FileSystem("x")
    filesystem.mount(path)
    return filesystem


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/data/../a", "/a"), ("/../../a", "/a"), ("//a/./b/", "/a/b"), ("/", "/")],
)
def test_a_file_reference_holds_a_canonical_path(path: str, expected: str) -> None:
    assert file(path) == {"_type": "file", "path": expected}


def test_a_file_reference_may_have_a_label() -> None:
    assert file("/a", label="L") == {"_type": "file", "path": "/a", "label": "L"}
    assert signature_text(file) == "(path, *, label=None)"


@pytest.mark.parametrize("path", ["a", "", "../a"])
def test_a_relative_file_reference_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        file(path)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_filesystem_needs_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        FileSystem(name)


def test_the_methods_take_what_the_hosted_ones_take() -> None:
    source = "output_format='folder', file_ext='', filename_format='', cache_ttl=0)"
    assert signature_text(FileSystem) == "(name)"
    assert signature_text(FileSystem.link) == "(self, path, *, label=None)"
    assert signature_text(FileSystem.smart_source) == f"(self, integration, name, *, guidance='', {source}"
    assert signature_text(FileSystem.source_query) == f"(self, integration, name, *, filter, {source}"
    assert signature_text(FileSystem.mcp) == (
        "(self, name, *, command=None, args=None, url=None, env=None, transport=None)"
    )
    assert signature_text(FileSystem.tool) == "(self, name, **config)"


def test_nothing_can_be_linked_before_it_is_mounted() -> None:
    with pytest.raises(RuntimeError, match="'x' is not mounted"):
        FileSystem("x").link("a")


@pytest.mark.parametrize("mount", ["/data", "/data/"])
@pytest.mark.parametrize("path", ["a/b", "/a/b", "/data/a/b", "./a/c/../b"])
def test_a_link_is_a_path_in_the_folder_or_the_full_path(mount: str, path: str) -> None:
    assert mounted(mount).link(path, label="L") == {"_type": "file", "path": "/data/a/b", "label": "L"}


def test_a_filesystem_mounted_at_the_root_links_everywhere() -> None:
    assert mounted("/").link("a")["path"] == "/a"


@pytest.mark.parametrize("path", ["../a", "a/../../b", "/data/../etc/passwd", "../data2/x"])
def test_a_link_cannot_leave_the_folder(path: str) -> None:
    with pytest.raises(ValueError, match="leaves filesystem 'x'"):
        mounted().link(path)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "data", "data2"]), max_size=8), st.booleans())
def test_no_path_whatever_leaves_the_folder(parts: list[str], is_absolute: bool) -> None:
    path = "/" * is_absolute + "/".join(parts)
    try:
        linked = mounted().link(path)["path"]
    except ValueError:
        assert ".." in parts
    else:
        assert linked == "/data" or linked.startswith("/data/")
        assert ".." not in linked


def test_a_neighbour_with_a_longer_name_is_not_inside() -> None:
    assert mounted().link("/data2/x")["path"] == "/data/data2/x"


def test_it_prints_its_name_and_its_mount() -> None:
    assert repr(mounted()) == "FileSystem('x', mount_path='/data')"


def test_a_relative_mount_is_refused() -> None:
    with pytest.raises(ValueError, match="absolute mount path"):
        FileSystem("x").mount("data")


def test_declarations_chain_and_are_kept() -> None:
    filesystem = FileSystem("x")
    chained = (
        filesystem.smart_source("gmail", "mail", guidance="g", cache_ttl=60)
        .source_query(Integration.GITHUB, "issues", filter={"state": "open"})
        .mcp("m", command="run", args=["-v"])
        .tool("search", depth=2)
    )
    expected: dict[str, Any] = {
        "name": "x",
        "sources": [
            {
                "integration": "gmail",
                "name": "mail",
                "guidance": "g",
                "output_format": "folder",
                "cache_ttl": 60,
            },
            {
                "integration": "github",
                "name": "issues",
                "filter": {"state": "open"},
                "output_format": "folder",
                "cache_ttl": 0,
            },
        ],
        "mcp": [{"name": "m", "command": "run", "args": ["-v"]}],
        "tools": [{"name": "search", "depth": 2}],
    }
    assert chained is filesystem
    assert filesystem.to_dict() == expected
    assert FileSystem("x").to_dict() == {"name": "x"}


def test_an_mcp_server_needs_a_command_or_a_url() -> None:
    with pytest.raises(ValueError, match="'m' needs a command or a url"):
        FileSystem("x").mcp("m")


def test_the_environment_of_an_mcp_server_is_never_shown() -> None:
    filesystem = FileSystem("x").mcp("m", url="https://h", env={"TOKEN": "hunter2"})
    assert filesystem.to_dict()["mcp"] == [{"name": "m", "url": "https://h", "env": {"TOKEN": "***"}}]
    assert "hunter2" not in repr(vars(filesystem))
